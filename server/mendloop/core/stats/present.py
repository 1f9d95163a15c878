"""How often does each target fail now, whatever may have happened to it before?

What came before the last change says nothing of the present, but when that was, and whether there
was one, is not known. So the rate is followed from bucket to bucket: it stays, or, with a small
probability, is drawn anew from the rates of the fleet (product partitions: Barry and Hartigan 1992;
the forward recursion of hidden Markov models). At the last bucket all that may have happened is
averaged over. How often rates change is learned from the fleet.
"""

from typing import Final

import numpy as np

from mendloop.core.stats.arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    floats,
    most_per_group,
    running,
)
from mendloop.core.stats.pulses import Joined, Pulses, part, totals
from mendloop.core.stats.rates import AT_ONCE, Rates, chance_bad, log_evidence, log_likelihood
from mendloop.noun import dataclass

_POSSIBLE: Final = 1e-2
"""A target that is less likely bad than this, and did not get worse, is not looked at closer."""
_TO_TELL: Final = 0.3
"""A target that is less likely bad than this is not told when its present began."""
_BY_TIME: Final = 0.5
"""Of the changes, the share that comes evenly over time; the rest evenly over the buckets, because
people look when something has just changed."""


@dataclass(frozen=True, slots=True)
class Present:
    """Of each target, the present; and the calls that most likely speak for it."""

    bucket: IntArray
    """The first of these calls."""
    changed: BoolArray
    """Whether they begin with a change."""
    failures: FloatArray
    calls: FloatArray
    false: FloatArray
    """The probability that its failure rate is allowed."""


def present(few: Joined, worse: FloatArray, rates: Rates, *, changes: float) -> Present:
    """Judge every target's present failure rate.

    Args:
        few: The pulses of the fleet, joined.
        worse: The log Bayes factor of each target's step up.
        rates: Of the fleet.
        changes: How many changes of its rate a target is thought to have within the window.
    """
    pulses = few.pulses
    failures, calls = totals(pulses.failures, pulses), totals(pulses.calls, pulses)
    chance = np.zeros(pulses.targets)
    some = np.flatnonzero(failures > 0)
    chance[some] = chance_bad(failures[some], calls[some], rates)
    near = some[(chance[some] > _POSSIBLE) | (worse[some] > 0)]
    # the longest first, so that those that go on are always the first ones
    near = near[np.argsort(pulses.first[near] - pulses.first[near + 1], kind="stable")]
    alone = part(pulses, near, pulses.first[near])
    hazard = _hazard(alone, changes)
    belief, evidence = _followed(alone, hazard, rates)
    chance[near] = belief[:, rates.bad].sum(axis=1)
    bucket = pulses.first[:-1].copy()
    asking = np.flatnonzero(chance[near] > _TO_TELL)
    start = _last_change(alone, asking, hazard, evidence, rates)
    bucket[near[asking]] += start - alone.first[:-1][asking]
    sums, counts = pulses.failures_so_far, pulses.calls_so_far
    end = pulses.first[1:]
    return Present(
        bucket=few.begin[bucket],
        changed=bucket > pulses.first[:-1],
        failures=sums[end] - sums[bucket],
        calls=counts[end] - counts[bucket],
        false=np.clip(1 - chance, 0.0, 1.0),
    )


def _hazard(pulses: Pulses, changes: float) -> FloatArray:
    """The probability that the rate changed just before each bucket; 0 for the first ones."""
    first = pulses.first[:-1][pulses.of]
    last = pulses.first[1:][pulses.of] - 1
    span = pulses.start[last] + pulses.width[last] - pulses.start[first]
    gap = np.diff(pulses.start, prepend=0) / np.maximum(span, 1)
    even = 1 / np.maximum(last - first, 1)
    hazard = changes * (_BY_TIME * gap + (1 - _BY_TIME) * even)
    return np.where(np.arange(first.size) == first, 0.0, np.clip(hazard, 1e-9, 0.5))


def _followed(pulses: Pulses, hazard: FloatArray, rates: Rates) -> tuple[FloatArray, FloatArray]:
    """Of each target the distribution of its rate at last; of each bucket the evidence so far."""
    belief, evidence = np.tile(rates.weights, (pulses.targets, 1)), np.zeros(pulses.of.size)
    for begin in range(0, pulses.targets, AT_ONCE):
        some = slice(begin, begin + AT_ONCE)
        first, sizes = pulses.first[:-1][some], np.diff(pulses.first)[some]
        so_far = np.zeros(first.size)
        for step in range(int(sizes.max(initial=0))):
            going = int(np.searchsorted(-sizes, -step, side="left"))
            here = first[:going] + step
            likely = log_likelihood(pulses.failures[here], pulses.calls[here], rates.odds)
            top = likely.max(axis=1)
            likely -= top[:, None]
            np.exp(likely, out=likely)
            anew, joint = hazard[here][:, None], belief[some][:going]
            joint *= 1 - anew
            joint += anew * rates.weights
            joint *= likely
            total = np.maximum(joint.sum(axis=1), 1e-300)
            joint /= total[:, None]
            so_far[:going] += np.log(total) + top
            evidence[here] = so_far[:going]
    return belief, evidence


def _last_change(
    pulses: Pulses, some: IntArray, hazard: FloatArray, evidence: FloatArray, rates: Rates
) -> IntArray:
    """The bucket with which the present of some most likely began; the first if none changed."""
    rows = np.flatnonzero(np.isin(pulses.of, some))
    if not rows.size:
        return pulses.first[:-1][some]
    last = pulses.first[1:][pulses.of[rows]]
    failures, calls = pulses.failures_so_far, pulses.calls_so_far
    alike = log_evidence(failures[last] - failures[rows], calls[last] - calls[rows], rates)
    changed = hazard[rows] > 0
    before = np.where(changed, evidence[rows - 1], 0.0)
    began = np.log(np.where(changed, hazard[rows], 1.0))
    stayed = running(np.log1p(-hazard))
    log = floats(before + began + alike + stayed[last] - stayed[rows + 1])
    return rows[most_per_group(log, pulses.of[rows], pulses.targets)[some]]
