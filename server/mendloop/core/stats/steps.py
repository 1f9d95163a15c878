"""Did the failure rate of each target step up or down, and when?

The newest L calls are compared with the rest for a ladder of lengths L. For each, a Bayes factor
says how much better "the log-odds of failing moved by some step" explains the calls than "one rate
throughout"; the rate itself is integrated out over the rates of the fleet. The mean over the ladder
is the Bayes factor of the target: that pays for looking at many.

Failures that come in bursts look like steps. What is known are counts in buckets of time, not the
calls in their order, so the evidence is tempered by how much more the buckets differ than
independent calls would let them (McCullagh and Nelder 1989, 4.5), where that is beyond chance.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import logsumexp

from mendloop.core.stats.arrays import (
    FloatArray,
    IntArray,
    floats,
    most_per_group,
    per_group,
    running,
)
from mendloop.core.stats.pulses import Pulses, Stretches, totals
from mendloop.core.stats.rates import AT_ONCE, STEP, Rates, log_evidence, log_likelihood

_STEPS: Final = (3, 5, 8, 11, 14)
"""How far the log-odds may have moved, in steps of the grid: 0.75, 1.25, 2, 2.75, 3.5."""
_EVEN: Final = 0.25
"""The share of changes that comes evenly over the stretches."""
_WORTH_A_LOOK: Final = 1.0
"""A stretch whose score is below this has a Bayes factor below 1 or near; it counts as 0."""
NONE: Final = -700.0
"""The log Bayes factor of no evidence at all."""
_BEYOND_CHANCE: Final = 2.0
"""Standard errors."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Of each target, what the comparison of its newest calls with the rest has shown."""

    log_factor: FloatArray
    """Of a step in the direction asked for."""
    bucket: IntArray
    """The first bucket after the likeliest one; -1 where there is no evidence of any."""
    looked: IntArray
    """How many stretches were compared."""


def scan(pulses: Pulses, compared: Stretches, rates: Rates, *, up: bool) -> Steps:
    """Look for a step of every target's failure rate, up or down."""
    targets = pulses.targets
    looked = np.bincount(compared.of, minlength=targets)
    kept = np.flatnonzero(_scores(compared) * (1 if up else -1) > _WORTH_A_LOOK)
    of = compared.of[kept]
    whole = np.unique(of)
    constant = np.zeros(targets)
    constant[whole] = log_evidence(
        totals(pulses.failures, pulses)[whole], totals(pulses.calls, pulses)[whole], rates
    )
    stepped = np.empty(kept.size)
    for begin in range(0, kept.size, AT_ONCE):
        block = slice(begin, begin + AT_ONCE)
        stepped[block] = _stepped(compared, kept[block], rates, up=up)
    log = stepped - constant[of]
    weights = weighed(compared, targets)[kept]
    place = most_per_group(log, of, targets)
    bucket = np.where(place >= 0, compared.bucket[kept][place] if kept.size else -1, -1)
    with np.errstate(divide="ignore"):
        mean = np.log(per_group(np.exp(np.minimum(log, 600.0)) * weights, of, targets))
    return Steps(np.maximum(mean, NONE), bucket.astype(np.int64), looked.astype(np.int64))


def weighed(compared: Stretches, targets: int) -> FloatArray:
    """How likely a change is to lie at the beginning of each stretch, if a target has one.

    XX
    half evenly over the calls.
    """
    many = np.maximum(np.bincount(compared.of, minlength=targets), 1)[compared.of]
    same = np.zeros(compared.of.size, dtype=np.bool_)
    same[:-1] = compared.of[1:] == compared.of[:-1]
    # the calls between a stretch and the next shorter one
    gap = compared.calls - np.where(same, np.append(compared.calls[1:], 0.0), 0.0)
    calls = np.maximum(per_group(gap, compared.of, targets), 1.0)[compared.of]
    return floats(_EVEN / many + (1 - _EVEN) * gap / calls)


def dispersion(pulses: Pulses, split: IntArray) -> FloatArray:
    """How much more the buckets on either side of a split differ than chance lets them; 1 or more.

    Args:
        pulses: Of some targets.
        split: Of each, the first bucket after its step.
    """
    late = np.arange(pulses.of.size) >= split[pulses.of]
    side = 2 * pulses.of + late
    sides = 2 * pulses.targets
    calls, failures = (per_group(each, side, sides) for each in (pulses.calls, pulses.failures))
    rate = np.clip((failures + 0.5) / (calls + 1), 1e-9, 1 - 1e-9)[side]
    spread = rate * (1 - rate)
    at = np.arange(pulses.of.size) - split[pulses.of]
    square = (pulses.failures - pulses.calls * rate) ** 2 / np.maximum(pulses.calls * spread, 1e-9)
    # within the bucket before the split lies the step itself
    some = (pulses.calls > 0) & (at != -1)
    noise = np.where(some, 2 + np.maximum(1 / np.maximum(pulses.calls * spread, 1e-9) - 6, 0), 0.0)
    freedom = np.maximum(totals(floats(some), pulses) - 2, 1)
    ratio = totals(np.where(some, square, 0.0), pulses) / freedom
    error = np.sqrt(totals(noise, pulses)) / freedom
    return floats(np.where(ratio > 1 + _BEYOND_CHANCE * error, ratio, 1.0))


def likeliest(pulses: Pulses) -> IntArray:
    """Of some targets, the bucket with which a step up most likely began (maximum likelihood)."""
    first, last = pulses.first[:-1][pulses.of], pulses.first[1:][pulses.of]
    calls, failures = running(pulses.calls), running(pulses.failures)
    early, before = failures[:-1] - failures[first], calls[:-1] - calls[first]
    late, after = failures[last] - failures[:-1], calls[last] - calls[:-1]
    possible = (before > 0) & (late * before > early * after)
    gain = np.where(possible, _entropy(early, before) + _entropy(late, after), -np.inf)
    place = most_per_group(gain, pulses.of, pulses.targets)
    return np.where(place >= 0, place, pulses.first[:-1])


def _entropy(failures: FloatArray, calls: FloatArray) -> FloatArray:
    """The log-likelihood of some calls at their own rate."""
    rate = np.clip(failures / np.maximum(calls, 1), 1e-12, 1 - 1e-12)
    return floats(failures * np.log(rate) + (calls - failures) * np.log1p(-rate))


def _scores(compared: Stretches) -> FloatArray:
    """How many standard errors the failures of each stretch lie above what the rest lets expect."""
    calls = compared.calls + compared.calls_before
    rate = (compared.hits + compared.hits_before) / calls
    error = np.sqrt(compared.calls * compared.calls_before / calls * rate * (1 - rate))
    return floats((compared.hits - compared.calls * rate) / np.maximum(error, 1e-9))


def _stepped(compared: Stretches, rows: IntArray, rates: Rates, *, up: bool) -> FloatArray:
    """The log-likelihood of some stretches and what was before them, with a step between."""
    before = log_likelihood(compared.hits_before[rows], compared.calls_before[rows], rates.odds)
    before += np.log(rates.weights)
    # the grid goes on as far as the largest step, so that every step leads from point to point
    reach, size = _STEPS[-1], rates.odds.size
    more = STEP * np.arange(1, reach + 1)
    wide = [rates.odds, rates.odds[-1] + more] if up else [rates.odds[0] - more[::-1], rates.odds]
    after = log_likelihood(compared.hits[rows], compared.calls[rows], np.concatenate(wide))
    froms = [step if up else reach - step for step in _STEPS]
    top, height = after.max(axis=1), before.max(axis=1)
    likely = np.exp(after - top[:, None])
    moved = sum((likely[:, begin : begin + size] for begin in froms), np.zeros(()))
    joint = (np.exp(before - height[:, None]) * moved).sum(axis=1) / len(_STEPS)
    lost = joint < 1e-200  # noqa: PLR2004  where both can be likely, neither is: too small for a float
    log = np.log(np.where(lost, 1.0, joint)) + top + height
    for row in np.flatnonzero(lost):
        each = [before[row] + after[row, begin : begin + size] for begin in froms]
        log[row] = float(logsumexp(np.concatenate(each))) - np.log(len(_STEPS))
    return floats(log)
