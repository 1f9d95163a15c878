"""Plain figures that evidence holds beside the answers."""

from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What the history holds of a target, in the newest calls that were looked at."""

    looked_at: int = 0
    cut: int = 0
    """Of these, not kept whole: too big, too deep, not serialisable, or redacted."""
    unanswered: int = 0
    """Of the others, without what they saw of the world, and not to be made again without it."""
    why: str = ""
    """Of most of these, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long both versions took for the same calls, measured in turns."""

    calls: int = 0
    """How many calls were measured; 0 where none lasts long enough."""
    before: tuple[float, ...] = ()
    """Seconds that the current version took for all of them, a number a turn."""
    after: tuple[float, ...] = ()
    """The same of the change; the n-th stands beside the n-th of the other."""
