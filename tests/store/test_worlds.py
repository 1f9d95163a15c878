"""What calls saw of the world, kept beside them."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mendloop.model.execution import Outcome, Source
from mendloop.model.ids import ExecutionId
from mendloop.model.target import SideEffect
from mendloop.model.world import Clock, Exchange, World
from mendloop.store.history import History
from mendloop.store.retention import Retention
from tests.store.nouns import NOON, QUOTE, execution, later

pytestmark = pytest.mark.anyio


def world(answer: str = "{}", at: int = 1) -> World:
    return World(
        kept=frozenset({SideEffect.NETWORK}),
        clock=Clock(at=at, offset=0),
        exchanges=(Exchange(method="GET", uri="http://a.test/", status=200, answer=answer),),
    )


def kept(path: Path) -> int:
    """How many worlds there are in a file."""
    with closing(sqlite3.connect(path)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM worlds").fetchone()
    return int(count)


async def test_a_world_comes_back_with_its_call(tmp_path: Path) -> None:
    calls = [execution("x-1", world=world("\ud800é")), execution("x-2")]
    async with History.open(tmp_path / "history.db") as history:
        await history.add(calls)
        assert await history.get(ExecutionId("x-1")) == calls[0]
        rows = await history.after(QUOTE, 0, limit=9)
        assert [row.execution for row in rows] == calls


async def test_of_two_records_of_a_call_the_world_of_the_better_one_stays(tmp_path: Path) -> None:
    first = execution("x-1", world=world("1"), source=Source.PROXY)
    async with History.open(tmp_path / "history.db") as history:
        await history.add([first])
        await history.add([execution("x-2"), replace(first, world=world("2"), source=Source.AGENT)])
        assert (await history.get(first.id)).world == world("1")
        await history.add([replace(first, world=world("3"), source=Source.RECORDER)])
        assert (await history.get(first.id)).world == world("3")
        await history.add([replace(first, world=None, source=Source.SERVER)])
        assert (await history.get(first.id)).world == world("3")
        await history.label(first.id, expected=5, known=True)
        assert (await history.get(first.id)).world == world("3")


async def test_calls_that_were_told_otherwise_are_distinct(tmp_path: Path) -> None:
    answers = ["1", "2", "1", "2", "3"]
    calls = [
        execution(f"x-{n}", args=(1,), world=world(answer, at=n))
        for n, answer in enumerate(answers)
    ]
    async with History.open(tmp_path / "history.db") as history:
        await history.add([*calls, execution("x-5", args=(1,)), execution("x-6", args=(1,))])
        found = await history.distinct(QUOTE, outcomes={Outcome.OK}, limit=9)
    assert [one.id for one in found] == ["x-6", "x-4", "x-3", "x-2"]


async def test_a_call_that_is_removed_takes_its_world_with_it(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    calls = [
        execution(f"x-{n}", at=later(minutes=n - 5_000), whole=False, world=world(at=n))
        for n in range(2_100)
    ]
    async with History.open(path) as history:
        await history.add(calls)
        done = await history.compact(Retention(days=1, most_rows=10**6), now=NOON)
    assert done.rows > 0
    assert kept(path) == len(calls) - done.rows
