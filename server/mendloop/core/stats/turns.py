"""Which targets have taken a turn for the worse that lasts, and since when each is as it is now.

Steps up and down are looked for in the whole record. What stepped up may have come down again: the
calls since then are looked at once more, and if they say so, the ones after the recovery are
compared with those before the trouble.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import logit

from mendloop.core.stats.arrays import FloatArray, IntArray, floats, running
from mendloop.core.stats.discovery import Belief, local_rates, share
from mendloop.core.stats.pulses import Limits, Pulses, part, stretches, totals
from mendloop.core.stats.rates import Rates, learn
from mendloop.core.stats.steps import NONE, Steps, dispersion, likeliest, scan

_HALF: Final = 0.5
"""Of a failure and of a success, added to what was counted, so that no rate is 0 or 1."""
_WORTH_A_LOOK: Final = 0.0
"""The log Bayes factor above which a step is looked at closer."""
_MENDED: Final = Belief(0.2, 20.0)
"""Of the targets that surely got worse, the share that has recovered."""
_SURE: Final = 0.1
"""A local false discovery rate."""


@dataclass(frozen=True, slots=True)
class Turns:
    """Of each target: did it get worse, and since when is it as it is now?"""

    rates: Rates
    """Of the fleet."""
    share: float
    """Of the targets, those that got worse."""
    log_factor: FloatArray
    """Of a step up that lasts."""
    false: FloatArray
    """The local false discovery rate of "it got worse", whether it stayed so or not."""
    worse: IntArray
    """The first bucket after the turn for the worse; -1 where there is no evidence of any."""
    recovered: FloatArray
    """If it got worse: the probability that it has recovered."""
    after: IntArray
    """The first bucket after that recovery; -1 where there is no evidence of any."""

    @property
    def odds(self) -> FloatArray:
        """The log of the odds of a step up, against none."""
        return floats(self.log_factor + logit(self.share))


def turns(pulses: Pulses, *, longest: float, allowed: float) -> Turns:
    """Look for lasting steps of every target's failure rate.

    Args:
        pulses: Of the fleet.
        longest: The largest share of a target's calls that may lie after a step.
        allowed: The failure rate that separates good from bad.
    """
    compared = stretches(pulses, pulses.calls, pulses.failures, Limits(longest))
    rates = learn(totals(pulses.failures, pulses), totals(pulses.calls, pulses), allowed)
    up = _tempered(pulses, scan(pulses, compared, rates, up=True))
    looked = up.looked > 0
    some = looked & (up.log_factor > NONE)
    factors = np.exp(np.minimum(up.log_factor[some], 600.0))
    worse = share(factors, others=int((looked & ~some).sum()))
    false = np.where(some, local_rates(up.log_factor, worse), 1.0)
    recovered, after = _recovered(pulses, up, false, rates)
    return Turns(
        rates=rates,
        share=worse,
        log_factor=up.log_factor,
        false=false,
        worse=up.bucket,
        recovered=recovered,
        after=after,
    )


def halfway(pulses: Pulses, seen: Turns) -> FloatArray:
    """The log-odds of failing halfway between those before the turn for the worse and after it."""
    split = np.where(seen.worse >= 0, seen.worse, pulses.first[:-1])
    before = _counted(pulses, pulses.first[:-1], split)
    later = _counted(pulses, split, np.where(seen.after >= 0, seen.after, pulses.first[1:]))
    odds = [logit((each.failures + _HALF) / (each.calls + 2 * _HALF)) for each in (before, later)]
    return floats((odds[0] + odds[1]) / 2)


def lasting(seen: Turns, still: FloatArray) -> FloatArray:
    """The local false discovery rate of "it got worse, and is so still".

    Args:
        seen: What has shown that it got worse, or recovered.
        still: The probability that the present rate is nearer to the worse one.
    """
    # where it has not recovered, the present is the worse one already: that counts once only
    mended = seen.recovered * (1 - seen.recovered * still)
    return floats(1 - (1 - seen.false) * (1 - mended))


@dataclass(frozen=True, slots=True)
class Counts:
    """Of each target, some of its calls."""

    failures: FloatArray
    calls: FloatArray


def sides(pulses: Pulses, seen: Turns) -> tuple[Counts, Counts, IntArray]:
    """The calls before the turn for the worse, those of now, and the bucket that now begins with.

    Where it has most likely recovered and is reported all the same, what came between is neither.
    """
    begin, end = pulses.first[:-1], pulses.first[1:]
    worse = np.where(seen.worse >= 0, seen.worse, begin)
    now = np.where((seen.after >= 0) & (seen.recovered > 0.5), seen.after, worse)  # noqa: PLR2004  likelier than not
    return _counted(pulses, begin, worse), _counted(pulses, now, end), now


def _tempered(pulses: Pulses, steps: Steps) -> Steps:
    """With the evidence of targets whose failures come in bursts taken for less."""
    near = np.flatnonzero((steps.log_factor > _WORTH_A_LOOK) & (steps.bucket >= 0))
    alone = part(pulses, near, pulses.first[near])
    split = likeliest(alone)
    log_factor, bucket = steps.log_factor.copy(), steps.bucket.copy()
    log_factor[near] /= dispersion(alone, split)
    bucket[near] = split - alone.first[:-1] + pulses.first[near]
    return Steps(log_factor, bucket, steps.looked)


def _recovered(
    pulses: Pulses, up: Steps, false: FloatArray, rates: Rates
) -> tuple[FloatArray, IntArray]:
    """If it stepped up: the probability that it came down again, and where."""
    chance, after = np.zeros(pulses.targets), np.full(pulses.targets, -1, dtype=np.int64)
    near = np.flatnonzero((up.log_factor > _WORTH_A_LOOK) & (up.bucket >= 0))
    alone = part(pulses, near, up.bucket[near])
    limits = Limits(longest=1.0, shortest=3, before=2)
    compared = stretches(alone, alone.calls, alone.failures, limits)
    down = scan(alone, compared, rates, up=False)
    sure = (false[near] < _SURE) & (down.looked > 0)
    mended = share(np.exp(np.minimum(down.log_factor[sure], 600.0)), others=0, before=_MENDED)
    back = np.flatnonzero(down.bucket >= 0)
    here = near[back]
    after[here] = up.bucket[here] + down.bucket[back] - alone.first[:-1][back]
    chance[here] = 1 - local_rates(down.log_factor[back], mended)
    return chance, after


def _counted(pulses: Pulses, begin: IntArray, end: IntArray) -> Counts:
    failures, calls = running(pulses.failures), running(pulses.calls)
    return Counts(failures[end] - failures[begin], calls[end] - calls[begin])
