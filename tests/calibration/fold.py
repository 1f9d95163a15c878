"""The pulses of many calls at once: the same bytes as ``mendloop.model.pulse`` gives, sooner."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mendloop.model.cells import WIDTH as CELL
from mendloop.model.pulse import ENTRY, KEPT, LATENCY, WIDTH

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_LEVELS: Final = 27
_BUCKET: Final = np.dtype([(f"f{n}", code) for n, code in enumerate(ENTRY[1:])]).newbyteorder("<")
_BIN: Final = np.dtype([(f"f{n}", code) for n, code in enumerate(LATENCY[1:])]).newbyteorder("<")
_BOUNDS: Final = np.array([2 ** (step / 16 - 1) for step in range(16)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Many calls of many targets, in any order."""

    target: IntArray
    at: IntArray
    """Seconds since 1970."""
    failed: BoolArray
    seconds: FloatArray


def folded(calls: Calls, targets: int) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """The pulse and the latencies of every target."""
    minute = calls.at // WIDTH
    newest = np.zeros(targets, dtype=np.int64)
    np.maximum.at(newest, calls.target, minute)
    level = _levels(minute, newest[calls.target])
    start = (minute >> level) << level
    timed = ~calls.failed & (calls.seconds > 0)
    log = np.where(timed, index(np.where(timed, calls.seconds, 1.0)), 0)
    key = calls.target * 2**32 + start
    return (
        _pulses(key, level, [np.ones_like(log), calls.failed, timed, log, log * log], targets),
        _latencies(key[timed], level[timed], log[timed] >> 2, targets),
    )


def packed(
    at: IntArray, target: IntArray, kind: IntArray
) -> tuple[tuple[int, ...], tuple[bytes, ...]]:
    """The starts of the five minutes in which failures came, and what failed in each."""
    full = np.stack([at // CELL, target, kind])
    order = np.lexsort(full[::-1])
    full = full[:, order]
    new = np.append(True, (full[:, 1:] != full[:, :-1]).any(axis=0)) if order.size else order > 0
    begin = np.flatnonzero(new)
    cell, whose, why = full[:, begin]
    count = np.diff(np.append(begin, order.size))
    rows = np.stack([why, whose, count], axis=1).astype("<u4")
    starts, first = np.unique(cell, return_index=True)
    ends = np.append(first[1:], cell.size)
    cut = zip(first.tolist(), ends.tolist(), strict=True)
    bodies = tuple(rows[begin:end].tobytes() for begin, end in cut)
    return tuple((starts * CELL).tolist()), bodies


def index(seconds: FloatArray) -> IntArray:
    """The bucket of each duration, as ``mendloop.model.sketch.index`` gives it."""
    mantissa, exponent = np.frexp(seconds)
    steps = np.searchsorted(_BOUNDS, mantissa, side="left")
    return np.asarray(16 * (exponent.astype(np.int64) - 1) + steps - 1)


def _levels(minute: IntArray, newest: IntArray) -> IntArray:
    level = np.full(minute.size, -1, dtype=np.int64)
    for each in range(_LEVELS):
        near = (level < 0) & ((newest >> each) - (minute >> each) < KEPT)
        level[near] = each
    return level


def _pulses(
    key: IntArray, level: IntArray, numbers: list[IntArray | BoolArray], targets: int
) -> tuple[bytes, ...]:
    cells, first, place = np.unique(key, return_index=True, return_inverse=True)
    rows = np.zeros(cells.size, dtype=_BUCKET)
    rows["f0"] = (cells % 2**32) * WIDTH
    rows["f1"] = level[first]
    for field, values in enumerate(numbers, start=2):
        total = np.zeros(cells.size, dtype=np.int64)
        np.add.at(total, place.ravel(), values)
        rows[f"f{field}"] = total
    return _cut(rows, cells // 2**32, targets)


def _latencies(key: IntArray, level: IntArray, place: IntArray, targets: int) -> tuple[bytes, ...]:
    full = np.stack([key, place])
    cells, first, count = np.unique(full, axis=1, return_index=True, return_counts=True)
    rows = np.zeros(cells.shape[1], dtype=_BIN)
    rows["f0"] = (cells[0] % 2**32) * WIDTH
    rows["f1"] = level[first]
    rows["f2"] = cells[1]
    rows["f3"] = count
    return _cut(rows, cells[0] // 2**32, targets)


def _cut(rows: "NDArray[np.void]", target: IntArray, targets: int) -> tuple[bytes, ...]:
    size = rows.dtype.itemsize
    ends = np.searchsorted(target, np.arange(targets + 1)) * size
    text = rows.tobytes()
    return tuple(
        text[begin:end] for begin, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
    )
