"""All old or all new, in files and records, wherever the process dies or the disk fails."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from tests.app.crashes import AFTER, REPLY

STRIDE = 1 if os.environ.get("MENDLOOP_TORTURE") else 3
"""Of the points at which a fault could strike every one, or every third: ``make torture``."""
ENVIRONMENT = {
    "PATH": os.environ.get("PATH", ""),
    "PYTHONPATH": os.pathsep.join(["server", "."]),
    "OPENBLAS_NUM_THREADS": "1",
}


def crashes(
    folder: Path, verb: str, how: str, *, under: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*under, sys.executable, "-m", "tests.app.crashes", str(folder), verb, how],
        cwd=Path(__file__).parents[2],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize(
    ("verb", "every"),
    [
        ("deploy", 45),
        *(
            pytest.param(verb, STRIDE, marks=[pytest.mark.slow, pytest.mark.timeout(600)])
            for verb in ("deploy", "rollback", "recover")
        ),
    ],
)
@pytest.mark.promise("deploy/all-old-or-all-new")
def test_a_kill_before_any_step_leaves_all_old_or_all_new(
    tmp_path: Path, verb: str, every: int
) -> None:
    run = crashes(tmp_path, verb, str(every))

    assert run.returncode == 0, run.stderr
    points = int(run.stdout.split()[0])
    assert points >= 60 // every


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")
@pytest.mark.parametrize(
    ("verb", "every"),
    [
        ("commit", 60),
        ("branch", 40),
        *(
            pytest.param(verb, STRIDE, marks=[pytest.mark.slow, pytest.mark.timeout(600)])
            for verb in ("commit", "revert", "branch")
        ),
    ],
)
@pytest.mark.promise("git/a-crash-loses-no-commit")
def test_a_kill_before_any_step_leaves_files_records_and_repository_in_step(
    tmp_path: Path, verb: str, every: int
) -> None:
    run = crashes(tmp_path, verb, str(every))

    assert run.returncode == 0, run.stderr
    assert int(run.stdout.split()[0]) >= 60 // every


@pytest.mark.slow
def test_of_two_processes_one_deploys_and_the_other_is_told(tmp_path: Path) -> None:
    assert crashes(tmp_path, "deploy", "prepare").returncode == 0

    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(partial(crashes, tmp_path, "deploy"), ["act", "act"]))

    assert sorted(run.returncode for run in runs) == [0, 1]
    [told] = [run.stderr for run in runs if run.returncode]
    assert told.startswith("conflict: ")
    assert crashes(tmp_path, "deploy", "check").returncode == 0
    assert (tmp_path / "workspace" / REPLY).read_bytes() == AFTER[REPLY]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize(
    ("verb", "call", "fault", "every"),
    [
        # inside SQLite too: where a commit may fail and have taken place all the same
        ("deploy", "fdatasync", "error=EIO", STRIDE),
        ("rollback", "fdatasync", "error=EIO", 2 * STRIDE),
        ("deploy", "fsync", "error=EIO", 3 * STRIDE),
        ("deploy", "pwrite64", "error=ENOSPC", 12 * STRIDE),
        ("deploy", "unlink", "error=EIO", 2),
        ("deploy", "fdatasync", "signal=KILL", 2 * STRIDE),
        ("deploy", "pwrite64", "signal=KILL", 12 * STRIDE),
        ("rollback", "unlink", "signal=KILL", 2),
        ("deploy", "renameat2", "error=EINVAL", 1),
        ("rollback", "renameat2", "error=EIO", 1),
    ],
)
@pytest.mark.promise("deploy/all-old-or-all-new")
def test_a_fault_of_any_system_call_leaves_all_old_or_all_new(
    tmp_path: Path, verb: str, call: str, fault: str, every: int
) -> None:
    template, log = tmp_path / "template", tmp_path / "log"
    template.mkdir()
    assert crashes(template, verb, "prepare").returncode == 0
    met = 0
    for when in range(1, 2000, every):
        here = tmp_path / f"{when}"
        shutil.copytree(template, here)
        inject = f"{call}:{fault}:when={when}"
        under = (
            "strace",
            "-f",
            "-qq",
            "-o",
            str(log),
            "-e",
            f"trace={call}",
            "-e",
            f"inject={inject}",
        )
        done = crashes(here, verb, "act", under=under)
        looked = crashes(here, verb, "check")
        assert looked.returncode == 0, (inject, done.stderr, looked.stderr)
        reply = (here / "workspace" / REPLY).read_bytes()
        if done.returncode == 0:
            assert (reply == AFTER[REPLY]) == (verb == "deploy"), "what was told must be so"
        elif fault.startswith("error"):
            assert (reply == AFTER[REPLY]) == (verb == "rollback"), (inject, done.stderr)
        traced = log.read_text(encoding="utf-8")
        shutil.rmtree(here)
        if "INJECTED" not in traced and "killed by SIGKILL" not in traced:
            break
        met += 1
    assert met > 0
