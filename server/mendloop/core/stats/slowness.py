"""Which targets may have become slow? A first look, at the moments of the durations' logarithms.

Only the suspects have their histograms of durations read. The look is a wide one: everything that
the second look could call slow is well above its bound.
"""

from typing import Final

import numpy as np

from mendloop.core.stats.arrays import FloatArray, IntArray, running
from mendloop.core.stats.pulses import Limits, Pulses, stretches

_SUSPECT: Final = 2.7
"""Standard errors."""
_LEAST_VARIANCE: Final = 1.0
"""Of an index of a duration; 16 to each doubling."""


def suspects(pulses: Pulses, *, longest: float) -> tuple[IntArray, int]:
    """The targets whose newest calls took longer than the rest, and how many were compared.

    Args:
        pulses: Of the fleet.
        longest: The largest share of a target's calls that may lie after a change.
    """
    compared = stretches(pulses, pulses.timed, pulses.log_sum, Limits(longest))
    squares = running(pulses.log_square)
    begin = pulses.first[:-1][compared.of]
    before = compared.hits_before / compared.calls_before
    variance = (squares[compared.bucket] - squares[begin]) / compared.calls_before - before**2
    error = np.sqrt(
        np.maximum(variance, _LEAST_VARIANCE) * (1 / compared.calls + 1 / compared.calls_before)
    )
    score: FloatArray = (compared.hits / compared.calls - before) / error
    return _there(compared.of[score > _SUSPECT]), int(_there(compared.of).size)


def _there(of: IntArray) -> IntArray:
    return np.flatnonzero(np.bincount(of))
