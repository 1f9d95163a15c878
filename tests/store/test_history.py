from collections.abc import Sequence
from dataclasses import replace
from math import isnan
from typing import Any

import pytest

from mendloop.errors import InvalidInput, NotFound
from mendloop.model.execution import Fault, Outcome, Series, Tally
from mendloop.model.ids import ExecutionId, TargetName
from mendloop.store import distinct, queries
from mendloop.store.counted import TargetSummary
from mendloop.store.history import History, Row
from tests.store.nouns import NOON, QUOTE, TAX, execution, later

pytestmark = pytest.mark.anyio


def ids(rows: Sequence[Row]) -> list[str]:
    return [row.execution.id for row in rows]


async def test_a_call_is_kept_once(history: History) -> None:
    assert await history.add([]) == 0
    assert await history.add([execution("x-1"), execution("x-2"), execution("x-1")]) == 2
    assert await history.add([execution("x-2", seconds=9.0), execution("x-3")]) == 1
    assert (await history.get(ExecutionId("x-2"))).seconds == 0.25
    assert [row.seq for row in await history.recent(QUOTE, limit=1)] == [await history.last_seq()]
    (summary,) = await history.summaries()
    assert summary.calls == 3


async def test_a_call_that_cannot_be_kept_takes_the_others_with_it(history: History) -> None:
    with pytest.raises(InvalidInput, match="'x-2' holds a value that JSON cannot") as caught:
        await history.add([execution("x-1"), execution("x-2", result=float("nan"))])
    assert "$f" in caught.value.hint
    assert await history.last_seq() == 0


async def test_a_call_that_is_not_there_is_not_found(history: History) -> None:
    with pytest.raises(NotFound, match="no execution 'x-9'"):
        await history.get(ExecutionId("x-9"))
    with pytest.raises(NotFound, match="no execution 'x-9'"):
        await history.label(ExecutionId("x-9"), expected=1, known=True)


async def test_a_label_makes_a_call_wrong_and_keeps_the_right_answer_where_it_is_known(
    history: History,
) -> None:
    await history.add([execution("x-1", result=1), execution("x-2", outcome=Outcome.ERROR)])
    name = ExecutionId("x-1")
    wrong = replace(await history.get(name), outcome=Outcome.WRONG)
    assert await history.label(name, expected=5, known=False) == wrong
    assert await history.label(name, expected=5, known=True) == replace(wrong, expected=5)
    assert await history.label(name, expected=6, known=False) == replace(wrong, expected=5)
    assert await history.get(name) == replace(wrong, expected=5)
    (summary,) = await history.summaries()
    assert (summary.calls, summary.failures) == (2, 2)
    await history.label(ExecutionId("x-2"), expected=None, known=False)
    assert await history.summaries() == (summary,)


async def test_recent_calls_are_paged_from_the_one_kept_last(history: History) -> None:
    await history.add([execution(f"x-{n}") for n in range(5)])
    await history.add([execution("y-1", target=TAX)])
    first = await history.recent(QUOTE, limit=2)
    assert ids(first) == ["x-4", "x-3"]
    second = await history.recent(QUOTE, before=first[-1].seq, limit=2)
    assert ids(second) == ["x-2", "x-1"]
    assert ids(await history.recent(QUOTE, before=second[-1].seq)) == ["x-0"]
    assert ids(await history.recent(TAX)) == ["y-1"]
    assert await history.recent(TargetName("other")) == ()


async def test_a_number_beyond_all_rows_is_no_error(history: History) -> None:
    await history.add([execution("x-1")])
    assert ids(await history.recent(QUOTE, before=10**30)) == ["x-1"]
    assert ids(await history.recent(QUOTE, before=-(10**30))) == []
    assert ids(await history.after(QUOTE, -(10**30), limit=9)) == ["x-1"]
    assert ids(await history.after(QUOTE, 10**30, limit=9)) == []


async def test_recent_calls_are_chosen_by_outcome_and_time(history: History) -> None:
    outcomes = [*Outcome, *Outcome]
    await history.add(
        [
            execution(f"x-{n}", outcome=outcome, at=later(minutes=n))
            for n, outcome in enumerate(outcomes)
        ]
    )
    both = {Outcome.ERROR, Outcome.TIMEOUT}
    assert ids(await history.recent(QUOTE, outcomes=both)) == ["x-6", "x-5", "x-2", "x-1"]
    assert ids(await history.recent(QUOTE, outcomes=both, limit=3)) == ["x-6", "x-5", "x-2"]
    assert ids(await history.recent(QUOTE, outcomes=[Outcome.WRONG], before=8)) == ["x-3"]
    assert ids(await history.recent(QUOTE, outcomes=both, since=later(minutes=6))) == ["x-6"]
    assert ids(await history.recent(QUOTE, since=later(minutes=6))) == ["x-7", "x-6"]
    assert ids(await history.recent(QUOTE, outcomes=[])) == []
    assert ids(await history.recent(QUOTE, outcomes=list(Outcome))) == [
        f"x-{n}" for n in range(7, -1, -1)
    ]


async def test_calls_after_a_number_come_oldest_first(history: History) -> None:
    await history.add([execution("x-1"), execution("y-1", target=TAX), execution("x-2")])
    rows = await history.after(QUOTE, 0, limit=9)
    assert [(row.seq, row.execution.id) for row in rows] == [(1, "x-1"), (3, "x-2")]
    assert ids(await history.after(QUOTE, 1, limit=9)) == ["x-2"]
    assert ids(await history.after(QUOTE, 0, limit=1)) == ["x-1"]
    assert await history.after(QUOTE, 3, limit=9) == ()


async def test_of_each_distinct_call_the_newest_is_given(history: History) -> None:
    await history.add(
        [
            execution("x-1", args=(1,)),
            execution("x-2", args=(2,), at=later(hours=1)),
            execution("x-3", args=(1,), outcome=Outcome.ERROR),
            execution("x-4", args=(1.0,), at=later(hours=2)),
            execution("x-5", kwargs={"a": 1, "b": 2}),
            execution("x-6", kwargs={"b": 2, "a": 1}),
            execution("x-7", args=(3,), whole=False),
            execution("x-8", args=(4,), target=TAX),
        ]
    )

    async def found(*outcomes: Outcome, limit: int = 9, **given: Any) -> list[str]:
        executions = await history.distinct(QUOTE, outcomes=outcomes, limit=limit, **given)
        return [execution.id for execution in executions]

    assert await found(Outcome.OK) == ["x-6", "x-4", "x-2", "x-1"]
    assert await found(Outcome.OK, Outcome.ERROR) == ["x-6", "x-4", "x-3", "x-2"]
    assert await found(Outcome.OK, limit=2) == ["x-6", "x-4"]
    assert await found(Outcome.OK, since=later(hours=1)) == ["x-4", "x-2"]
    assert await found() == []


async def test_distinct_calls_are_looked_for_among_the_newest_and_all_failures(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distinct, "LOOKED_AT", 20)
    monkeypatch.setattr(distinct, "_PAGE", 10)
    failed = {0, 41}
    await history.add(
        [
            execution(
                f"x-{n:02}",
                args=(n,),
                outcome=Outcome.TIMEOUT if n in failed else Outcome.OK,
            )
            for n in range(45)
        ]
    )
    passed = await history.distinct(QUOTE, outcomes=[Outcome.OK], limit=99)
    expected = [f"x-{n:02}" for n in range(44, 24, -1) if n not in failed]
    assert [execution.id for execution in passed] == expected
    both = await history.distinct(QUOTE, outcomes=list(Outcome), limit=99)
    assert [execution.id for execution in both] == sorted([*expected, "x-41", "x-00"], reverse=True)
    assert len(await history.distinct(QUOTE, outcomes=list(Outcome), limit=5)) == 5


async def test_recent_calls_of_a_long_window_are_those_of_a_short_one(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    await history.add([execution(f"x-{n}", at=later(minutes=n % 7)) for n in range(30)])
    found: list[tuple[Row, ...]] = []
    for few in (1000, 2):
        monkeypatch.setattr(queries, "FEW", few)
        found.append(await history.recent(QUOTE, since=later(minutes=3), before=25, limit=8))
    assert found[0] == found[1]
    assert ids(found[0]) == ["x-20", "x-19", "x-18", "x-17", "x-13", "x-12", "x-11", "x-10"]


async def test_a_series_is_the_newest_calls_of_a_window_oldest_first(history: History) -> None:
    fault = Fault(type="KeyError", message="'a'")
    await history.add(
        [
            execution("x-3", at=later(minutes=3), seconds=3.0),
            execution("x-1", at=later(minutes=1), seconds=1.0),
            execution(
                "x-2",
                at=later(minutes=2),
                seconds=2.0,
                outcome=Outcome.ERROR,
                error=fault,
                fingerprint="abc",
            ),
            execution("y-1", at=later(minutes=2), target=TAX),
        ]
    )
    assert await history.series(QUOTE, since=later(minutes=1), limit=9) == Series(
        target=QUOTE,
        at=(later(minutes=1), later(minutes=2), later(minutes=3)),
        failed=(False, True, False),
        seconds=(1.0, 2.0, 3.0),
        fingerprints=("", "abc", ""),
    )
    newest = await history.series(QUOTE, since=NOON, limit=2)
    assert newest.seconds == (2.0, 3.0)
    assert newest.tally == Tally(calls=2, failures=1)
    late = await history.series(QUOTE, since=later(minutes=2, microseconds=1), limit=9)
    assert late.seconds == (3.0,)
    assert (await history.series(TargetName("other"), since=NOON, limit=9)).at == ()


async def test_every_target_is_summed_up(history: History) -> None:
    assert await history.summaries() == ()
    assert await history.last_seq() == 0
    await history.add(
        [
            execution("y-1", target=TAX, outcome=Outcome.TIMEOUT, at=later(hours=2)),
            execution("y-2", target=TAX, at=later(hours=1)),
            execution("x-1"),
        ]
    )
    assert await history.summaries() == (
        TargetSummary(target=QUOTE, calls=1, failures=0, last=NOON),
        TargetSummary(target=TAX, calls=2, failures=1, last=later(hours=2)),
    )


async def test_ids_are_completed_from_their_beginning(history: History) -> None:
    await history.add([execution(name) for name in ("x-7b", "x-7a", "x-8")])
    assert await history.matching_ids("x-7", 9) == ("x-7a", "x-7b")
    assert await history.matching_ids("x-", 1) == ("x-7a",)


async def test_a_duration_that_is_no_number_comes_back_so(history: History) -> None:
    await history.add([execution("x-1", seconds=float("nan"))])
    assert isnan((await history.get(ExecutionId("x-1"))).seconds)
