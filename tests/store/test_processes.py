"""Several processes on one file."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mendloop.store.history import History
from mendloop.store.state import State
from tests.store.nouns import NOON

pytestmark = pytest.mark.anyio

APPEND = """
import sys
from datetime import UTC, datetime
from pathlib import Path

import anyio

from mendloop.model.execution import Execution, Outcome
from mendloop.store.history import History
from mendloop.store.state import State


async def main(folder, name):
    at = datetime(2026, 1, 1, tzinfo=UTC)
    async with State.open(folder / "state.db") as state, History.open(folder / "history.db") as history:
        print("up", flush=True)
        sys.stdin.readline()
        for number in range(15):
            async with state.transaction() as tables:
                await tables.audit.append(name, {"number": number}, at=at)
            await history.add([Execution(id=f"{name}-{number}", target="t", at=at, seconds=1.0, outcome=Outcome.OK)])


anyio.run(main, Path(sys.argv[1]), sys.argv[2])
"""

HANG = """
import sys
from datetime import UTC, datetime
from pathlib import Path

import anyio

from mendloop.model.stop import Stopped
from mendloop.store.state import State


async def main(folder):
    async with State.open(folder / "state.db") as state, state.transaction() as tables:
        # More than the cache holds, so that the file itself is written to before the commit.
        await tables.stop.statements.fetch("PRAGMA cache_size = 1")
        await tables.stop.set(Stopped(at=datetime(2026, 1, 1, tzinfo=UTC), by="x", reason="y"))
        for _ in range(50):
            await tables.audit.append("noted", {"text": "z" * 3000}, at=datetime(2026, 1, 1, tzinfo=UTC))
        print("written", flush=True)
        await anyio.sleep_forever()


anyio.run(main, Path(sys.argv[1]))
"""


def start(program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


async def test_two_processes_that_start_and_write_at_once_lose_nothing(tmp_path: Path) -> None:
    processes = [start(APPEND, str(tmp_path), name) for name in ("one", "two")]
    assert [line(process) for process in processes] == ["up", "up"]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=20)
    assert [process.returncode for process in processes] == [0, 0]
    async with State.open(tmp_path / "state.db") as state, state.reading() as tables:
        check = await tables.audit.verify()
        events = [entry.event for entry in await tables.audit.page(after=0, limit=99)]
    async with History.open(tmp_path / "history.db") as history:
        (summary,) = await history.summaries()
    assert (check.entries, check.broken_at) == (30, None)
    assert sorted(events) == ["one"] * 15 + ["two"] * 15
    assert summary.calls == 30


@pytest.mark.promise("store/all-or-nothing")
async def test_a_process_that_is_killed_in_a_transaction_leaves_nothing(tmp_path: Path) -> None:
    async with State.open(tmp_path / "state.db") as state, state.transaction() as tables:
        before = await tables.audit.append("kept", {}, at=NOON)
    process = start(HANG, str(tmp_path))
    assert line(process) == "written"
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=20)
    assert (tmp_path / "state.db-journal").exists()
    async with State.open(tmp_path / "state.db") as state, state.transaction() as tables:
        assert await tables.stop.current() is None
        assert await tables.audit.head() == (1, before.digest)
        assert (await tables.audit.verify()).broken_at is None
