import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from mendloop.adapters.lock import locked
from mendloop.errors import Unavailable

pytestmark = pytest.mark.anyio

HOLD = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


async def test_one_task_at_a_time_is_inside(tmp_path: Path) -> None:
    inside = 0
    most = 0

    async def work() -> None:
        nonlocal inside, most
        async with locked(tmp_path / "lock"):
            inside += 1
            most = max(most, inside)
            await anyio.lowlevel.checkpoint()
            inside -= 1

    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(work)

    assert most == 1


async def test_a_lock_held_too_long_is_told(tmp_path: Path) -> None:
    with anyio.fail_after(10):
        async with locked(tmp_path / "lock"):
            with pytest.raises(Unavailable, match="Another deployment"):
                async with locked(tmp_path / "lock", patience=timedelta()):
                    pass


async def test_waiting_can_be_cancelled_and_leaves_nothing_held(tmp_path: Path) -> None:
    entered = False
    with anyio.fail_after(10):
        async with locked(tmp_path / "lock"), anyio.create_task_group() as tasks:

            async def wait() -> None:
                nonlocal entered
                async with locked(tmp_path / "lock"):
                    entered = True

            tasks.start_soon(wait)
            await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()
        assert not entered
        async with locked(tmp_path / "lock", patience=timedelta(seconds=5)):
            pass


async def test_the_lock_of_a_killed_process_is_free_at_once(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen(  # noqa: ASYNC220  nothing else runs in this loop
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(Unavailable):
            async with locked(path, patience=timedelta()):
                pass
        other.send_signal(signal.SIGKILL)
        other.wait()
        with anyio.fail_after(10):
            async with locked(path, patience=timedelta(seconds=5)):
                pass
