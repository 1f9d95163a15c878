from datetime import UTC, datetime

import pytest

from mendloop.core.learn.outcomes import outcome, worth
from mendloop.model.execution import Tally
from mendloop.model.ids import DeploymentId, TargetName
from mendloop.model.lesson import Lesson, LessonOutcome


def tally(failures: int, calls: int) -> Tally:
    return Tally(calls=calls, failures=failures)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (tally(40, 100), tally(0, 30), LessonOutcome.HELPED),
        (tally(40, 100), tally(38, 100), LessonOutcome.NO_CHANGE),
        (tally(1, 100), tally(1, 100), LessonOutcome.NO_CHANGE),
        (tally(2, 100), tally(30, 100), LessonOutcome.HARMED),
        (tally(0, 0), tally(0, 100), LessonOutcome.NO_CHANGE),
        (tally(40, 100), tally(0, 0), LessonOutcome.NO_CHANGE),
        (tally(1, 2), tally(0, 1), LessonOutcome.NO_CHANGE),
    ],
)
def test_the_failure_rates_say_how_it_went(
    before: Tally, after: Tally, expected: LessonOutcome
) -> None:
    assert outcome(before, after, rolled_back=False) is expected


def test_what_was_taken_back_has_harmed() -> None:
    assert outcome(tally(40, 100), tally(0, 30), rolled_back=True) is LessonOutcome.HARMED


def lesson(origin: str, result: LessonOutcome) -> Lesson:
    return Lesson(
        deployment=DeploymentId("d-1"),
        target=TargetName("a"),
        fingerprints=(),
        origin=origin,
        outcome=result,
        before=0.4,
        after=0.0,
        at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def test_the_worth_of_an_origin_is_the_chance_that_its_next_fix_helps() -> None:
    lessons = [
        *[lesson("recipe", LessonOutcome.HELPED)] * 3,
        lesson("agent", LessonOutcome.HELPED),
        lesson("agent", LessonOutcome.HARMED),
        lesson("search", LessonOutcome.NO_CHANGE),
    ]
    assert worth(lessons) == {"agent": 0.5, "recipe": 0.8, "search": pytest.approx(1 / 3)}


def test_without_lessons_nothing_is_known() -> None:
    assert worth([]) == {}
