"""The packed pulses of a fleet as arrays, and the stretches of newest calls that can be compared.

A pulse is a target's calls counted in buckets of time that are narrow for what is recent and wide
for what is long ago, so how many there are hardly depends on how many calls there were.
"""

from collections.abc import Sequence
from dataclasses import field
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from mendloop.core.stats.arrays import FloatArray, IntArray, integers, running
from mendloop.model.pulse import ENTRY, WIDTH
from mendloop.noun import dataclass

_FIELDS: Final = ("start", "level", "calls", "failures", "timed", "log_sum", "log_square")
_BUCKET: Final = np.dtype(list(zip(_FIELDS, ENTRY[1:], strict=True))).newbyteorder("<")
_AT_ONCE: Final = 8192
ENOUGH: Final = 16
"""Buckets in which a change of a rate can be seen. There are twice as many for who looks closer."""
_Number = TypeVar("_Number", np.int64, np.float64)
_AN_OCTAVE: Final = 3
"""Stretches to each doubling of their length."""


@dataclass(frozen=True, slots=True)
class Buckets:
    """Buckets of time of many targets, target by target, each one's oldest first."""

    first: IntArray
    """The place of each target's first bucket, and at last the number of buckets."""
    of: IntArray
    """The target of each bucket."""
    start: IntArray
    """Seconds since 1970."""
    width: IntArray
    """Seconds."""

    @property
    def targets(self) -> int:
        """How many there are, also those without a bucket."""
        return self.first.size - 1


@dataclass(frozen=True, slots=True)
class Pulses(Buckets):
    """And what was counted in them."""

    calls: FloatArray
    failures: FloatArray
    timed: FloatArray
    """Successful calls whose duration is known."""
    log_sum: FloatArray
    """Of the durations' indices, 16 to each doubling; and of their squares."""
    log_square: FloatArray
    calls_so_far: FloatArray = field(init=False, repr=False)
    """Before each bucket, over all targets, and at last those of all: asked for again and again."""
    failures_so_far: FloatArray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Sum up."""
        object.__setattr__(self, "calls_so_far", running(self.calls))
        object.__setattr__(self, "failures_so_far", running(self.failures))


@dataclass(frozen=True, slots=True)
class Joined:
    """Pulses of which some buckets have been joined."""

    pulses: Pulses
    begin: IntArray
    """Of each bucket the first of those that it was made from, and at last how many those are."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Which stretches of newest calls are compared with the rest."""

    longest: float
    """The largest share of a target's calls."""
    shortest: int = 6
    """Calls that a stretch has at least; a change of fewer is not seen."""
    before: int = 12
    """Calls before it, at least."""


@dataclass(frozen=True, slots=True)
class Stretches:
    """Stretches of newest calls, each beside all calls before it."""

    of: IntArray
    """The target of each stretch."""
    bucket: IntArray
    """The first bucket of each."""
    calls: FloatArray
    hits: FloatArray
    """Failures, or whatever is counted, among them."""
    calls_before: FloatArray
    hits_before: FloatArray


def unpack(packed: Sequence[bytes], *, since: int) -> Pulses:
    """Read pulses as ``mendloop.model.pulse`` packs them.

    Args:
        packed: One text of bytes a target.
        since: Seconds since 1970; a bucket that ended before is left out.
    """
    raw = np.frombuffer(b"".join(packed), dtype=_BUCKET)
    sizes = np.fromiter(map(len, packed), dtype=np.int64, count=len(packed)) // _BUCKET.itemsize
    of = np.repeat(np.arange(len(packed)), sizes)
    start, level = columns(raw, _FIELDS[:2], np.int64)
    width = np.left_shift(WIDTH, level)
    late = start + width > since
    counted = columns(raw, _FIELDS[2:], np.float64)
    if not late.all():
        of, start, width, counted = of[late], start[late], width[late], counted[:, late]
    return Pulses(firsts(of, len(packed)), of, start, width, *counted)


def joined(pulses: Pulses) -> Joined:
    """The same with buckets side by side joined until no target has more than enough of them."""
    sizes = np.diff(pulses.first)
    order = np.arange(pulses.of.size) - pulses.first[:-1][pulses.of]
    share = order * ENOUGH // np.maximum(sizes, ENOUGH)[pulses.of]
    begins = np.ones(pulses.of.size, dtype=np.bool_)
    begins[1:] = (share[1:] != share[:-1]) | (pulses.of[1:] != pulses.of[:-1])
    begin = np.flatnonzero(begins)
    ends = np.append(begin, pulses.of.size)
    last = ends[1:] - 1
    of, start = pulses.of[begin], pulses.start[begin]
    width = pulses.start[last] + pulses.width[last] - start
    counted = [np.diff(running(getattr(pulses, name))[ends]) for name in _FIELDS[2:]]
    return Joined(Pulses(firsts(of, pulses.targets), of, start, width, *counted), ends)


def columns(raw: NDArray[np.void], names: Sequence[str], kind: type[_Number]) -> NDArray[_Number]:
    """Some fields as arrays of their own: read in blocks, since all lie together in the cache."""
    read = np.empty((len(names), raw.size), dtype=kind)
    for begin in range(0, raw.size, _AT_ONCE):
        block = raw[begin : begin + _AT_ONCE]
        for column, name in zip(read, names, strict=True):
            column[begin : begin + _AT_ONCE] = block[name]
    return read


def firsts(of: IntArray, targets: int) -> IntArray:
    """Where each target begins in a sorted array of targets, and at last its length."""
    ends = np.cumsum(np.bincount(of, minlength=targets))
    return integers(np.concatenate([[0], ends]))


def totals(values: FloatArray, buckets: Buckets) -> FloatArray:
    """The sum of each target's buckets."""
    sums = np.zeros(buckets.targets)
    some = np.flatnonzero(buckets.first[1:] > buckets.first[:-1])
    if some.size:
        sums[some] = np.add.reduceat(values, buckets.first[some])
    return sums


def stretches(buckets: Buckets, calls: FloatArray, hits: FloatArray, limits: Limits) -> Stretches:
    """The stretches of newest calls to compare with the rest, about 3 to each doubling of length.

    Args:
        buckets: Of the targets.
        calls: Of each bucket.
        hits: Of each bucket, what is counted among them.
        limits: Of the stretches.
    """
    so_far, hits_so_far = running(calls), running(hits)
    begin, end = so_far[buckets.first[:-1]], so_far[buckets.first[1:]]
    whole = end - begin
    most = np.minimum(limits.longest * whole, whole - limits.before)
    sizes = np.diff(buckets.first)
    length = np.repeat(end, sizes) - so_far[:-1]
    kept = np.flatnonzero((length >= limits.shortest) & (length <= np.repeat(most, sizes)))
    rung = np.floor(_AN_OCTAVE * np.log2(length[kept]))
    before = kept[:-1]
    # an empty bucket would repeat the stretch after it, on the same rung
    again = (rung[1:] == rung[:-1]) & (buckets.of[kept[1:]] == buckets.of[before])
    kept = kept[np.concatenate([[True], ~again])] if kept.size else kept
    of = buckets.of[kept]
    length = length[kept]
    late = hits_so_far[buckets.first[1:][of]] - hits_so_far[kept]
    early = hits_so_far[kept] - hits_so_far[buckets.first[:-1][of]]
    return Stretches(of, kept, length, late, whole[of] - length, early)


def part(pulses: Pulses, targets: IntArray, begin: IntArray) -> Pulses:
    """Some targets alone, each from one of its buckets on."""
    sizes = pulses.first[targets + 1] - begin
    first = integers(np.concatenate([[0], np.cumsum(sizes)]))
    of = np.repeat(np.arange(targets.size), sizes)
    place = np.arange(int(first[-1])) - first[of] + begin[of]
    return Pulses(
        first=first,
        of=of,
        start=pulses.start[place],
        width=pulses.width[place],
        calls=pulses.calls[place],
        failures=pulses.failures[place],
        timed=pulses.timed[place],
        log_sum=pulses.log_sum[place],
        log_square=pulses.log_square[place],
    )
