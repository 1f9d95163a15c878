"""How much memory a change may hold."""

from dataclasses import replace

import pytest

from mendloop.core.validate.cases import Exactly, Origin, TestCase
from mendloop.core.validate.evidence import JudgeRule
from mendloop.core.validate.memory import UNNOTICED, memory
from mendloop.core.validate.rows import Row, Standing
from mendloop.model.observation import Case, Crashed, Observation, Returned, Seen
from mendloop.model.report import Verdict

_MEBI = 1 << 20
_RULE = JudgeRule(regression_bound=0.05, slower_factor=2.0, memory_factor=4.0)


def _seen(peak: int, seen: Seen = Returned(1)) -> Observation:  # noqa: B008  it is frozen
    return Observation(case="1", seen=seen, seconds=0.0, peak_bytes=peak * _MEBI)


def _row(before: int, after: int, *, alone: int | None = None) -> Row:
    case = TestCase(case=Case(id="1"), origin=Origin.PASSING, wanted=Exactly(1))
    return Row(
        case=case,
        base=(_seen(before), _seen(before - 1)),
        candidate=(_seen(after),),
        solo=None if alone is None else _seen(alone),
        standing=Standing.REPLAYED,
        tolerance=0.0,
    )


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (12, 12, Verdict.PASSED),
        (12, 44, Verdict.PASSED),
        (12, 48, Verdict.PASSED),
        (12, 49, Verdict.FAILED),
        (8, 39, Verdict.PASSED),
        (200, 700, Verdict.PASSED),
        (200, 900, Verdict.FAILED),
    ],
)
def test_only_many_times_as_much_and_much_more_is_too_much(
    before: int, after: int, verdict: Verdict
) -> None:
    found = memory([_row(before, after)], _RULE)
    assert found is not None
    assert found.verdict is verdict
    assert found.numbers["bytes_after"] == after * _MEBI
    assert bool(found.against) == (verdict is Verdict.FAILED)


def test_the_most_that_any_call_took_before_is_what_counts() -> None:
    found = memory([_row(12, 12), _row(100, 100), _row(12, 100)], _RULE)
    assert found is not None
    assert found.verdict is Verdict.PASSED


def test_what_earlier_calls_left_behind_is_not_held_against_one_that_is_seen_alone() -> None:
    found = memory([_row(12, 300, alone=12)], _RULE)
    assert found is not None
    assert found.verdict is Verdict.PASSED


def test_calls_that_one_version_does_not_answer_say_nothing() -> None:
    row = _row(12, 300)
    assert memory([replace(row, base=(_seen(12, Crashed("signal SIGSEGV")),))], _RULE) is None


def test_without_a_word_from_the_sandbox_nothing_is_said() -> None:
    row = _row(12, 300)
    assert memory([replace(row, candidate=(_seen(0),))], _RULE) is None
    assert memory([], _RULE) is None


def test_the_floor_is_a_bound_of_bytes_and_not_of_times() -> None:
    assert UNNOTICED == 32 * _MEBI
