"""Failures by five minutes, packed: what is added, taken away, cut and read."""

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import timedelta
from struct import iter_unpack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.model.cells import ENTRY, SIZE, add, place
from mendloop.model.execution import Outcome, Source
from mendloop.model.ids import ExecutionId
from mendloop.store.history import History
from tests.packed import Cell, unpacked
from tests.store.nouns import NOON, QUOTE, TAX, execution, later

START = int(NOON.timestamp())
WHICH = st.tuples(st.integers(0, 3) | st.integers(0, 2**32 - 1), st.integers(0, 3))
BATCHES = st.lists(st.dictionaries(WHICH, st.integers(1, 5), max_size=9), max_size=6)


def failed(body: bytes) -> dict[tuple[int, int], int]:
    return {(target, kind): count for kind, target, count in iter_unpack(ENTRY, body)}


def changes(batch: dict[tuple[int, int], int], sign: int = 1) -> dict[int, int]:
    return {place(*which): sign * count for which, count in batch.items()}


def stored(history: History) -> list[int]:
    with closing(sqlite3.connect(history.path)) as connection:
        return [start for (start,) in connection.execute("SELECT start FROM cells")]


@given(BATCHES)
def test_a_body_holds_the_sum_of_its_changes_in_order(
    batches: list[dict[tuple[int, int], int]],
) -> None:
    body, backwards = b"", b""
    for batch in batches:
        body = add(body, changes(batch))
    for batch in batches[::-1]:
        backwards = add(backwards, changes(batch))
    together: Counter[tuple[int, int]] = Counter()
    for batch in batches:
        together.update(batch)
    assert failed(body) == together
    assert list(failed(body)) == sorted(together)
    assert body == backwards


@given(BATCHES, BATCHES)
def test_what_is_taken_away_leaves_no_trace(
    kept: list[dict[tuple[int, int], int]], taken: list[dict[tuple[int, int], int]]
) -> None:
    body = b""
    for batch in kept:
        body = add(body, changes(batch))
    mixed = body
    for batch in taken:
        mixed = add(mixed, changes(batch))
    for batch in taken:
        mixed = add(mixed, changes(batch, -1))
    assert mixed == body


@pytest.mark.anyio
async def test_a_better_record_moves_its_failure_and_the_last_one_takes_the_row(
    history: History,
) -> None:
    seen = execution("x-1", outcome=Outcome.ERROR, fingerprint="abc", source=Source.CLIENT)
    await history.add([seen])
    moved = execution(
        "x-1",
        target=TAX,
        outcome=Outcome.ERROR,
        fingerprint="def",
        at=later(minutes=7),
        source=Source.RECORDER,
    )
    await history.add([moved])
    assert unpacked(await history.cells(since=NOON, limit=99)) == (
        Cell(start=START + 300, fingerprint="def", target=TAX, failures=1),
    )
    assert stored(history) == [START + 300]


@pytest.mark.anyio
async def test_a_label_makes_a_failure_of_the_kind_that_the_call_has(history: History) -> None:
    await history.add(
        [
            execution("x-1", fingerprint="abc"),
            execution("x-2", outcome=Outcome.ERROR, fingerprint="abc"),
        ]
    )
    for name in ("x-1", "x-2"):
        await history.label(ExecutionId(name), expected=1, known=True)
    assert unpacked(await history.cells(since=NOON, limit=99)) == (
        Cell(start=START, fingerprint="abc", target=QUOTE, failures=2),
    )


@pytest.mark.anyio
async def test_the_newest_are_read_and_it_is_told_since_when(history: History) -> None:
    await history.add(
        [
            execution(
                f"x-{turn}-{kind}",
                at=later(minutes=5 * turn),
                outcome=Outcome.ERROR,
                fingerprint=f"k{kind}",
            )
            for turn in range(4)
            for kind in range(3)
        ]
    )
    since = NOON - timedelta(hours=1)
    everything = await history.cells(since=since, limit=12 * SIZE)
    assert everything.since == START - 3600
    assert everything.starts == tuple(START + 300 * turn for turn in range(4))
    # whole starts only
    cut = await history.cells(since=since, limit=9 * SIZE - 1)
    assert (cut.since, cut.starts) == (START + 600, (START + 600, START + 900))
    assert unpacked(cut) == unpacked(everything)[-6:]
    least = await history.cells(since=since, limit=1)
    assert (least.since, least.starts) == (START + 900, (START + 900,))
    later_on = await history.cells(since=later(minutes=8), limit=99)
    assert later_on.starts == (START + 600, START + 900)


@pytest.mark.anyio
async def test_kinds_of_many_targets_are_those_of_each(history: History) -> None:
    await history.add(
        [
            execution(
                f"x-{number}",
                target=(QUOTE, TAX)[number % 2],
                outcome=Outcome.ERROR,
                fingerprint=f"k{number % 5}",
                at=later(hours=number % 3),
            )
            for number in range(40)
        ]
    )
    asked = [(QUOTE, NOON), (TAX, later(hours=1)), (QUOTE, later(hours=2)), (QUOTE, NOON)]
    together = await history.kinds_of(asked, limit=3)
    assert [len(kinds) for kinds in together] == [3, 3, 3, 3]
    assert together == tuple(
        [await history.kinds(target, since=since, limit=3) for target, since in asked]
    )
    assert await history.kinds_of([]) == ()
