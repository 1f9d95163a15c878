"""The arrays that the numerics share, and sums over stretches of them."""

from collections.abc import Collection
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]


def floats(values: ArrayLike) -> FloatArray:
    """Some numbers as an array."""
    return np.asarray(values, dtype=np.float64)


def integers(values: ArrayLike) -> IntArray:
    """Some whole numbers as an array."""
    return np.asarray(values, dtype=np.int64)


def places(some: Collection[int], size: int) -> BoolArray:
    """Which of so many places are among some."""
    chosen = np.zeros(size, dtype=np.bool_)
    chosen[integers(sorted(some))] = True
    return chosen


def running(values: FloatArray) -> FloatArray:
    """The sums of the first 0, 1, 2, ... values."""
    sums = np.zeros(values.size + 1)
    np.cumsum(values, out=sums[1:])
    return sums


def per_group(values: FloatArray, group: IntArray, groups: int) -> FloatArray:
    """The sum of the values of each group."""
    return floats(np.bincount(group, weights=values, minlength=groups))


def most_per_group(values: FloatArray, group: IntArray, groups: int) -> IntArray:
    """The place of the largest value of each group, the first of equals; -1 for an empty group."""
    place = np.full(groups, -1, dtype=np.int64)
    order = np.lexsort((-np.arange(values.size), values, group))
    # of each group the last one in this order stays
    place[group[order]] = order
    return place
