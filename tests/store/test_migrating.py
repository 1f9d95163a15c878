"""What the first version kept is there under the newest."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from mendloop.model import sketch
from mendloop.model.execution import Execution, Fault, Frame, Outcome
from mendloop.model.ids import Digest, ExecutionId
from mendloop.store.columns import put_optional, put_text, put_time
from mendloop.store.counted import TargetSummary
from mendloop.store.history import History
from tests.packed import unpacked
from tests.pulses import fold
from tests.store.nouns import NOON, QUOTE, TAX, execution, later

pytestmark = pytest.mark.anyio

FAULT = Fault(
    type="KeyError", message="'\ud800'", frames=(Frame(file="a.py", line=3, function="f"),)
)
CALLS = (
    execution("x-1", args=(1, "a"), kwargs={"b": None, "a": 2}, result={"x": [1.5]}, caller="ann"),
    execution(
        '"x-2\0',
        outcome=Outcome.ERROR,
        error=FAULT,
        fingerprint="abc",
        at=later(days=-2),
        version=Digest("0" * 64),
        session="s",
        whole=False,
    ),
    execution("x-3", target=TAX, outcome=Outcome.WRONG, expected=7, seconds=float("nan")),
    execution("x-4", target=TAX, outcome=Outcome.TIMEOUT, fingerprint="def", caller="ann"),
)


def old_row(call: Execution) -> tuple[object, ...]:
    error = call.error and {
        "type": call.error.type,
        "message": call.error.message,
        "frames": [{"file": "a.py", "line": 3, "function": "f"}],
    }
    return (
        put_text(call.id),
        put_text(call.target),
        put_time(call.at),
        call.seconds,
        call.outcome.value,
        b"digest",
        json.dumps(call.args),
        json.dumps(call.kwargs),
        json.dumps(call.result),
        json.dumps(error) if error else None,
        json.dumps(call.expected),
        put_optional(call.caller),
        put_optional(call.session),
        put_optional(call.version),
        put_text(call.fingerprint),
        call.whole,
    )


def make_old(path: Path) -> None:
    script = files("mendloop.store") / "migrations" / "history" / "0001_history.sql"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(script.read_text(encoding="utf-8"))
        connection.execute("CREATE TABLE migrations (name TEXT PRIMARY KEY NOT NULL) STRICT")
        connection.execute("INSERT INTO migrations VALUES ('0001_history.sql')")
        connection.executemany(
            "INSERT INTO executions (id, target, at, seconds, outcome, call, args, kwargs, result,"
            " error, expected, caller, session, version, fingerprint, whole)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [old_row(call) for call in CALLS],
        )
        connection.execute("UPDATE executions SET seq = seq + 10 WHERE seq > 2")


async def test_nothing_is_lost_and_the_rollups_are_made(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    make_old(path)
    for _ in range(2):
        async with History.open(path) as history:
            for call in (CALLS[0], CALLS[1], CALLS[3]):
                assert await history.get(call.id) == call
            wrong = await history.get(ExecutionId("x-3"))
            assert replace(wrong, seconds=0.0) == replace(CALLS[2], seconds=0.0)
            assert wrong.seconds != wrong.seconds
            assert [row.seq for row in await history.recent(TAX)] == [14, 13]
            assert await history.summaries() == (
                TargetSummary(target=QUOTE, calls=2, failures=1, last=NOON),
                TargetSummary(target=TAX, calls=2, failures=2, last=NOON),
            )
            heads = await history.heads()
            noon = int(NOON.timestamp())
            calls = [(noon, False, 0.25), (noon - 2 * 86400, True, 0.25)]
            assert fold(b"", calls) == heads.pulses[heads.names.index(QUOTE)]
            first, _ = await history.hours(QUOTE, since=later(days=-3))
            assert (first.version, first.kinds) == ("0" * 64, {"abc": 1})
            assert (
                sum(
                    sketch.count(hour.sketch)
                    for hour in await history.hours(None, since=later(days=-3))
                )
                == 1
            )
            assert len(unpacked(await history.cells(since=later(days=-9), limit=99))) == 2
            assert await history.add([CALLS[0]]) == 0


async def test_rollups_that_were_not_finished_are_made_at_the_next_opening(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    async with History.open(path) as history:
        await history.add(CALLS[:2])
        before = await history.heads()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE targets SET calls = 0, pulse = x''")
        connection.execute("UPDATE ledger SET stale = 1")
    async with History.open(path) as history:
        assert await history.heads() == before
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT stale FROM ledger").fetchone() == (0,)
