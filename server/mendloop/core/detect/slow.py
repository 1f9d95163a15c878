"""Does a target take longer than it did?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mendloop.core.detect.rule import Rule
from mendloop.core.stats.changes import enough
from mendloop.core.stats.ranks import Slowdown, slowed

LEAST_SECONDS: Final = 0.001
"""Slower by less than this is noise of the machine, whatever the factor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """It surely takes longer now."""

    probability: float
    start: int
    """The most likely first call of the slow stretch."""
    before: float
    """Seconds, before the change; as ``tail`` says, of the median or of the slowest tenth."""
    now: float
    tail: bool
    """Whether only the slowest tenth is so much slower."""

    @property
    def ratio(self) -> float:
        """By what factor."""
        return self.now / self.before


@dataclass(frozen=True, slots=True)
class AsFast:
    """No slowing down is sure, or it is too small to matter."""


def slow(seconds: Sequence[float], rule: Rule) -> Slow | AsFast:
    """Compare the newest times with the rest, oldest first. Only calls that succeeded count."""
    change = slowed(seconds, share=rule.recent_share)
    sure = enough(change.evidence, confidence=rule.confidence)
    if not sure or len(seconds) - change.start < rule.least_calls:
        return AsFast()
    if _matters(change.before, change.after, rule):
        return _slow(change, change.before, change.after, tail=False)
    if _matters(change.tail_before, change.tail_after, rule):
        return _slow(change, change.tail_before, change.tail_after, tail=True)
    return AsFast()


def _matters(before: float, now: float, rule: Rule) -> bool:
    return now - before >= LEAST_SECONDS and now >= rule.slow_factor * before > 0


def _slow(change: Slowdown, before: float, now: float, *, tail: bool) -> Slow:
    return Slow(
        probability=change.probability, start=change.start, before=before, now=now, tail=tail
    )
