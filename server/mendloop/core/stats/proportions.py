"""What some calls say about a failure rate."""

import numpy as np
from scipy.special import betainc, betaincinv

from mendloop.core.stats.arrays import FloatArray, floats

_NODES = 400


def lower(failures: int, calls: int, *, confidence: float) -> float:
    """The rate that the true one exceeds with this confidence; 0 where nothing failed.

    Clopper and Pearson (1934): the quantile of Beta(failures, calls - failures + 1). Exact: the
    true rate lies below it with a probability of at most 1 - confidence, whatever it is.
    """
    if failures == 0:
        return 0.0
    return float(betaincinv(failures, calls - failures + 1, 1 - confidence))


def lowers(failures: FloatArray, calls: FloatArray, *, confidence: float) -> FloatArray:
    """``lower`` of many counts."""
    none = failures <= 0
    bound = betaincinv(np.where(none, 1.0, failures), calls - failures + 1, 1 - confidence)
    return floats(np.where(none, 0.0, bound))


def intervals(
    failures: FloatArray, calls: FloatArray, *, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """The ranges that hold the true rates with this confidence (Clopper and Pearson, two-sided).

    Returns:
        The lower ends, and the upper ones.
    """
    side = (1 + confidence) / 2
    high = 1 - lowers(calls - failures, calls, confidence=side)
    return lowers(failures, calls, confidence=side), high


def chance_lower(first: tuple[int, int], second: tuple[int, int]) -> float:
    """The posterior probability that the first rate is lower than the second.

    Both are (failures, calls), with Jeffreys' prior Beta(1/2, 1/2) on each rate; by the midpoint
    rule over the quantiles of the second.
    """
    (few, of), (many, among) = first, second
    levels = (np.arange(_NODES) + 0.5) / _NODES
    rates = betaincinv(many + 0.5, among - many + 0.5, levels)
    below = np.asarray(betainc(few + 0.5, of - few + 0.5, rates), dtype=np.float64)
    return float(below.mean())
