"""Of what got worse: has it recovered, and since when?

Between the turn for the worse and now a second change is looked for, back to the rate of before:
the calls before the trouble and those after it then share one rate. How much better that explains
the calls than "worse until now" is the Bayes factor; the mean over a ladder of times pays for
looking at many.
"""

from typing import Final

import numpy as np

from mendloop.core.stats.arrays import FloatArray, IntArray, integers, most_per_group
from mendloop.core.stats.discovery import Belief, local_rates, share
from mendloop.core.stats.pulses import Limits, Pulses, Stretches, part, stretches
from mendloop.core.stats.steps import NONE, Steps, Usual, averaged, stepped, weighed
from mendloop.noun import dataclass

_MENDED: Final = Belief(0.2, 20.0)
"""Of the targets that surely got worse, the share that has recovered."""
_SURE: Final = 0.1
"""A local false discovery rate."""
_WORTH_A_LOOK: Final = 0.0
"""The log Bayes factor of a step above which a recovery is looked for."""
_LIMITS: Final = Limits(longest=1.0, shortest=3, before=2)
_EVEN: Final = 0.1
"""The share of recoveries that comes evenly over the ladder, the rest evenly over the calls."""


@dataclass(frozen=True, slots=True)
class Mended:
    """Of each target, if it got worse."""

    chance: FloatArray
    """The probability that it has recovered."""
    after: IntArray
    """The first bucket after the recovery; -1 where there is no evidence of any."""


def mended(pulses: Pulses, up: Steps, false: FloatArray, usual: Usual) -> Mended:
    """Look for recoveries.

    Args:
        pulses: Of the fleet.
        up: Where each target's rate stepped up.
        false: The local false discovery rate of that.
        usual: What is usual in the fleet.
    """
    near = np.flatnonzero((up.log_factor > _WORTH_A_LOOK) & (up.bucket >= 0))
    split = up.bucket[near]
    later = part(pulses, near, split)
    compared = stretches(later, later.calls, later.failures, _LIMITS)
    log, kept = _factors(pulses, near, split, compared, usual)
    of = compared.of[kept]
    weights = weighed(compared, near.size, even=_EVEN)[kept]
    factor = averaged(log, weights, of, near.size)
    known = (false[near] < _SURE) & (np.bincount(compared.of, minlength=near.size) > 0)
    common = share(np.exp(np.minimum(factor[known], 600.0)), others=0, before=_MENDED)
    chance, after = np.zeros(pulses.targets), np.full(pulses.targets, -1, dtype=np.int64)
    chance[near] = np.where(factor > NONE, 1 - local_rates(factor, common), 0.0)
    best = most_per_group(log, of, near.size)
    found = np.flatnonzero(best >= 0)
    bucket = compared.bucket[kept[best[found]]] - later.first[:-1][found]
    after[near[found]] = split[found] + bucket
    return Mended(chance, after)


def _factors(
    pulses: Pulses, near: IntArray, split: IntArray, compared: Stretches, usual: Usual
) -> tuple[FloatArray, IntArray]:
    """The log Bayes factors of recoveries at the stretches that fail less often, and which."""
    calls, failures = pulses.calls_so_far, pulses.failures_so_far
    begin, end = pulses.first[near], pulses.first[near + 1]
    early, early_failures = calls[split] - calls[begin], failures[split] - failures[begin]
    lasting = Stretches(
        of=integers(np.arange(near.size)),
        bucket=split,
        calls=calls[end] - calls[split],
        hits=failures[end] - failures[split],
        calls_before=early,
        hits_before=early_failures,
    )
    # what was before the trouble and what came after it are alike, and what lies between is not
    passing = Stretches(
        of=compared.of,
        bucket=compared.bucket,
        calls=compared.calls_before,
        hits=compared.hits_before,
        calls_before=compared.calls + early[compared.of],
        hits_before=compared.hits + early_failures[compared.of],
    )
    fewer = compared.hits * compared.calls_before < compared.hits_before * compared.calls
    kept = integers(np.flatnonzero(fewer))
    until_now = stepped(lasting, lasting.of, usual)
    return stepped(passing, kept, usual) - until_now[compared.of[kept]], kept
