"""How often somebody may ask: a token bucket for each, and a bounded number of buckets."""

from collections import OrderedDict
from datetime import datetime
from typing import Final

from mendloop.noun import dataclass

MOST_BUCKETS: Final = 1_024
"""More than anybody makes tokens for one workspace."""


@dataclass(frozen=True, slots=True)
class _Level:
    left: float
    at: datetime


class Buckets:
    """Each begins full, and fills again at a steady rate."""

    def __init__(self, *, per_minute: float, burst: float) -> None:
        self._rate = per_minute / 60
        self._burst = burst
        self._levels: OrderedDict[str, _Level] = OrderedDict()

    def __len__(self) -> int:
        return len(self._levels)

    def take(self, who: str, now: datetime) -> float:
        """Take one out of somebody's bucket.

        A clock that was put back fills nothing, and takes nothing away.

        Returns:
            0 where there was one; otherwise the seconds until there is, and none was taken.
        """
        known = self._levels.pop(who, _Level(self._burst, now))
        passed = max(0.0, (now - known.at).total_seconds())
        left = min(self._burst, known.left + passed * self._rate)
        wait = 0.0 if left >= 1 else (1 - left) / self._rate
        self._levels[who] = _Level(left if wait else left - 1, now)
        if len(self._levels) > MOST_BUCKETS:
            # the one that asked least recently; it begins full again, which does no harm
            self._levels.popitem(last=False)
        return wait
