"""Which suspects became slow, by how much, and since when?"""

import math
from collections.abc import Sequence

import numpy as np

from mendloop.core.stats.arrays import BoolArray, FloatArray
from mendloop.core.stats.discovery import discoveries, guarded, local_rates, share
from mendloop.core.stats.durations import Durations, unpack
from mendloop.core.stats.ranking import Slowdowns, compare, quantiles
from mendloop.core.stats.rates import SMALL_FLEET
from mendloop.noun import dataclass

_MIDDLE, _TAIL = 0.5, 0.9
_NONE = -700.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What counts as slow."""

    longest: float
    """The largest share of a target's calls that may lie after a change."""
    fdr: float
    confidence: float
    """Of a small fleet: 1 / (1 - confidence) is the least Bayes factor."""
    factor: float
    """The least growth, as a ratio."""
    seconds: float
    """The least growth."""
    least_calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One that became slow."""

    place: int
    false: float
    calls_before: int
    calls_now: int
    before: float
    """Seconds; of the median, or of the fastest of the slowest tenth."""
    now: float
    tail: bool
    since: int


def slowed(packed: Sequence[bytes], bounds: Bounds, *, since: int, timed: int) -> tuple[Found, ...]:
    """Judge the suspects.

    Args:
        packed: Their histograms.
        bounds: What counts.
        since: Seconds since 1970; what ended before is left out.
        timed: How many targets were compared before these were suspected.
    """
    if not any(packed):
        return ()
    seen = unpack(packed, since=since)
    change = compare(seen, longest=bounds.longest)
    false = _false(change, timed)
    late = (change.bucket[seen.of] >= 0) & (seen.bucket >= change.bucket[seen.of])
    early, now = seen.table(~late), seen.table(late)
    middle, tail = (
        tuple(quantiles(each, share_, lowest=seen.lowest) for each in (early, now))
        for share_ in (_MIDDLE, _TAIL)
    )
    grown, tail_grown = _grown(middle, bounds), _grown(tail, bounds)
    fit = (grown | tail_grown) & change.lasting & (change.bucket >= 0)
    many_before, many_now = early.sum(axis=1), now.sum(axis=1)
    fit &= many_now >= bounds.least_calls
    if timed < SMALL_FLEET:
        fit &= change.log_factor >= -math.log(1 - bounds.confidence)
    reported = discoveries(guarded(false, fit), fdr=bounds.fdr) & fit
    return tuple(
        Found(
            place=place,
            false=float(false[place]),
            calls_before=int(many_before[place]),
            calls_now=int(many_now[place]),
            before=float((middle if grown[place] else tail)[0][place]),
            now=float((middle if grown[place] else tail)[1][place]),
            tail=not grown[place],
            since=_since(seen, change, place),
        )
        for place in np.flatnonzero(reported).tolist()
    )


def _false(change: Slowdowns, timed: int) -> FloatArray:
    some = change.log_factor > _NONE
    factors = np.exp(np.minimum(change.log_factor[some], 600.0))
    real = share(factors, others=max(timed - int(some.sum()), 0))
    return local_rates(change.log_factor, real)


def _grown(times: tuple[FloatArray, ...], bounds: Bounds) -> BoolArray:
    before, now = times
    return (now - before >= bounds.seconds) & (now >= bounds.factor * before) & (before > 0)


def _since(seen: Durations, change: Slowdowns, place: int) -> int:
    return int(seen.buckets.start[change.bucket[place]])
