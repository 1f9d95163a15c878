"""Which of many findings to report, so that few of them are false.

Every unit has a Bayes factor; how common real findings are is learned from all of them together
(the two-group model of Efron et al. 2001). The local false discovery rate of a unit is the
probability that its finding is false; the largest set whose mean stays below a bound is reported
(Newton et al. 2004; Sun and Cai 2007).
"""

from typing import Final

import numpy as np

from mendloop.core.stats.arrays import BoolArray, FloatArray, floats
from mendloop.noun import dataclass

CARE: Final = 0.85
"""Of the promised share of false findings, what is aimed at: the local rates are estimates."""
_FEWEST: Final = 1e-4
_MOST: Final = 0.9
_STEPS: Final = 60


def discoveries(false: FloatArray, *, fdr: float) -> BoolArray:
    """Which units to report: the most for which the mean local rate is at most ``fdr``."""
    order = np.argsort(false, kind="stable")
    mean = np.cumsum(false[order]) / np.arange(1, false.size + 1)
    within = np.flatnonzero(mean <= fdr)
    reported = np.zeros(false.size, dtype=np.bool_)
    if within.size:
        reported[order[: within[-1] + 1]] = True
    return reported


def guarded(false: FloatArray, fit: BoolArray) -> FloatArray:
    """The local rates, but 1 where a finding would not be fit to be reported."""
    return floats(np.where(fit, false, 1.0))


@dataclass(frozen=True, slots=True)
class Belief:
    """How common real findings are thought to be, before looking."""

    share: float
    worth: float
    """It is believed as if it had been seen on so many units."""


USUAL: Final = Belief(0.05, 100.0)


def share(factors: FloatArray, *, others: int, before: Belief = USUAL) -> float:
    """The share of real findings that makes these Bayes factors likeliest.

    The score is monotone in the share, so it is found by halving. A few units say little: they are
    joined by a belief.

    Args:
        factors: Of the units with any evidence.
        others: Units that were looked at and gave none; theirs count as 0.
        before: What is thought before looking.
    """
    gain = np.minimum(factors, 1e12) - 1
    low, high = _FEWEST, _MOST
    for _ in range(_STEPS):
        middle = (low + high) / 2
        score = float((gain / (1 + middle * gain)).sum()) - others / (1 - middle)
        score += before.worth * (before.share / middle - (1 - before.share) / (1 - middle))
        low, high = (middle, high) if score > 0 else (low, middle)
    return (low + high) / 2


def local_rates(log_factors: FloatArray, share_: float) -> FloatArray:
    """The local false discovery rate of units with these log Bayes factors."""
    odds = np.log(share_) - np.log1p(-share_) + np.minimum(log_factors, 600.0)
    return floats(1 / (1 + np.exp(odds)))
