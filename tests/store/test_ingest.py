"""A file of executions is read exactly once, by however many processes."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from mendloop.errors import InvalidInput
from mendloop.model.ids import ExecutionId, TargetName
from mendloop.model.rollup import Mark, Quarantined
from mendloop.store import interned, quarantine
from mendloop.store.executions import bodies
from mendloop.store.history import History
from mendloop.store.keep import Batch, keep
from mendloop.store.writer import transacted
from tests.interrupt import interrupted
from tests.store.nouns import QUOTE, TAX, execution

pytestmark = pytest.mark.anyio

BAD = Quarantined(origin="a.jsonl", position=7, reason="no JSON", excerpt="{\0\ud800")

INGEST = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio

from mendloop.model.execution import Execution, Outcome
from mendloop.model.rollup import Mark
from mendloop.store.executions import bodies
from mendloop.store.history import History
from mendloop.store.keep import Batch, keep
from mendloop.store.writer import transacted

START = datetime(2026, 1, 1, tzinfo=UTC)


def call(name, number):
    return Execution(
        id=f"{name}-{number}",
        target=f"t{number % 7}",
        at=START + timedelta(minutes=number),
        seconds=0.01 * (number % 9),
        outcome=Outcome.ERROR if number % 5 == 0 else Outcome.OK,
        fingerprint="abc" if number % 5 == 0 else "",
    )


async def main(path, name):
    lost = 0
    async with History.open(path) as history:
        print("up", flush=True)
        sys.stdin.readline()
        for number in range(0, 200, 10):
            await history.add([call(name, n) for n in range(number, number + 10)])
            # all of them read this file, ten lines at a time
            while True:
                done = (await history.marks()).get("spool", 0)
                if done > number:
                    break
                calls = [call("shared", n) for n in range(done, done + 10)]
                mark = Mark(name="spool", before=done, after=done + 10)
                if await history.ingest(calls, mark=mark) is None:
                    lost += 1
    print(lost, flush=True)


anyio.run(main, Path(sys.argv[1]), sys.argv[2])
"""


@pytest.mark.promise("store/read-exactly-once")
async def test_rows_mark_and_quarantine_come_together_or_not_at_all(history: History) -> None:
    first = Mark(name="a.jsonl", before=0, after=100)
    assert await history.ingest([execution("x-1")], mark=first, quarantined=[BAD]) == 1
    again = await history.ingest([execution("x-2")], mark=first, quarantined=[BAD, BAD])
    assert again is None
    assert await history.marks() == {"a.jsonl": 100}
    assert await history.matching_ids("x-", 9) == ("x-1",)
    assert await history.quarantine(limit=9) == ((1, BAD),)
    assert await history.ingest([], mark=Mark(name="a.jsonl", before=100, after=130)) == 0
    assert await history.marks() == {"a.jsonl": 130}
    await history.forget("a.jsonl")
    assert await history.marks() == {}


async def test_a_record_that_cannot_be_kept_moves_no_mark(history: History) -> None:
    mark = Mark(name="a.jsonl", before=0, after=100)
    with pytest.raises(InvalidInput):
        await history.ingest([execution("x-1", result=float("inf"))], mark=mark)
    assert await history.marks() == {}


@pytest.mark.promise("store/read-exactly-once")
async def test_a_batch_that_fails_at_any_statement_leaves_nothing_and_can_be_tried_again(
    tmp_path: Path,
) -> None:
    batch = [execution("x-1"), execution("y-1", target=TAX, caller="ann", version="0" * 64)]
    mark = Mark(name="a.jsonl", before=0, after=9)
    async with History.open(tmp_path / "history.db") as history:

        def dump() -> list[str]:
            with closing(sqlite3.connect(history.path)) as connection:
                return list(connection.iterdump())

        whole = Batch(executions=batch, bodies=list(bodies(batch)), mark=mark, quarantined=[BAD])

        def work(connection: sqlite3.Connection, step: int) -> None:
            with interrupted({step: stop}):
                transacted(connection, keep, whole, history.names)

        before = dump()
        step = failed = 0
        while step == failed:
            step += 1
            try:
                await history.writer.run(partial(work, step=step))
            except sqlite3.OperationalError:
                failed = step
                assert dump() == before
        assert failed > 10
        assert await history.marks() == {"a.jsonl": 9}
        assert len((await history.heads()).names) == 2


def stop(_: str) -> None:
    raise sqlite3.OperationalError("stopped here")


async def test_names_of_a_batch_that_failed_are_not_remembered(history: History) -> None:
    made = [execution("x-1"), execution("x-2", target=TargetName("new"), caller="ann")]
    mark = Mark(name="a", before=5, after=6)
    assert await history.ingest(made, mark=mark) is None
    assert await history.add([replace(made[1], id=ExecutionId("x-3"), target=TAX)]) == 1
    assert await history.add(made) == 2
    kept = [await history.get(ExecutionId(name)) for name in ("x-1", "x-2", "x-3")]
    assert [each.target for each in kept] == [QUOTE, "new", TAX]
    assert [each.caller for each in kept] == [None, "ann", "ann"]


async def test_no_more_names_are_remembered_than_is_said(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interned, "_MOST", 5)
    for start in range(0, 40, 4):
        calls = [
            execution(f"x-{n}", target=TargetName(f"t{n}"), session=f"s{n}")
            for n in range(start, start + 4)
        ]
        assert await history.add(calls) == 4
    assert len(history.names.targets) <= 5
    assert len(history.names.contexts) <= 5
    assert (await history.get(ExecutionId("x-0"))).session == "s0"
    assert len((await history.heads()).names) == 40


async def test_the_newest_of_the_quarantine_are_kept(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "MOST", 5)
    for start in range(0, 12, 3):
        bad = [replace(BAD, position=n) for n in range(start, start + 3)]
        await history.ingest([], mark=None, quarantined=bad)
    assert await history.quarantined() == 5
    page = await history.quarantine(limit=2)
    assert [bad.position for _, bad in page] == [11, 10]
    rest = await history.quarantine(limit=9, before=page[-1][0])
    assert [bad.position for _, bad in rest] == [9, 8, 7]


def start(path: Path, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", INGEST, str(path), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


@pytest.mark.slow
@pytest.mark.promise("store/read-exactly-once")
async def test_four_processes_on_one_file_lose_nothing_and_keep_nothing_twice(
    tmp_path: Path,
) -> None:
    path = tmp_path / "history.db"
    names = ["one", "two", "three", "four"]
    processes = [start(path, name) for name in names]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=25)
    assert [process.returncode for process in processes] == [0] * 4
    async with History.open(path) as history:
        ids = await history.matching_ids("", 10_000)
        expected = {f"{name}-{n}" for name in [*names, "shared"] for n in range(200)}
        assert (len(ids), set(ids)) == (1000, expected)
        assert await history.marks() == {"spool": 200}
        summaries = await history.summaries()
        heads = await history.heads()
        latencies = await history.latencies(heads.names)
        await history.rebuild()
        assert await history.summaries() == summaries
        assert await history.heads() == heads
        assert await history.latencies(heads.names) == latencies
    assert sum(summary.calls for summary in summaries) == 1000
    assert sum(summary.failures for summary in summaries) == 200
