"""Did the times of one stream grow, and when? By ranks: no distribution is assumed.

The newest L calls are compared with the rest by the statistic of Mann and Whitney (1947), corrected
for ties, for a ladder of lengths L; and the share of the slowest tenth among them by its own. Each
standard score becomes a Bayes factor against a normal prior of its drift (Johnson 2005), one-sided;
their mean pays for the many looks. Scores are deflated by the dispersion of 24 stretches of the
record, because a daily cycle makes neighbouring calls alike.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, logsumexp

from mendloop.core.stats.changes import ladder, posterior

FloatArray: TypeAlias = NDArray[np.float64]

_SLOWEST: Final = 0.1
_LEAST_FOR_TAIL: Final = 30
_DRIFT: Final = 0.81
"""The variance of the prior on the drift, in units of the statistic for one call a side."""
_STRETCHES: Final = 24
_CALLS_A_STRETCH: Final = 4
_CYCLES: Final = 1.8
"""A dispersion below this is noise, and is taken for 1."""
_SHORTEST: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Slowdown:
    """What the comparison of the newest times with the rest has shown, in seconds."""

    evidence: float
    """The log of the Bayes factor of a slowing down."""
    probability: float
    """Of one, as tools go."""
    start: int
    """The most likely first call after the change; 0 where there were too few to compare."""
    before: float
    """The median before it."""
    after: float
    tail_before: float
    """What the slowest tenth took at least."""
    tail_after: float


NO_SLOWDOWN: Final = Slowdown(
    evidence=0.0, probability=0.0, start=0, before=0, after=0, tail_before=0, tail_after=0
)


def mann_whitney(first: Sequence[float], second: Sequence[float]) -> float:
    """The standard score of "the second sample is larger", corrected for ties."""
    both = np.asarray([*first, *second], dtype=np.float64)
    return float(_scores(_midranks(both), np.array([len(second)]))[0])


def slowed(seconds: Sequence[float], *, share: float) -> Slowdown:
    """Whether the newest calls take longer than the rest.

    Args:
        seconds: Of each call, oldest first.
        share: The newest share that is compared; lengths up to twice this are tried.
    """
    times = np.asarray(seconds, dtype=np.float64)
    lengths = ladder(times.size, share)
    if not lengths.size:
        return NO_SLOWDOWN
    ranks = _midranks(times)
    calm = math.sqrt(_dispersion(ranks))
    factors = [_log_factor(_scores(ranks, lengths) / calm, lengths, times.size)]
    long = lengths[lengths >= _LEAST_FOR_TAIL]
    if long.size:
        slowest = (times > np.quantile(times, 1 - _SLOWEST)).astype(np.float64)
        factors.append(_log_factor(_scores(slowest, long) / calm, long, times.size))
    log_factor = float(logsumexp(np.concatenate(factors))) - math.log(sum(map(len, factors)))
    start = _start(ranks)
    early, late = times[:start], times[start:]
    return Slowdown(
        evidence=log_factor,
        probability=posterior(log_factor),
        start=start,
        before=float(np.median(early)),
        after=float(np.median(late)),
        tail_before=float(np.quantile(early, 1 - _SLOWEST)),
        tail_after=float(np.quantile(late, 1 - _SLOWEST)),
    )


def _midranks(values: FloatArray) -> FloatArray:
    """The ranks from 1; equal values share the mean of theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[place], dtype=np.float64)


def _scores(values: FloatArray, lengths: NDArray[np.int64]) -> FloatArray:
    """How many standard errors the mean of the newest lies above that of the rest.

    The variance is that of drawing without replacement, which for midranks is Mann and Whitney's
    with the correction for ties.
    """
    calls = values.size
    total = np.concatenate([[0.0], np.cumsum(values - values.mean())])
    late = (total[-1] - total[calls - lengths]) / lengths
    spread = values.var(ddof=1)
    if spread <= 0:
        return np.zeros(lengths.size)
    error = np.sqrt(spread * (1 / lengths - 1 / calls))
    return np.asarray(late / error, dtype=np.float64)


def _log_factor(scores: FloatArray, lengths: NDArray[np.int64], calls: int) -> FloatArray:
    """The log Bayes factors of standard scores against a half-normal prior of the drift."""
    drift = _DRIFT / (1 / lengths + 1 / (calls - lengths))
    kept = drift / (1 + drift)
    gain = scores * scores * kept / 2
    return np.asarray(
        math.log(2) - np.log1p(drift) / 2 + gain + log_ndtr(scores * np.sqrt(kept)),
        dtype=np.float64,
    )


def _dispersion(ranks: FloatArray) -> float:
    """How much more neighbouring stretches differ than stretches of shuffled calls would."""
    if ranks.size < _STRETCHES * _CALLS_A_STRETCH:
        return 1.0
    spread = ranks.std()
    if spread <= 0:
        return 1.0
    stretches = np.array_split((ranks - ranks.mean()) / spread, _STRETCHES)
    scores = np.array([stretch.mean() * math.sqrt(stretch.size) for stretch in stretches])
    # the median of |x - y| of two standard normals is 0.6745 sqrt 2
    typical = float(np.median(np.abs(np.diff(scores)))) / (0.6745 * math.sqrt(2))
    return typical**2 if typical**2 > _CYCLES else 1.0


def _start(ranks: FloatArray) -> int:
    """The split with the largest score."""
    lengths = np.arange(_SHORTEST, ranks.size - _SHORTEST + 1)
    return int(ranks.size - lengths[np.argmax(_scores(ranks, lengths))])
