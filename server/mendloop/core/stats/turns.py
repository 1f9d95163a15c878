"""Which targets have taken a turn for the worse that lasts, and since when each is as it is now.

Steps up are looked for twice. The first look takes the rates of the fleet from all calls; the
second one knows which targets had a step, and so what rates are usual before one, and how high
steps usually are (empirical Bayes, in two rounds).
"""

from dataclasses import replace
from typing import Final

import numpy as np

from mendloop.core.stats.arrays import FloatArray, IntArray, floats
from mendloop.core.stats.discovery import local_rates, share
from mendloop.core.stats.mended import mended
from mendloop.core.stats.pulses import Joined, Limits, Pulses, Stretches, part, stretches, totals
from mendloop.core.stats.rates import Rates, learn
from mendloop.core.stats.steps import (
    NONE,
    Steps,
    Usual,
    any_height,
    dispersion,
    heights,
    likeliest,
    scan,
)
from mendloop.noun import dataclass

_WORTH_A_LOOK: Final = 0.0
"""The log Bayes factor above which a step is looked at closer."""
_LIKELY: Final = 0.5
"""Of targets whose local false discovery rate is below this, the calls before and after the step
count apart when rates are learned."""
_TELLING: Final = 0.3
"""And of those below this, the height of the step says what is usual."""
_ONCE_MORE: Final = 0.5
"""To call a target worse that has recovered weighs half as much again as another error: people
have seen to it, and know better."""


@dataclass(frozen=True, slots=True)
class Turns:
    """Of each target: did it get worse, and since when is it as it is now?"""

    rates: Rates
    """Of the fleet, before and after steps."""
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


def turns(pulses: Pulses, few: Joined, *, longest: float, allowed: float) -> Turns:
    """Look for lasting steps of every target's failure rate.

    Args:
        pulses: Of the fleet.
        few: And joined, which is enough to see that there was a step.
        longest: The largest share of a target's calls that may lie after a step.
        allowed: The failure rate that separates good from bad.
    """
    compared = stretches(few.pulses, few.pulses.calls, few.pulses.failures, Limits(longest))
    compared = replace(compared, bucket=few.begin[compared.bucket])
    rates = learn(totals(pulses.failures, pulses), totals(pulses.calls, pulses), allowed)
    up, _, false = _judged(pulses, compared, any_height(rates))
    usual, rates = _learned(pulses, up, false, rates, allowed)
    up, worse, false = _judged(pulses, compared, usual)
    back = mended(pulses, up, false, usual)
    return Turns(
        rates=rates,
        share=worse,
        log_factor=up.log_factor,
        false=false,
        worse=up.bucket,
        recovered=back.chance,
        after=back.after,
    )


def lasting(seen: Turns) -> FloatArray:
    """The local false discovery rate of "it got worse, and is so still".

    That it has recovered counts one and a half times.
    """
    false = 1 - (1 - seen.false) * (1 - seen.recovered) + _ONCE_MORE * seen.recovered
    return floats(np.minimum(false, 1.0))


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


def _judged(pulses: Pulses, compared: Stretches, usual: Usual) -> tuple[Steps, float, FloatArray]:
    """The steps up, how common they are, and how likely each is none."""
    up = _tempered(pulses, scan(pulses, compared, usual))
    looked = up.looked > 0
    some = looked & (up.log_factor > NONE)
    factors = np.exp(np.minimum(up.log_factor[some], 600.0))
    worse = share(factors, others=int((looked & ~some).sum()))
    return up, worse, floats(np.where(some, local_rates(up.log_factor, worse), 1.0))


def _learned(
    pulses: Pulses, up: Steps, false: FloatArray, rates: Rates, allowed: float
) -> tuple[Usual, Rates]:
    """What is usual before steps, and the rates before and after them."""
    likely = false < _LIKELY
    split = np.where(likely, up.bucket, pulses.first[1:])
    before = _counted(pulses, pulses.first[:-1], split)
    after = _counted(pulses, split, pulses.first[1:])
    some = np.flatnonzero(false < _TELLING)
    told = Stretches(
        of=some,
        bucket=up.bucket[some],
        calls=after.calls[some],
        hits=after.failures[some],
        calls_before=before.calls[some],
        hits_before=before.failures[some],
    )
    usual = Usual(
        learn(before.failures, before.calls, allowed),
        heights(told, np.arange(some.size), rates),
    )
    apart = learn(
        np.concatenate([before.failures, after.failures[likely]]),
        np.concatenate([before.calls, after.calls[likely]]),
        allowed,
    )
    return usual, apart


def _counted(pulses: Pulses, begin: IntArray, end: IntArray) -> Counts:
    failures, calls = pulses.failures_so_far, pulses.calls_so_far
    return Counts(failures[end] - failures[begin], calls[end] - calls[begin])
