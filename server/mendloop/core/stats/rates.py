"""What failure rates a fleet's targets have, and so what each one's calls say of its own.

Nonparametric empirical Bayes: the distribution of the rates is a set of weights on a grid of
log-odds, the likeliest one for what was counted (Robbins 1956; Laird 1978), mixed with 2 % of "any
rate". A small fleet cannot show it: there it is Beta(1/2, 8), what tools usually do.
"""

import math
from typing import Final

import numpy as np
from scipy.special import betainc, expit, logit

from mendloop.core.stats.arrays import BoolArray, FloatArray, floats, per_group
from mendloop.noun import dataclass

STEP: Final = 0.25
"""Between two points of the grid, in log-odds."""
SMALL_FLEET: Final = 30
"""With fewer targets the fleet says nothing of what is usual."""
_LOW: Final = 28
_HIGH: Final = 22
"""Points of the grid below and above the allowed rate."""
AT_ONCE: Final = 2048
"""Rows of a block that fits in the processor's cache."""
_ANY: Final = 0.02
_STEPS: Final = 200
_A_DOUBLING: Final = 6
"""Counts that differ by less than a sixth of a doubling are taken for equal when the fleet's
rates are learned; each target is judged by its own."""
_USUAL: Final = (0.5, 8.0)


@dataclass(frozen=True, slots=True)
class Rates:
    """A distribution of failure rates."""

    odds: FloatArray
    """The grid, in log-odds."""
    weights: FloatArray
    bad: BoolArray
    """The points above the allowed rate, which lies halfway between two points."""


def grid(allowed: float) -> FloatArray:
    """Log-odds around those of the allowed rate."""
    places = np.arange(-_LOW, _HIGH) + 0.5
    return floats(logit(min(max(allowed, 1e-6), 1 - 1e-6)) + STEP * places)


def learn(failures: FloatArray, calls: FloatArray, allowed: float) -> Rates:
    """The rates of the fleet that these counts come from.

    Args:
        failures: Of each target.
        calls: Of each target; those without any say nothing.
        allowed: The failure rate that separates good from bad.
    """
    odds = grid(allowed)
    some = calls > 0
    failures, calls = failures[some], calls[some]
    if calls.size < SMALL_FLEET:
        weights = _usual(odds)
    else:
        weights = _likeliest(*_alike(failures, calls), odds)
    weights = (1 - _ANY) * weights + _ANY / odds.size
    return Rates(odds, weights, odds > logit(min(max(allowed, 1e-6), 1 - 1e-6)))


def log_likelihood(failures: FloatArray, calls: FloatArray, odds: FloatArray) -> FloatArray:
    """Of each count (rows) at each of some log-odds (columns)."""
    # log f = x - log(1 + e^x), log(1 - f) = -log(1 + e^x)
    # as one product of matrices, which is the fastest way
    counts = np.column_stack([failures, calls])
    return floats(counts @ np.stack([odds, -np.logaddexp(0.0, odds)]))


def log_evidence(failures: FloatArray, calls: FloatArray, rates: Rates) -> FloatArray:
    """The log-likelihood of each count, over the rates of the fleet."""
    log = np.empty(calls.size)
    prior = np.log(rates.weights)
    for begin in range(0, calls.size, AT_ONCE):
        block = slice(begin, begin + AT_ONCE)
        each = log_likelihood(failures[block], calls[block], rates.odds) + prior
        top = each.max(axis=1)
        log[block] = top + np.log(np.exp(each - top[:, None]).sum(axis=1))
    return log


def chance_bad(failures: FloatArray, calls: FloatArray, rates: Rates) -> FloatArray:
    """The probability of each target that its rate is above what is allowed."""
    bad = rates.bad.astype(np.float64)
    chance = np.empty(calls.size)
    for begin in range(0, calls.size, AT_ONCE):
        block = slice(begin, begin + AT_ONCE)
        log = log_likelihood(failures[block], calls[block], rates.odds) + np.log(rates.weights)
        joint = np.exp(log - log.max(axis=1, keepdims=True))
        chance[block] = (joint @ bad) / joint.sum(axis=1)
    return chance


def _usual(odds: FloatArray) -> FloatArray:
    a, b = _USUAL
    edges = expit(np.concatenate([[-np.inf], (odds[1:] + odds[:-1]) / 2, [np.inf]]))
    return floats(np.diff(betainc(a, b, edges)))


def _alike(failures: FloatArray, calls: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Counts that are nearly equal become one, with their mean: failures, calls, how many."""
    exact = 2 ** math.ceil(math.log2(_A_DOUBLING / math.log(2)))
    rungs = [
        np.where(values < exact, values, exact + np.rint(_A_DOUBLING * np.log2(values / exact)))
        for values in (np.maximum(failures, 1e-9), calls)
    ]
    key = np.rint(rungs[0]) * 100_000 + np.rint(rungs[1])
    _, place, count = np.unique(key, return_inverse=True, return_counts=True)
    place = place.astype(np.int64).ravel()
    many = floats(count)
    return (
        per_group(failures, place, many.size) / many,
        per_group(calls, place, many.size) / many,
        many,
    )


def _likeliest(
    failures: FloatArray, calls: FloatArray, many: FloatArray, odds: FloatArray
) -> FloatArray:
    """Expectation and maximisation (Dempster, Laird and Rubin 1977), from even weights.

    In single precision: the weights' own error is far larger, and the time is half.
    """
    log = log_likelihood(failures, calls, odds)
    likelihood = np.exp((log - log.max(axis=1, keepdims=True)).astype(np.float32))
    share = (many / many.sum()).astype(np.float32)
    weights = np.full(odds.size, 1 / odds.size, dtype=np.float32)
    for _ in range(_STEPS):
        weights *= likelihood.T @ (share / (likelihood @ weights))
    return floats(weights / weights.sum(dtype=np.float64))
