"""All old or all new, in files and records, wherever the process dies or the disk fails."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

STRIDE = 1 if os.environ.get("MENDLOOP_TORTURE") else 3
"""Of the points at which a fault could strike every one, or every third: ``make torture``."""
ENVIRONMENT = {
    "PATH": os.environ.get("PATH", ""),
    "PYTHONPATH": os.pathsep.join(["server", "."]),
    "OPENBLAS_NUM_THREADS": "1",
}


def program(name: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", name, *options],
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
        ("restore", 45),
        ("adopt", 12),
        *(
            pytest.param(verb, STRIDE, marks=[pytest.mark.slow, pytest.mark.timeout(600)])
            for verb in ("deploy", "rollback", "recover", "adopt", "restore")
        ),
    ],
)
@pytest.mark.promise("deploy/all-old-or-all-new")
def test_a_kill_before_any_step_leaves_all_old_or_all_new(
    tmp_path: Path, verb: str, every: int
) -> None:
    run = program("tests.app.crashes", str(tmp_path), verb, str(every))

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
            pytest.param(verb, 3 * STRIDE, marks=[pytest.mark.slow, pytest.mark.timeout(600)])
            for verb in ("commit", "revert", "branch")
        ),
    ],
)
@pytest.mark.promise("git/a-crash-loses-no-commit")
def test_a_kill_before_any_step_leaves_files_records_and_repository_in_step(
    tmp_path: Path, verb: str, every: int
) -> None:
    run = program("tests.app.crashes", str(tmp_path), verb, str(every))

    assert run.returncode == 0, run.stderr
    assert int(run.stdout.split()[0]) >= 60 // every


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize(
    ("verb", "call", "every"),
    [
        # inside SQLite too: where a commit may fail and have taken place all the same
        ("deploy", "fdatasync", 9),
        ("deploy", "renameat2", 1),
        ("deploy", "linkat", 1),
        ("deploy", "unlink", 2),
        ("deploy", "pwrite64", 61),
        ("rollback", "fsync", 5),
        ("rollback", "renameat2", 1),
        ("recover", "fdatasync", 5),
        ("recover", "unlink", 1),
    ],
)
@pytest.mark.promise("deploy/all-old-or-all-new")
def test_a_fault_of_any_system_call_leaves_all_old_or_all_new(
    verb: str, call: str, every: int
) -> None:
    run = program("tests.torture.syscalls", verb, call, str(every))

    assert run.returncode == 0, run.stdout + run.stderr
    kills, errors = map(int, run.stdout.split())
    assert kills
    assert errors


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.promise("deploy/all-old-or-all-new")
def test_what_was_answered_for_outlives_a_power_cut() -> None:
    run = program("tests.torture.power", "15")

    assert run.returncode == 0, run.stdout + run.stderr
    if "not tried" in run.stdout:
        pytest.skip(run.stdout)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_of_many_one_deploys_and_what_somebody_saves_is_never_lost() -> None:
    run = program("tests.torture.races", "8")

    assert run.returncode == 0, run.stdout + run.stderr
