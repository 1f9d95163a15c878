"""Did the failure rate of each target step up, and when?

The newest L calls are compared with the rest for a ladder of lengths L. For each, a Bayes factor
says how much better "the log-odds of failing moved by some step" explains the calls than "one rate
throughout"; the rate itself is integrated out over the rates of the fleet, and the height of the
step over the heights that are usual in it. The mean over the ladder is the Bayes factor of the
target: that pays for looking at many.

Failures that come in bursts look like steps. What is known are counts in buckets of time, not the
calls in their order, so the evidence is tempered by how much more the buckets differ than
independent calls would let them (McCullagh and Nelder 1989, 4.5), where that is beyond chance.
"""

from typing import Final

import numpy as np

from mendloop.core.stats.arrays import (
    FloatArray,
    IntArray,
    floats,
    integers,
    most_per_group,
    per_group,
)
from mendloop.core.stats.pulses import Pulses, Stretches, totals
from mendloop.core.stats.rates import AT_ONCE, STEP, Rates, log_evidence, log_likelihood
from mendloop.noun import dataclass

_HEIGHTS: Final = (3, 5, 8, 11, 14, 17, 20)
"""How far the log-odds may have moved, in steps of the grid: from 0.75 to 5."""
_BELIEF: Final = 10.0
"""That all heights are as usual is believed as if it had been seen on so many targets."""
_ROUNDS: Final = 50
_EVEN: Final = 0.25
"""The share of changes that comes evenly over the stretches: people look when something has just
changed."""
_WORTH_A_LOOK: Final = 1.0
"""A stretch whose score is below this has a Bayes factor below 1 or near; it counts as 0."""
_BEHIND: Final = 6.0
"""So much log-likelihood behind a target's best stretch, another one adds next to nothing."""
NONE: Final = -700.0
"""The log Bayes factor of no evidence at all."""
_BEYOND_CHANCE: Final = 2.0
"""Standard errors."""
_SMALLEST: Final = 1e-300
"""Where a step up explains the calls so badly, no number says how badly."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual in a fleet."""

    rates: Rates
    """Before any step."""
    heights: FloatArray
    """How common each height of a step is; they sum to 1."""


def any_height(rates: Rates) -> Usual:
    """Where nothing is known yet of the heights."""
    return Usual(rates, np.full(len(_HEIGHTS), 1 / len(_HEIGHTS)))


@dataclass(frozen=True, slots=True)
class Steps:
    """Of each target, what the comparison of its newest calls with the rest has shown."""

    log_factor: FloatArray
    """Of a step up."""
    bucket: IntArray
    """The first bucket after the likeliest one; -1 where there is no evidence of any."""
    looked: IntArray
    """How many stretches were compared."""


def scan(pulses: Pulses, compared: Stretches, usual: Usual) -> Steps:
    """Look for a step up of every target's failure rate."""
    targets = pulses.targets
    looked = np.bincount(compared.of, minlength=targets)
    kept = _telling(compared, targets)
    of = compared.of[kept]
    whole = np.flatnonzero(np.bincount(of, minlength=targets))
    constant = np.zeros(targets)
    constant[whole] = log_evidence(
        totals(pulses.failures, pulses)[whole], totals(pulses.calls, pulses)[whole], usual.rates
    )
    log = stepped(compared, kept, usual) - constant[of]
    weights = weighed(compared, targets, even=_EVEN)[kept]
    place = most_per_group(log, of, targets)
    bucket = np.where(place >= 0, compared.bucket[kept][place] if kept.size else -1, -1)
    return Steps(
        averaged(log, weights, of, targets), bucket.astype(np.int64), looked.astype(np.int64)
    )


def averaged(log: FloatArray, weights: FloatArray, of: IntArray, targets: int) -> FloatArray:
    """The log of each target's mean Bayes factor; those that are not given count as 0."""
    with np.errstate(divide="ignore"):
        mean = np.log(per_group(np.exp(np.minimum(log, 600.0)) * weights, of, targets))
    return floats(np.maximum(mean, NONE))


def weighed(compared: Stretches, targets: int, *, even: float) -> FloatArray:
    """How likely a change is to lie at the beginning of each stretch, if a target has one.

    Args:
        compared: The stretches.
        targets: How many there are.
        even: The share that lies evenly over the stretches; the rest lies evenly over the calls.
    """
    many = np.maximum(np.bincount(compared.of, minlength=targets), 1)[compared.of]
    same = np.zeros(compared.of.size, dtype=np.bool_)
    same[:-1] = compared.of[1:] == compared.of[:-1]
    # the calls between a stretch and the next shorter one
    gap = compared.calls - np.where(same, np.append(compared.calls[1:], 0.0), 0.0)
    calls = np.maximum(per_group(gap, compared.of, targets), 1.0)[compared.of]
    return floats(even / many + (1 - even) * gap / calls)


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
    calls, failures = pulses.calls_so_far, pulses.failures_so_far
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


def _telling(compared: Stretches, targets: int) -> IntArray:
    """The stretches that may speak for a step; all others would hardly count.

    Each is given the log-likelihood that a step as high as is looked for can gain on one rate
    throughout, in the normal approximation of its log-odds.
    """
    rows = np.flatnonzero(_scores(compared) > _WORTH_A_LOOK)
    log_odds, error = np.zeros(rows.size), np.zeros(rows.size)
    for sign, calls, hits in (
        (1, compared.calls[rows], compared.hits[rows] + 0.5),
        (-1, compared.calls_before[rows], compared.hits_before[rows] + 0.5),
    ):
        passed = calls + 1 - hits
        log_odds += sign * np.log(hits / passed)
        error += 1 / hits + 1 / passed
    short = np.maximum(STEP * _HEIGHTS[0] - log_odds, 0.0)
    gain = (log_odds**2 - short**2) / (2 * error)
    of = compared.of[rows]
    most = np.full(targets, -np.inf)
    np.maximum.at(most, of, gain)
    return integers(rows[(gain > _WORTH_A_LOOK / 2) & (gain > most[of] - _BEHIND)])


def _scores(compared: Stretches) -> FloatArray:
    """How many standard errors the failures of each stretch lie above what the rest lets expect."""
    calls = compared.calls + compared.calls_before
    rate = (compared.hits + compared.hits_before) / calls
    error = np.sqrt(compared.calls * compared.calls_before / calls * rate * (1 - rate))
    return floats((compared.hits - compared.calls * rate) / np.maximum(error, 1e-9))


def stepped(compared: Stretches, rows: IntArray, usual: Usual) -> FloatArray:
    """The log-likelihood of some stretches and what was before them, with a step up between."""
    log = np.empty(rows.size)
    for begin in range(0, rows.size, AT_ONCE):
        block = slice(begin, begin + AT_ONCE)
        by_height, scale = _by_height(compared, rows[block], usual.rates)
        log[block] = np.log(np.maximum(by_height @ usual.heights, _SMALLEST)) + scale
    return log


def heights(compared: Stretches, rows: IntArray, rates: Rates) -> FloatArray:
    """How common each height is among steps that are thought to be real.

    By expectation and maximisation (Dempster, Laird and Rubin 1977), joined by a belief.
    """
    likely, _ = _by_height(compared, rows, rates)
    likely /= np.maximum(likely.max(axis=1, keepdims=True, initial=_SMALLEST), _SMALLEST)
    common = np.full(len(_HEIGHTS), 1 / len(_HEIGHTS))
    for _ in range(_ROUNDS):
        joint = likely * common
        joint /= np.maximum(joint.sum(axis=1, keepdims=True), _SMALLEST)
        common = joint.sum(axis=0) + _BELIEF / len(_HEIGHTS)
        common /= common.sum()
    return floats(common)


def _by_height(compared: Stretches, rows: IntArray, rates: Rates) -> tuple[FloatArray, FloatArray]:
    """The likelihood of some stretches (rows) by the height of the step (columns).

    And the log of what all of a row are to be multiplied by.
    """
    before = log_likelihood(compared.hits_before[rows], compared.calls_before[rows], rates.odds)
    before += np.log(rates.weights)
    # the grid goes on as far as the highest step, so that every step leads from point to point
    size = rates.odds.size
    beyond = rates.odds[-1] + STEP * np.arange(1, _HEIGHTS[-1] + 1)
    wide = np.concatenate([rates.odds, beyond])
    after = log_likelihood(compared.hits[rows], compared.calls[rows], wide)
    top, height = after.max(axis=1), before.max(axis=1)
    after -= top[:, None]
    before -= height[:, None]
    likely, prior = np.exp(after, out=after), np.exp(before, out=before)
    columns = [np.einsum("ij,ij->i", prior, likely[:, step : step + size]) for step in _HEIGHTS]
    return floats(np.stack(columns, axis=1)), floats(top + height)
