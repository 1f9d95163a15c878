"""Did the durations of each target grow, and when? By ranks: no distribution is assumed.

The newest L calls are compared with the rest by the statistic of Mann and Whitney (1947), corrected
for ties, for a ladder of lengths L; and the share of the slowest tenth among them by its own. The
ranks are those of the bins of a histogram, so all calls of a bin share one. Each standard score
becomes a Bayes factor against a half-normal prior of its drift (Johnson 2005); their mean pays for
the many looks. Scores are deflated by how much buckets of time differ beyond chance, because a
daily cycle makes neighbouring calls alike.
"""

from typing import Final

import numpy as np
from scipy.special import log_ndtr

from mendloop.core.stats.arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    floats,
    integers,
    most_per_group,
    per_group,
)
from mendloop.core.stats.durations import Durations
from mendloop.core.stats.pulses import Limits, Stretches, stretches, totals
from mendloop.noun import dataclass

_SLOWEST: Final = 0.1
_LEAST_FOR_TAIL: Final = 30
_TAIL_SHARES: Final = (0.02, 0.25)
"""What a histogram's bins may leave of "the slowest tenth"."""
_DRIFT: Final = 0.81
"""The variance of the prior on the drift, in units of the statistic for one call a side."""
_BEYOND_CHANCE: Final = 2.0
"""Standard errors of the dispersion of an even target."""
_NEWEST: Final = 1 / 3
"""Of the slow calls, the newest share that must be slow still."""
_SURE: Final = 1.64
"""Standard errors."""


@dataclass(frozen=True, slots=True)
class Slowdowns:
    """Of each target, what the comparison of its newest durations with the rest has shown."""

    log_factor: FloatArray
    bucket: IntArray
    """The first bucket after the likeliest change; -1 where there is no evidence of any."""
    lasting: BoolArray
    """Whether the newest calls are slow still."""


def compare(seen: Durations, *, longest: float) -> Slowdowns:
    """Look for a change of every target's durations.

    Args:
        seen: The durations.
        longest: The largest share of a target's calls that may lie after a change.
    """
    ranks, slowest = _ranks(seen)
    middle = stretches(seen.buckets, seen.calls, _sums(seen, ranks), Limits(longest))
    tails = _sums(seen, slowest)
    total, many = totals(tails, seen.buckets), np.maximum(totals(seen.calls, seen.buckets), 1)
    tail = stretches(seen.buckets, seen.calls, tails, Limits(longest))
    variance = totals(_sums(seen, ranks**2), seen.buckets) / many
    score = _scores(middle, variance)
    best = most_per_group(score, middle.of, seen.buckets.targets)
    bucket = np.where(best >= 0, middle.bucket[best] if score.size else -1, -1).astype(np.int64)
    calm = np.sqrt(_dispersion(seen, ranks, variance, bucket))
    share = total / many
    usable = (share >= _TAIL_SHARES[0]) & (share <= _TAIL_SHARES[1])
    factor = _factor(score / calm[middle.of], middle)
    tail_score = _scores(tail, share * (1 - share)) / calm[tail.of]
    with_tail = usable[tail.of] & (tail.calls >= _LEAST_FOR_TAIL)
    factor = (factor + np.where(with_tail, _factor(tail_score, tail), 0.0)) / 2
    looked = np.maximum(np.bincount(middle.of, minlength=seen.buckets.targets), 1)
    with np.errstate(divide="ignore"):
        log = np.log(per_group(factor, middle.of, seen.buckets.targets) / looked)
    return Slowdowns(np.maximum(log, -700.0), bucket, _lasting(seen, middle, best, variance))


def _ranks(seen: Durations) -> tuple[FloatArray, FloatArray]:
    """Of each entry the rank, from -1/2 to 1/2, and whether it is among the slowest tenth."""
    table = seen.table(np.ones(seen.of.size, dtype=np.bool_))
    many = np.maximum(table.sum(axis=1, keepdims=True), 1)
    above = 1 - np.cumsum(table, axis=1) / many
    cut = np.abs(above - _SLOWEST).argmin(axis=1)
    rank = 0.5 - above - table / many / 2
    return floats(rank[seen.of, seen.bin]), floats(seen.bin > cut[seen.of])


def _sums(seen: Durations, values: FloatArray) -> FloatArray:
    """The sum of a value of each call, by bucket."""
    return per_group(values * seen.count, seen.bucket, seen.buckets.of.size)


def _scores(compared: Stretches, variance: FloatArray) -> FloatArray:
    """How many standard errors the mean of the newest lies above that of the rest."""
    difference = compared.hits / compared.calls - compared.hits_before / compared.calls_before
    error = np.sqrt(variance[compared.of] * (1 / compared.calls + 1 / compared.calls_before))
    return floats(np.where(error > 0, difference / np.maximum(error, 1e-12), 0.0))


def _factor(score: FloatArray, compared: Stretches) -> FloatArray:
    drift = _DRIFT / (1 / compared.calls + 1 / compared.calls_before)
    kept = drift / (1 + drift)
    gain = score * np.abs(score) * kept / 2
    log = np.log(2) - np.log1p(drift) / 2 + gain + log_ndtr(score * np.sqrt(kept))
    return floats(np.exp(np.minimum(log, 600.0)))


def _dispersion(
    seen: Durations, ranks: FloatArray, variance: FloatArray, split: IntArray
) -> FloatArray:
    """How much more the buckets on either side of a split differ than chance lets them."""
    of, sums = seen.buckets.of, _sums(seen, ranks)
    at = np.arange(of.size) - split[of]
    side = 2 * of + (at >= 0)
    calls = per_group(seen.calls, side, 2 * seen.buckets.targets)
    mean = per_group(sums, side, 2 * seen.buckets.targets) / np.maximum(calls, 1)
    rest = sums - seen.calls * mean[side]
    # within the bucket before the split lies the change itself
    some = (seen.calls > 0) & (at != -1)
    square = rest**2 / np.maximum(seen.calls * variance[of], 1e-12)
    freedom = np.maximum(totals(floats(some), seen.buckets) - 2, 1)
    ratio = totals(np.where(some, square, 0.0), seen.buckets) / freedom
    return floats(np.where(ratio > 1 + _BEYOND_CHANCE * np.sqrt(2 / freedom), ratio, 1.0))


def _lasting(
    seen: Durations, compared: Stretches, best: IntArray, variance: FloatArray
) -> BoolArray:
    """Whether the newest of the calls after the change are as slow as the others of them."""
    lasting = np.zeros(seen.buckets.targets, dtype=np.bool_)
    found = np.flatnonzero(best >= 0)
    slow = best[found]
    length = np.full(seen.buckets.targets, np.inf)
    length[found] = compared.calls[slow]
    newest = np.where(compared.calls <= _NEWEST * length[compared.of], compared.calls, -1.0)
    place = most_per_group(newest, compared.of, seen.buckets.targets)[found]
    place = np.where(newest[place] > 0, place, slow)
    after = compared.hits[slow] / compared.calls[slow]
    before = compared.hits_before[slow] / compared.calls_before[slow]
    error = np.sqrt(variance[found] / compared.calls[place])
    least = (before + after) / 2 - _SURE * error
    lasting[found] = compared.hits[place] / compared.calls[place] >= least
    return lasting


def quantiles(table: FloatArray, share: float, *, lowest: int) -> FloatArray:
    """The quantile of each row's durations, in seconds; 0 where there is none.

    Args:
        table: Calls of each target (rows) and bin (columns).
        share: Of the calls that took no longer.
        lowest: The first bin.
    """
    sums = np.cumsum(table, axis=1)
    wanted = share * sums[:, -1]
    place = integers((sums < wanted[:, None]).sum(axis=1).clip(max=table.shape[1] - 1))
    rows = integers(np.arange(len(table)))
    within = np.maximum(table[rows, place], 1e-9)
    part = np.clip((wanted - sums[rows, place] + within) / within, 0.0, 1.0)
    seconds = 2 ** ((place + lowest + part) / 4)
    return floats(np.where(sums[:, -1] > 0, seconds, 0.0))
