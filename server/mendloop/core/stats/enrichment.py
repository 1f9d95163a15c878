"""Which attributes do failing calls bear more often than the rest?

Fisher's exact test, one-sided (Fisher 1935): of ``calls`` calls ``failures`` failed; that at least
so many of those that bear an attribute failed has a hypergeometric probability. Many attributes are
looked at, and they depend on each other, so the probabilities are corrected by Holm's method
(1979), which holds for any dependence.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import betaln

from mendloop.core.stats.arrays import FloatArray, floats


def upper_tail(hits: int, bearing: int, *, failures: int, calls: int) -> float:
    """The chance that at least ``hits`` of ``bearing`` calls failed, were failure independent.

    Args:
        hits: Failing calls that bear the attribute.
        bearing: All calls that bear it.
        failures: All failing calls.
        calls: All calls.
    """
    least, most = max(0, bearing - (calls - failures)), min(bearing, failures)
    if hits <= least:
        return 1.0
    if hits > most:
        return 0.0
    counts = np.arange(hits, most + 1)
    logs = (
        _log_choose(floats(np.full(counts.size, failures)), floats(counts))
        + _log_choose(floats(np.full(counts.size, calls - failures)), floats(bearing - counts))
        - _log_choose(floats(np.array([calls])), floats(np.array([bearing])))
    )
    return min(1.0, float(np.exp(logs).sum()))


def holm(chances: Sequence[float]) -> tuple[float, ...]:
    """The chances corrected for their number, in their order.

    Reporting those that stay below a bound makes one false report or more with at most that
    probability.
    """
    order = sorted(range(len(chances)), key=lambda place: chances[place])
    corrected = [1.0] * len(chances)
    worst = 0.0
    for rank, place in enumerate(order):
        worst = max(worst, min(1.0, chances[place] * (len(chances) - rank)))
        corrected[place] = worst
    return tuple(corrected)


def _log_choose(total: FloatArray, chosen: FloatArray) -> FloatArray:
    return floats(-betaln(total - chosen + 1, chosen + 1) - np.log(total + 1))
