"""Does a target fail too often?"""

from dataclasses import dataclass

from mendloop.core.detect.rule import Rule
from mendloop.core.stats.changes import USUAL
from mendloop.core.stats.proportions import chance_above, interval, lower
from mendloop.model.execution import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """It surely fails more often than is allowed."""

    probability: float
    """That it does, beginning from what tools usually do."""
    low: float
    """The range of its failure rate, 95 % sure."""
    high: float


@dataclass(frozen=True, slots=True)
class NotFailing:
    """It may fail too often, but that is not sure."""


@dataclass(frozen=True, slots=True)
class TooFew:
    """Nobody can say yet. Silence is no evidence of health."""


def failing(tally: Tally, rule: Rule) -> Failing | NotFailing | TooFew:
    """Judge the calls since the last clear change.

    The exact lower bound of the failure rate must lie above 1 - ``success_below``: so a target that
    is just good enough is called failing with a probability of at most 1 - ``confidence``. One
    failed call alone never is.
    """
    if tally.calls < max(rule.least_calls, 2):
        return TooFew()
    allowed = 1 - rule.success_below
    bound = lower(tally.failures, tally.calls, confidence=rule.confidence)
    if tally.failures < 2 or bound <= allowed:  # noqa: PLR2004  once is no habit
        return NotFailing()
    range_ = interval(tally.failures, tally.calls)
    sure = chance_above(allowed, tally.failures, tally.calls, prior=USUAL)
    return Failing(probability=sure, low=range_.low, high=range_.high)
