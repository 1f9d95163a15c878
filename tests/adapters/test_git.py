import os
import shutil
import subprocess
from pathlib import Path

import pytest

from mendloop.adapters.git import GitPast

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")
WHO = {
    "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"],
}  # fmt: skip


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, env=WHO, check=True, capture_output=True)


def commit(folder: Path, text: str, subject: str, day: int) -> None:
    (folder / "tool.py").write_text(text, encoding="utf-8")
    git(folder, "add", "-A")
    when = f"2026-01-0{day}T12:00:00Z"
    subprocess.run(
        ["git", "commit", "-qm", subject],
        cwd=folder,
        env={**WHO, "GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": when},
        check=True,
        capture_output=True,
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    folder = tmp_path / "part"
    folder.mkdir()
    commit(folder, "a = 1\nb = 2\nc = 3\n", "first", 1)
    commit(folder, "a = 1\nb = 9\nc = 3\n", "second line\n\nmore", 2)
    commit(folder, "a = 1\nb = 9\nc = 4\n", "third line", 3)
    return folder


def test_the_commits_of_some_lines_are_those_that_touched_them(repository: Path) -> None:
    past = GitPast(repository)
    assert past.known()
    assert past.head("tool.py") == "a = 1\nb = 9\nc = 4\n"
    found = past.lines("tool.py", 2, 2, most=5)
    assert [each.subject for each in found] == ["second line", "first"]
    assert f"{found[0].at:%Y-%m-%d %H:%M}" == "2026-01-02 12:00"
    assert len(past.commits(("tool.py",), most=2)) == 2
    assert past.commits(("*.py",), most=5) == ()


def test_a_folder_without_a_history_has_none(tmp_path: Path) -> None:
    past = GitPast(tmp_path)
    assert not past.known()
    assert past.head("tool.py") is None
    assert past.lines("tool.py", 1, 1, most=5) == past.commits(("tool.py",), most=5) == ()


def test_a_file_that_is_too_large_is_not_read(repository: Path) -> None:
    (repository / "tool.py").write_text("x" * (2 * 1024 * 1024), encoding="utf-8")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "large")
    assert GitPast(repository).head("tool.py") is None


@pytest.mark.promise("investigate/history-runs-nothing")
def test_programs_that_a_repository_names_are_not_run(repository: Path, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    evil = tmp_path / "evil.sh"
    evil.write_text(f"#!/bin/sh\ntouch {witness}\ncat\n", encoding="utf-8")
    evil.chmod(0o755)
    (repository / ".gitattributes").write_text("*.py diff=evil filter=evil\n", encoding="utf-8")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "attributes")
    for key in (
        "core.pager", "pager.log", "core.fsmonitor", "diff.external", "diff.evil.textconv",
        "diff.evil.command", "filter.evil.clean", "filter.evil.smudge", "gpg.program",
        "core.sshCommand", "core.editor", "credential.helper", "alias.log", "core.askPass",
    ):  # fmt: skip
        git(repository, "config", key, f"!{evil}" if key.startswith("alias") else str(evil))
    git(repository, "config", "log.showSignature", "true")
    hooks = tmp_path / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-checkout", "reference-transaction", "post-index-change"):
        shutil.copy(evil, hooks / name)
    (repository / "tool.py").write_text("changed\n", encoding="utf-8")
    past = GitPast(repository)
    assert past.known()
    assert past.lines("tool.py", 1, 3, most=5)
    assert past.commits(("tool.py",), most=5)
    assert past.head("tool.py")
    assert not witness.exists()
