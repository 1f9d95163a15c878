import os
from pathlib import Path

import pytest

from mendloop.errors import InvalidInput, NotFound
from tests.adapters.conftest import Home

OUT = [
    "",
    ".",
    "..",
    "/etc/passwd",
    "../secret.py",
    "a/../../secret.py",
    "a//b.py",
    "a/",
    "./a.py",
    "a\\b.py",
    "a\x00b.py",
    "a\nb.py",
    "\ud800.py",
    "x" * 1001,
]


@pytest.mark.parametrize("path", OUT)
def test_a_path_that_could_leave_the_workspace_is_refused(home: Home, path: str) -> None:
    (home.root.parent / "secret.py").write_bytes(b"secret")

    for method in (home.workspace.read, home.workspace.digest, home.workspace.real):
        with pytest.raises(InvalidInput):
            method(path)


def test_a_link_is_followed_inside_the_workspace_only(home: Home) -> None:
    outside = home.root.parent / "outside"
    outside.mkdir()
    (outside / "secret.py").write_bytes(b"secret")
    (home.root / "inside.py").write_bytes(b"inside")
    (home.root / "good.py").symlink_to("inside.py")
    (home.root / "bad.py").symlink_to(outside / "secret.py")
    (home.root / "worse").symlink_to(outside)
    (home.root / "records").symlink_to(home.state)
    (home.root / "round").symlink_to("round")

    assert home.workspace.read("good.py") == b"inside"
    assert home.workspace.real("good.py") == "inside.py"
    for path in ("bad.py", "worse/secret.py", "records/lock", "round"):
        with pytest.raises(InvalidInput):
            home.workspace.read(path)


def test_only_regular_files_are_read_and_nothing_is_waited_for(home: Home) -> None:
    (home.root / "folder").mkdir()
    os.mkfifo(home.root / "pipe")

    for path in ("folder", "pipe"):
        with pytest.raises(InvalidInput, match="not a regular file"):
            home.workspace.read(path)


def test_a_missing_file_has_no_digest_and_cannot_be_read(home: Home) -> None:
    (home.root / "file.py").write_bytes(b"")

    for path in ("none.py", "no/folder.py", "file.py/below"):
        assert home.workspace.digest(path) is None
        with pytest.raises(NotFound):
            home.workspace.read(path)


def test_a_huge_file_is_not_read(home: Home) -> None:
    with (home.root / "huge.py").open("wb") as file:
        file.truncate(16 * 1024 * 1024 + 1)

    with pytest.raises(InvalidInput, match="more than"):
        home.workspace.digest("huge.py")


def test_the_interpreter_is_the_one_the_manifest_names(home: Home) -> None:
    program = home.root / ".venv" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.symlink_to("/bin/sh")
    (home.root / "mendloop.toml").write_text('python = ".venv/bin/python"', encoding="utf-8")

    # the link itself and not where it leads: that is how Python finds its environment
    assert home.workspace.python() == str(program)


@pytest.mark.parametrize("named", ["no/such/program", "mendloop.toml", "."])
def test_an_interpreter_that_is_none_is_refused(home: Home, named: str) -> None:
    (home.root / "mendloop.toml").write_text(f'python = "{named}"', encoding="utf-8")

    with pytest.raises(InvalidInput, match="there is no program"):
        home.workspace.python()


def test_without_a_named_interpreter_it_is_the_one_that_runs_this(home: Home) -> None:
    assert Path(home.workspace.python()).is_file()
