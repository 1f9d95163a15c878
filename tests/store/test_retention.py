"""Old calls go; what was counted of them, and what a replay needs, stays."""

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from mendloop.errors import Refused
from mendloop.model import sketch
from mendloop.model.execution import Execution, Outcome
from mendloop.model.ids import ExecutionId, TargetName
from mendloop.store import cells, compacting, retention, sparing
from mendloop.store.history import History
from mendloop.store.retention import Compacted, Retention
from tests.interrupt import interrupted
from tests.packed import unpacked
from tests.store.nouns import NOON, QUOTE, TAX, execution, later

pytestmark = pytest.mark.anyio

KEEP = Retention(days=10, most_rows=1_000_000, reservoir=6)
LONG_AGO = timedelta(days=-60)
VERY_OLD = NOON + 2 * LONG_AGO


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small numbers, so that few rows make several batches."""
    monkeypatch.setattr(sparing, "NEWEST", 5)
    monkeypatch.setattr(retention, "_AT_ONCE", 20)
    monkeypatch.setattr(compacting, "_HOURS_AT_ONCE", 3)
    monkeypatch.setattr(cells, "_AT_ONCE", 3)
    monkeypatch.setattr(compacting, "_PAGES_AT_ONCE", 3)


def calls() -> list[Execution]:
    """Of one target 200 old ones and 10 new ones: every tenth fails, in three ways."""
    made: list[Execution] = []
    for n in range(210):
        failed = n % 10 == 3
        kind = "abc" if n < 60 else "def" if n < 200 else "ghi"
        made.append(
            execution(
                f"x-{n:03}",
                at=NOON + (LONG_AGO + timedelta(minutes=30 * n) if n < 200 else timedelta(0)),
                args=(n % 40, "x" * 200),
                result=n,
                outcome=Outcome.ERROR if failed else Outcome.OK,
                fingerprint=kind if failed else "",
                seconds=0.01 * (n % 7),
                caller="ann",
            )
        )
    return made


async def names(history: History, target: TargetName = QUOTE) -> list[str]:
    rows = await history.recent(target, limit=1000)
    return [str(row.execution.id) for row in reversed(rows)]


async def totals(history: History) -> tuple[object, ...]:
    """What must not change when calls go."""
    hours = await history.hours(QUOTE, since=VERY_OLD)
    together = await history.hours(None, since=VERY_OLD)
    heads = await history.heads()
    return (
        await history.summaries(),
        heads,
        await history.latencies(heads.names),
        await history.kinds(QUOTE, since=VERY_OLD),
        sum(hour.calls for hour in hours),
        sum(hour.failures for hour in hours),
        sum(sketch.count(hour.sketch) for hour in hours),
        sum(count for hour in hours for count in hour.callers.values()),
        [sum(hour.calls for hour in together), sum(hour.failures for hour in together)],
    )


async def test_of_old_calls_those_that_a_replay_needs_stay(history: History) -> None:
    made = calls()
    await history.add(made)
    await history.label(ExecutionId("x-021"), expected=1, known=True)
    await history.label(ExecutionId("x-022"), expected=None, known=False)
    before = await totals(history)
    done = await history.compact(KEEP, now=NOON)
    left = await names(history)
    assert done.rows == 210 - len(left)
    new = {call.id for call in made[200:]}
    failed = {call.id for call in made if call.outcome.failed}
    spared = set(left) - new - failed - {"x-021", "x-022"}
    assert new <= set(left)
    assert "x-021" in left  # its right answer is known
    assert len(spared) == KEEP.reservoir
    assert len({made[int(name[2:])].args for name in spared}) == KEEP.reservoir
    # three of each kind, and the newest six of all; the labelled one without a kind is a kind too
    assert failed & set(left) == {"x-033", "x-043", "x-053"} | {
        f"x-{n}" for n in (153, 163, 173, 183, 193, 203)
    }
    assert "x-022" in left
    assert await totals(history) == before


async def test_the_sample_of_calls_is_the_newest_of_each_and_stays_itself(history: History) -> None:
    await history.add([call for call in calls() if not call.outcome.failed])
    await history.compact(KEEP, now=NOON)
    left = await names(history)
    assert (await history.compact(KEEP, now=NOON)).rows == 0
    assert await names(history) == left
    # the same calls again, later: the sample is of the same arguments
    again = [
        execution(f"y-{n}", at=later(minutes=n), args=(n % 40, "x" * 200), result=n)
        for n in range(120)
        if n % 10 != 3
    ]
    await history.add(again)
    await history.compact(KEEP, now=later(days=20))
    later_left = await names(history)
    floor = len(later_left) - sparing.NEWEST

    def arguments(ids: list[str]) -> set[int]:
        return {int(name[2:]) % 40 for name in ids}

    sample = arguments([name for name in left if int(name[2:]) < 200])
    assert len(sample) == KEEP.reservoir
    assert arguments(later_left[:floor]) == sample
    assert all(name.startswith("y-") for name in later_left)


async def test_too_many_calls_go_oldest_first_though_they_are_young(history: History) -> None:
    made = [execution(f"x-{n:03}", whole=False) for n in range(60)]
    await history.add(made)
    await history.add([execution("y-1", target=TAX)])
    done = await history.compact(Retention(days=999, most_rows=20), now=NOON)
    assert done.rows == 41
    assert await names(history) == [f"x-{n:03}" for n in range(41, 60)]
    assert await names(history, TAX) == ["y-1"]


@pytest.mark.promise("store/compaction-keeps-evidence")
@pytest.mark.parametrize(
    "limit",
    [
        Retention(days=1, most_rows=10**9, reservoir=3),
        Retention(days=999, most_rows=1, reservoir=3),
    ],
    ids=["age", "size"],
)
async def test_examples_of_every_kind_and_calls_to_replay_stay_of_every_target(
    history: History, limit: Retention
) -> None:
    """Many kinds of failures, some seen once and long ago; a target that never failed; another."""
    targets = [QUOTE, TAX, TargetName("quiet.one")]
    made = [
        execution(
            f"{target}-{n}",
            target=target,
            at=NOON + LONG_AGO + timedelta(minutes=n),
            args=(n % 23,),
            outcome=Outcome.ERROR
            if (failed := n % 3 == 0 and target != targets[2])
            else Outcome.OK,
            fingerprint=f"kind-{n if n < 30 else n % 4}" if failed else "",
            result=None if failed else n,
        )
        for n in range(150)
        for target in targets
    ]
    await history.add(made)
    await history.label(ExecutionId(f"{TAX}-1"), expected=7, known=True)
    for _ in range(2):  # what one compaction has spared, the next one spares
        await history.compact(limit, now=NOON)
        for target in targets:
            left = [row.execution for row in await history.recent(target, limit=1000)]
            assert len(left) < 100
            kinds = Counter(call.fingerprint for call in made if call.target == target)
            kept = Counter(call.fingerprint for call in left)
            assert all(kept[kind] >= min(3, count) for kind, count in kinds.items() if kind)
            good = {call.args for call in left if call.outcome is Outcome.OK and call.whole}
            assert len(good) >= limit.reservoir
        assert (await history.get(ExecutionId(f"{TAX}-1"))).expected == 7


async def test_counting_only_changes_nothing(history: History) -> None:
    await history.add(calls())
    before = await names(history), await totals(history)
    would = await history.compact(KEEP, now=NOON, dry_run=True)
    assert (await names(history), await totals(history)) == before
    done = await history.compact(KEEP, now=NOON)
    assert would.rows == done.rows > 150
    assert would.bytes > 0
    assert (would.hours, would.cells) == (0, 0)


async def test_old_hours_become_days_and_old_cells_go(history: History) -> None:
    await history.add(calls())
    done = await history.compact(KEEP, now=NOON)
    old = [hour for hour in await history.hours(QUOTE, since=VERY_OLD) if hour.start < NOON]
    assert {hour.seconds for hour in old} == {86400}
    assert [hour.calls for hour in old] == [24, 48, 48, 48, 32]
    together = [hour for hour in await history.hours(None, since=VERY_OLD) if hour.start < NOON]
    assert [(hour.start, hour.calls) for hour in together] == [
        (hour.start, hour.calls) for hour in old
    ]
    assert (done.hours, done.cells) == (100, 20)
    left = await history.cells(limit=99, since=VERY_OLD)
    assert left.starts == (int(NOON.timestamp()),)
    # numbers of kinds that no cell has are let go of too
    assert {cell.fingerprint for cell in unpacked(left)} == set(left.fingerprints.values())
    # what comes late is counted by day too, and a label finds the day
    late = execution("z-1", at=NOON + LONG_AGO)
    await history.add([late])
    await history.label(late.id, expected=None, known=False)
    (first, *_) = await history.hours(QUOTE, since=VERY_OLD)
    assert (first.seconds, first.calls, first.failures) == (86400, 25, 3 + 1)


async def test_a_label_between_the_watermark_and_the_merging_of_hours_is_counted_right(
    history: History,
) -> None:
    await history.add(calls())
    await history.writer.run(
        lambda connection: compacting.move_days(connection, int(NOON.timestamp()))
    )
    before = sum(hour.failures for hour in await history.hours(QUOTE, since=VERY_OLD))
    await history.label(ExecutionId("x-000"), expected=None, known=False)
    hours = await history.hours(QUOTE, since=VERY_OLD)
    assert sum(hour.failures for hour in hours) == before + 1
    assert sum(hour.calls for hour in hours) == 210
    assert sum(hour.calls for hour in await history.hours(None, since=VERY_OLD)) == 210


async def test_after_a_compaction_rollups_are_not_made_anew(history: History) -> None:
    await history.add(calls())
    done = await history.compact(KEEP, now=NOON)
    before = await totals(history)
    with pytest.raises(Refused, match=rf"{done.rows} calls were removed by compaction"):
        await history.rebuild()
    assert await totals(history) == before


async def test_a_file_gets_smaller(history: History) -> None:
    await history.add([execution(f"x-{n}", args=("y" * 2000,), whole=False) for n in range(400)])
    size = history.path.stat().st_size
    done = await history.compact(Retention(days=1, most_rows=10), now=NOON)
    assert done.bytes > 500_000
    assert history.path.stat().st_size < max(size, 800_000) // 2
    (row,) = await history.database.glance("PRAGMA freelist_count")
    assert row == (0,)


async def test_a_file_that_was_not_made_to_shrink_is_written_anew_once(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    async with History.open(path) as history:
        await history.add(calls())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = delete")
        connection.execute("PRAGMA auto_vacuum = NONE")
        connection.execute("VACUUM")
    async with History.open(path) as history:
        before = await totals(history)
        await history.compact(KEEP, now=NOON)
        assert await totals(history) == before
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)


def consistent(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        (sound,) = connection.execute("PRAGMA integrity_check").fetchone()
        (kept,) = connection.execute("SELECT count(*) FROM calls").fetchone()
        (ever,) = connection.execute("SELECT sum(calls) FROM targets").fetchone()
        (removed,) = connection.execute("SELECT removed FROM ledger").fetchone()
        return bool(sound == "ok" and kept + removed == ever)


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.promise("store/compaction-can-be-killed")
async def test_a_compaction_that_stops_at_any_statement_leaves_all_counts_as_they_were(
    tmp_path: Path,
) -> None:
    whole = tmp_path / "whole.db"
    async with History.open(whole) as history:
        await history.add(calls())
        before = await totals(history)
        await history.compact(KEEP, now=NOON)
        last = await names(history)
    full = tmp_path / "full.db"
    async with History.open(full) as history:
        await history.add(calls())
    step = stopped = 0
    while step == stopped:
        step += 1
        path = tmp_path / f"{step}.db"
        path.write_bytes(full.read_bytes())
        if run(path, step):
            stopped = step
        assert consistent(path)
        async with History.open(path) as history:
            assert await totals(history) == before
            await history.compact(KEEP, now=NOON)
            assert await names(history) == last
            assert await totals(history) == before
    assert stopped > 50


def run(path: Path, step: int) -> bool:
    """Compact, and stop before one statement as a kill would: whether it came so far."""

    def stop(_: str) -> None:
        raise KeyboardInterrupt

    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        steps = retention.compacting(connection, KEEP, now=NOON, dry_run=False)
        ended: Compacted | None = None
        try:
            with interrupted({step: stop}):
                while ended is None:
                    ended = retention.one_step(steps)
        except KeyboardInterrupt:
            return True
    return False


@pytest.mark.parametrize("made", [calls, list])
async def test_nothing_old_is_nothing_to_do(
    history: History, made: Callable[[], list[Execution]]
) -> None:
    await history.add(made())
    done = await history.compact(Retention(days=999, most_rows=10**9), now=NOON)
    assert done.rows == 0
