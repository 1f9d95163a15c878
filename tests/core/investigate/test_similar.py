from datetime import UTC, datetime, timedelta

from mendloop.core.investigate.similar import rank
from mendloop.model.ids import DeploymentId, IncidentId, TargetName
from mendloop.model.incident import Finding, Incident, IncidentKind, IncidentState
from mendloop.model.lesson import Lesson, LessonOutcome

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def incident(name: str, *fingerprints: str, day: int = 1, open_: bool = False) -> Incident:
    at = EPOCH + timedelta(days=day)
    return Incident(
        id=IncidentId(name),
        finding=Finding(
            kind=IncidentKind.FAILING,
            target=TargetName("quote"),
            summary="",
            priority=1.0,
            numbers={},
            fingerprints=fingerprints,
        ),
        state=IncidentState.OPEN if open_ else IncidentState.RESOLVED,
        opened=at,
        updated=at,
    )


def lesson(outcome: LessonOutcome, day: int, *fingerprints: str) -> Lesson:
    return Lesson(
        deployment=DeploymentId("d-1"),
        target=TargetName("quote"),
        fingerprints=fingerprints,
        origin="recipe:guard_none",
        outcome=outcome,
        before=0.5,
        after=0.0,
        at=EPOCH + timedelta(days=day),
    )


def test_the_most_alike_come_first_and_the_newest_of_equals() -> None:
    earlier = [
        incident("half", "a", "z"),
        incident("old", "a", "b", day=1),
        incident("new", "b", "a", day=2),
        incident("other", "z"),
        incident("none"),
    ]
    found = rank(["a", "b"], earlier)
    assert [one.incident for one in found] == ["new", "old", "half"]


def test_an_incident_is_not_like_itself() -> None:
    one = incident("i-1", "a")
    assert rank(["a"], [one], besides=one) == ()


def test_what_else_is_open_on_the_same_target_is_no_earlier_one() -> None:
    both = [incident("i-1", "a", open_=True), incident("i-2", "a")]
    assert [one.incident for one in rank(["a"], both, targets=[TargetName("quote")])] == ["i-2"]
    assert len(rank(["a"], both, targets=[TargetName("another")])) == 2


def test_a_kind_that_names_no_error_joins_failures_of_the_same_target_only() -> None:
    earlier = [incident("i-1", "late"), incident("i-2", "late", "a")]
    own = rank(["late", "a"], earlier, targets=[TargetName("quote")], bare=["late"])
    others = rank(["late", "a"], earlier, targets=[TargetName("another")], bare=["late"])
    assert [one.incident for one in own] == ["i-2", "i-1"]
    assert [one.incident for one in others] == ["i-2"]
    assert rank(["late"], earlier, targets=[TargetName("another")], bare=["late"]) == ()


def test_five_are_enough() -> None:
    assert len(rank(["a"], [incident(f"i-{number}", "a") for number in range(9)])) == 5


def test_the_newest_lesson_says_what_came_of_it() -> None:
    lessons = [
        lesson(LessonOutcome.HARMED, 1, "a"),
        lesson(LessonOutcome.NO_CHANGE, 2, "a"),
        lesson(LessonOutcome.HELPED, 3, "z"),
    ]
    (found,) = rank(["a"], [incident("i-1", "a")], lessons)
    assert found.outcome == "recipe:guard_none no change"


def test_without_a_lesson_it_is_said_how_it_stands() -> None:
    found = rank(["a"], [incident("i-1", "a", day=2, open_=True), incident("i-2", "a")])
    assert [one.outcome for one in found] == ["still open", "ended without a lesson"]


def test_no_fingerprint_is_like_none() -> None:
    assert rank([], [incident("i-1")]) == ()
