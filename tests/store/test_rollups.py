"""What is counted as calls come in is what counting all of them anew would give."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mendloop.model import pulse as pulses
from mendloop.model import sketch
from mendloop.model.execution import Execution, Fault, Outcome, Source
from mendloop.model.ids import Digest, ExecutionId, TargetName
from mendloop.model.rollup import KindCount
from mendloop.store.history import History
from tests.packed import Cell, unpacked
from tests.pulses import fold
from tests.store.nouns import NOON, QUOTE, TAX, execution, later

pytestmark = pytest.mark.anyio

TABLES = ("hours", "hour_names", "totals", "kinds")
TARGETS = [TargetName(name) for name in ("a", "b")]


def counted(path: Path) -> dict[str, list[Any]]:
    """Every rollup in the file; latencies as they are read, for when they are merged is open."""
    with closing(sqlite3.connect(path)) as connection:
        tables = {
            name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall())  # noqa: S608
            for name in TABLES
        }
        tables["targets"] = connection.execute("SELECT * FROM targets ORDER BY name").fetchall()
    return tables


async def cells_of(history: History) -> tuple[Cell, ...]:
    """As they are read: the numbers of kinds may be other ones."""
    return unpacked(await history.cells(since=datetime.min.replace(tzinfo=UTC), limit=2**30))


async def everything(history: History) -> dict[str, Any]:
    return {
        **counted(history.path),
        "cells": await cells_of(history),
        "heads": await history.heads(),
        "latencies": await history.latencies((await history.heads()).names),
    }


def fault(kind: str) -> Fault:
    return Fault(type=f"builtins.{kind}", message="no")


async def test_the_head_of_a_target_holds_its_calls(history: History) -> None:
    calls = [
        execution("x-1", at=later(seconds=-90), seconds=0.5),
        execution("x-2", at=NOON, seconds=2.0, outcome=Outcome.ERROR),
        execution("y-1", target=TAX, at=later(hours=-5)),
    ]
    await history.add(calls)
    heads = await history.heads()
    noon = int(NOON.timestamp())
    assert (heads.names, heads.last) == ((QUOTE, TAX), (noon, noon - 5 * 3600))
    first = (noon - 90, False, 0.5)
    assert heads.pulses[0] == fold(b"", [first, (noon, True, 2.0)])
    none, quote = await history.latencies([TargetName("other"), QUOTE])
    _, bins = pulses.tallied([first])
    assert quote == pulses.add_latencies(b"", bins, before=-1, now=noon // 60)
    assert none == b""


async def test_hours_are_told_apart_by_version_and_summed_up_for_all(history: History) -> None:
    old, new = Digest("0" * 64), Digest("1" * 64)
    await history.add(
        [
            execution("x-1", version=old, caller="ann", seconds=1.0),
            execution("x-2", version=new, caller="bob", at=later(minutes=59), seconds=4.0),
            execution("x-3", version=new, outcome=Outcome.ERROR, fingerprint="abc"),
            execution("x-4", at=later(hours=1), seconds=9.0),
            execution("y-1", target=TAX, seconds=2.0),
        ]
    )
    one, two, three = await history.hours(QUOTE, since=later(minutes=30))
    assert [hour.version for hour in (one, two, three)] == [old, new, None]
    assert [hour.start for hour in (one, two, three)] == [NOON, NOON, later(hours=1)]
    assert (two.calls, two.failures, two.seconds) == (2, 1, 3600)
    assert (one.callers, two.callers, two.kinds) == ({"ann": 1}, {"bob": 1}, {"abc": 1})
    assert sketch.unpack(two.sketch) == {sketch.index(4.0): 1}
    together, next_hour = await history.hours(None, since=NOON)
    assert (together.calls, together.failures, together.version) == (4, 1, None)
    assert sketch.count(together.sketch) == 3
    assert (next_hour.calls, together.callers, together.kinds) == (1, {}, {})
    assert await history.hours(QUOTE, since=later(hours=2)) == ()


async def test_failures_are_counted_by_five_minutes_and_kind(history: History) -> None:
    noon = int(NOON.timestamp())
    await history.add(
        [
            execution("x-1", outcome=Outcome.ERROR, fingerprint="abc", error=fault("KeyError")),
            execution(
                "x-2",
                outcome=Outcome.ERROR,
                fingerprint="abc",
                at=later(minutes=4),
                error=fault("KeyError"),
            ),
            execution("x-3", outcome=Outcome.TIMEOUT, fingerprint="def", at=later(minutes=5)),
            execution("y-1", target=TAX, outcome=Outcome.ERROR, fingerprint="abc"),
            execution("x-4", outcome=Outcome.WRONG),
            execution("x-5"),
        ]
    )
    assert unpacked(await history.cells(since=NOON, limit=99)) == (
        Cell(start=noon, fingerprint="abc", target=QUOTE, failures=2),
        Cell(start=noon, fingerprint="abc", target=TAX, failures=1),
        Cell(start=noon + 300, fingerprint="def", target=QUOTE, failures=1),
    )
    assert (await history.cells(since=later(minutes=10), limit=99)).starts == ()
    assert await history.kinds(QUOTE, since=NOON) == (
        KindCount(
            fingerprint="abc", name="KeyError", failures=2, first=NOON, last=later(minutes=4)
        ),
        KindCount(fingerprint="", name="wrong answers", failures=1, first=NOON, last=NOON),
        KindCount(
            fingerprint="def",
            name="timeouts",
            failures=1,
            first=later(minutes=5),
            last=later(minutes=5),
        ),
    )
    assert await history.kinds(QUOTE, since=later(hours=1)) == ()


async def test_late_calls_are_counted_in_their_own_time(history: History) -> None:
    await history.add([execution("x-1")])
    await history.add([execution("x-2", at=later(days=-3)), execution("x-3", at=later(hours=-1))])
    noon = int(NOON.timestamp())
    calls = [(noon, False, 0.25), (noon - 3 * 86400, False, 0.25), (noon - 3600, False, 0.25)]
    assert (await history.heads()).pulses == (fold(b"", calls),)
    starts = [hour.start for hour in await history.hours(QUOTE, since=later(days=-4))]
    assert starts == [later(days=-3), later(hours=-1), NOON]


@pytest.mark.promise("store/one-call-is-one-row")
async def test_of_two_records_of_a_call_the_one_that_saw_more_stays(history: History) -> None:
    seen = execution("x-1", source=Source.CLIENT, target=TAX, seconds=9.0, at=later(seconds=1))
    inside = execution("x-1", source=Source.RECORDER, outcome=Outcome.ERROR, fingerprint="abc")
    assert await history.add([seen]) == 1
    assert await history.add([inside]) == 0
    assert await history.get(ExecutionId("x-1")) == inside
    for same_or_less in (replace(inside, seconds=5.0), seen):
        assert await history.add([same_or_less]) == 0
    assert await history.get(ExecutionId("x-1")) == inside
    assert [row.seq for row in await history.recent(QUOTE)] == [1]
    assert await history.recent(TAX) == ()
    (summary,) = await history.summaries()
    assert (summary.target, summary.calls, summary.failures, summary.last) == (QUOTE, 1, 1, NOON)
    assert [kind.failures for kind in await history.kinds(QUOTE, since=NOON)] == [1]
    assert await history.hours(TAX, since=NOON) == ()
    assert len(await history.hours(None, since=NOON)) == 1
    assert (await history.heads()).names == (QUOTE,)


async def test_a_label_stays_when_a_better_record_comes(history: History) -> None:
    await history.add([execution("x-1", source=Source.CLIENT, result=4)])
    await history.label(ExecutionId("x-1"), expected=5, known=True)
    better = execution("x-1", source=Source.SERVER, result=4, caller="ann")
    await history.add([better])
    kept = await history.get(ExecutionId("x-1"))
    assert kept == replace(better, outcome=Outcome.WRONG, expected=5)
    (summary,) = await history.summaries()
    assert (summary.calls, summary.failures) == (1, 1)


TIMES = st.one_of(
    st.integers(0, 600).map(lambda seconds: later(seconds=seconds)),
    st.integers(0, 10**7).map(lambda seconds: later(seconds=seconds, microseconds=7)),
    st.sampled_from([NOON - timedelta(days=40_000), NOON + timedelta(days=40_000)]),
)


@st.composite
def records(draw: st.DrawFn) -> Execution:
    outcome = draw(st.sampled_from(Outcome))
    return execution(
        f"x-{draw(st.integers(0, 12))}",
        target=draw(st.sampled_from(TARGETS)),
        at=draw(TIMES),
        seconds=draw(st.sampled_from([0.0, 0.001, 0.02, 3.0, float("nan"), float("inf")])),
        outcome=outcome,
        fingerprint=draw(st.sampled_from(["", "abc", "d\0f"])) if outcome.failed else "",
        caller=draw(st.sampled_from([None, "ann", "\ud800"])),
        version=draw(st.sampled_from([None, Digest("0" * 64)])),
        source=draw(st.sampled_from(Source)),
    )


LABEL = st.integers(0, 12).map(lambda number: ExecutionId(f"x-{number}"))
STEPS = st.lists(st.lists(records(), max_size=8) | LABEL, max_size=8)


async def done(history: History, steps: Sequence[list[Execution] | ExecutionId]) -> None:
    known: set[str] = set()
    for step in steps:
        if isinstance(step, list):
            await history.add(step)
            known |= {each.id for each in step}
        elif step in known:
            await history.label(step, expected=1, known=True)


@pytest.mark.promise("store/rollups-are-exact")
@settings(deadline=None, max_examples=60)
@given(steps=STEPS)
async def test_rollups_are_what_a_rebuild_gives(
    tmp_path_factory: pytest.TempPathFactory, steps: list[list[Execution] | ExecutionId]
) -> None:
    async with History.open(tmp_path_factory.mktemp("rollups") / "history.db") as history:
        await done(history, steps)
        before = await everything(history)
        told: list[float] = []

        async def progress(done: float, total: float, message: str) -> None:
            assert message
            told.append(done / total)

        await history.rebuild(progress)
        assert await everything(history) == before
        assert told[-1:] == ([1.0] if await history.last_seq() else [])


@settings(deadline=None, max_examples=30)
@given(
    calls=st.lists(records(), max_size=30, unique_by=lambda each: each.id), cut=st.integers(1, 7)
)
async def test_order_and_batches_do_not_matter(
    tmp_path_factory: pytest.TempPathFactory, calls: list[Execution], cut: int
) -> None:
    folder = tmp_path_factory.mktemp("orders")
    async with (
        History.open(folder / "one.db") as one,
        History.open(folder / "other.db") as other,
    ):
        await one.add(calls)
        backwards = calls[::-1]
        for start in range(0, len(backwards), cut):
            await other.add(backwards[start : start + cut])
        for table in ("totals", "targets"):
            strip = 2 if table == "totals" else 1
            first, second = (
                [row[strip:] for row in counted(each.path)[table]] for each in (one, other)
            )
            assert first == second
        heads, others = await one.heads(), await other.heads()
        assert dict(zip(heads.names, heads.pulses, strict=True)) == dict(
            zip(others.names, others.pulses, strict=True)
        )
        assert await cells_of(one) == await cells_of(other)
        assert await one.latencies(TARGETS) == await other.latencies(TARGETS)


async def test_many_calls_of_one_target_are_merged_as_they_come(history: History) -> None:
    calls = [
        execution(f"x-{n}", at=later(seconds=17 * n), seconds=0.001 * (1 + n % 50))
        for n in range(2500)
    ]
    for start in range(0, len(calls), 100):
        await history.add(calls[start : start + 100])
    with closing(sqlite3.connect(history.path)) as connection:
        (merged,) = connection.execute("SELECT count(*) FROM latencies").fetchone()
    assert merged == 1
    before = await everything(history)
    await history.rebuild()
    assert await everything(history) == before
