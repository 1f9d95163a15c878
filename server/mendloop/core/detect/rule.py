"""What counts as a finding. Light: known before any number is crunched."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When detection speaks."""

    success_below: float
    """A target that succeeds less often than this is failing; a share."""
    confidence: float
    """A share. Of the targets that are just good enough, or steady, at most the rest is called
    otherwise."""
    least_calls: int
    """With fewer calls nothing is said."""
    recent_share: float
    """The newest share of the calls that is compared with the rest, give or take a factor of 2."""
    slow_factor: float
    """Slower by less than this factor hurts nobody."""
