"""How often, and on how many days, has each target failed in each way?"""

from typing import Final

import numpy as np

from mendloop.core.stats.arrays import IntArray, integers
from mendloop.core.stats.cells import Failures
from mendloop.noun import dataclass

_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Repeated:
    """Of pairs of a target and a kind of failure, those that came often enough."""

    target: IntArray
    kind: IntArray
    failures: IntArray
    days: IntArray
    """On how many, in UTC."""
    first: IntArray
    """The start of the first cell, in seconds since 1970; and of the last one."""
    last: IntArray


def repeated(seen: Failures, start: IntArray, *, least: int) -> Repeated:
    """Count each pair.

    Args:
        seen: The failures.
        start: Of the cell of each, in seconds since 1970.
        least: A pair with fewer failures is left out.
    """
    order = np.lexsort((seen.kind, seen.target))
    target, kind = integers(seen.target[order]), integers(seen.kind[order])
    start = start[order]
    new = np.ones(order.size, dtype=np.bool_)
    new[1:] = (target[1:] != target[:-1]) | (kind[1:] != kind[:-1])
    # the order keeps that of time
    day = start // _DAY
    next_day = new.copy()
    next_day[1:] |= day[1:] != day[:-1]
    begin = np.flatnonzero(new)
    if not begin.size:
        return Repeated(*(integers([]) for _ in range(6)))
    failures = np.add.reduceat(integers(seen.failures[order]), begin)
    days = np.add.reduceat(integers(next_day), begin)
    last = np.append(begin[1:], order.size) - 1
    often = failures >= least
    begin, last = begin[often], last[often]
    return Repeated(
        target[begin], kind[begin], failures[often], days[often], start[begin], start[last]
    )
