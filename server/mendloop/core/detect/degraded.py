"""Does a target fail more often than it did?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mendloop.core.detect.rule import Rule
from mendloop.core.stats.changes import enough, improved, worsened
from mendloop.model.execution import Tally

LIKELIER: Final = 0.5
"""A change more probable than not is taken into account when the present is judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Degraded:
    """It surely fails more often now."""

    probability: float
    start: int
    """The most likely first call of the worse stretch."""
    before: Tally
    now: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """No change is sure; or there are too few calls to compare."""


def degraded(failed: Sequence[bool], rule: Rule) -> Degraded | Steady:
    """Compare the newest calls with the rest, oldest first."""
    change = worsened(failed, share=rule.recent_share)
    now = tally(failed[change.start :])
    sure = enough(change.evidence, confidence=rule.confidence)
    if not sure or now.calls < rule.least_calls:
        return Steady()
    return Degraded(
        probability=change.probability,
        start=change.start,
        before=tally(failed[: change.start]),
        now=now,
    )


def present(failed: Sequence[bool], rule: Rule) -> int:
    """The first call since the last clear change for worse or better; 0 where there was none.

    What came before says nothing of how the target does now.
    """
    worse = worsened(failed, share=rule.recent_share)
    better = improved(failed, share=rule.recent_share)
    change = worse if worse.probability >= better.probability else better
    return change.start if change.probability >= LIKELIER else 0


def tally(failed: Sequence[bool]) -> Tally:
    """Some calls, counted."""
    return Tally(calls=len(failed), failures=sum(failed))
