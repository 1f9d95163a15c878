"""What counts as a finding. Light: known before any number is crunched."""

from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When detection speaks."""

    success_below: float
    """A target that succeeds less often than this is failing; a share."""
    confidence: float
    """A share. Of the targets that are just good enough, at most the rest is called failing, where
    the fleet is too small to know what is usual in it."""
    least_calls: int
    """With fewer calls nothing is said."""
    recent_share: float
    """Changes within the newest share of the calls, up to twice as many, are looked for."""
    slow_factor: float
    """Slower by less than this factor hurts nobody."""
    fdr: float = 0.05
    """Of the findings of one kind, at most this share is expected to be false."""
    forecast_days: float = 7.0
    """How far ahead a crossing is forecast."""
    recurring_days: int = 3
    """An error that comes on so many days, or in so many sessions, is a habit."""
    unused_days: int = 30
    """A target without a call for so long is unused."""
