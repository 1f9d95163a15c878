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
    most = np.full(groups, -np.inf)
    np.maximum.at(most, group, values)
    # of each group the last one that is put stays
    equal = np.flatnonzero(values == most[group])[::-1]
    place = np.full(groups, -1, dtype=np.int64)
    place[group[equal]] = equal
    return place


def log_sum(logs: FloatArray) -> FloatArray:
    """The log of the sum of each row, given and told in logs; all are finite."""
    top = logs.max(axis=-1, keepdims=True)
    each = np.subtract(logs, top)
    np.exp(each, out=each)
    return floats(top[..., 0] + np.log(each.sum(axis=-1)))


def log_one_more(logs: FloatArray) -> FloatArray:
    """``log(1 + exp(x))``, in a third of the time that ``logaddexp(0, x)`` takes."""
    each = np.abs(logs)
    np.negative(each, out=each)
    np.exp(each, out=each)
    np.log1p(each, out=each)
    each += np.maximum(logs, 0.0)
    return each
