"""Stage 8: what came of a fix, and what a source of fixes is worth."""

from collections.abc import Mapping, Sequence
from typing import Final

from mendloop.core.stats.proportions import chance_lower
from mendloop.model.execution import Tally
from mendloop.model.lesson import Lesson, LessonOutcome

SURE: Final = 0.95
"""How probable a change of the failure rate must be before it is called one."""


def outcome(before: Tally, after: Tally, *, rolled_back: bool) -> LessonOutcome:
    """How a deployment went.

    Taken back is harmed, whoever took it back. Otherwise the failure rates decide, where one is
    surely lower than the other; without calls on both sides nobody can tell, which is no change.
    """
    if rolled_back:
        return LessonOutcome.HARMED
    if not before.calls or not after.calls:
        return LessonOutcome.NO_CHANGE
    better = chance_lower((after.failures, after.calls), (before.failures, before.calls))
    if better >= SURE:
        return LessonOutcome.HELPED
    return LessonOutcome.HARMED if better <= 1 - SURE else LessonOutcome.NO_CHANGE


def worth(lessons: Sequence[Lesson]) -> Mapping[str, float]:
    """The probability that the next fix of each origin helps, by Laplace's rule of succession.

    The mean of Beta(helped + 1, others + 1): an origin with one success is not yet perfect.
    """
    tried: dict[str, int] = {}
    helped: dict[str, int] = {}
    for lesson in lessons:
        tried[lesson.origin] = tried.get(lesson.origin, 0) + 1
        good = lesson.outcome is LessonOutcome.HELPED
        helped[lesson.origin] = helped.get(lesson.origin, 0) + good
    return {origin: (helped[origin] + 1) / (tried[origin] + 2) for origin in sorted(tried)}
