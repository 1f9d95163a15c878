"""The packed histograms of durations of some targets as arrays."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from mendloop.core.stats.arrays import BoolArray, FloatArray, IntArray, floats, integers, per_group
from mendloop.core.stats.pulses import Buckets, columns, firsts
from mendloop.model.pulse import LATENCY, WIDTH
from mendloop.noun import dataclass

_BINS: Final = (-120, 100)
"""From a nanosecond to a year, in quarters of a doubling; what lies beyond is taken for that."""

_FIELDS: Final = ("start", "level", "bin", "count")
_ENTRY: Final = np.dtype(list(zip(_FIELDS, LATENCY[1:], strict=True))).newbyteorder("<")


@dataclass(frozen=True, slots=True)
class Durations:
    """Calls counted by target, bucket of time and bin of duration."""

    buckets: Buckets
    calls: FloatArray
    """Of each bucket."""
    of: IntArray
    """The target of each entry."""
    bucket: IntArray
    """The bucket of each entry."""
    bin: IntArray
    """From ``lowest`` on, which stands for 0."""
    count: FloatArray
    lowest: int
    width: int
    """How many bins there are from the lowest to the highest."""

    def table(self, some: BoolArray) -> FloatArray:
        """The calls of some of the entries, by target (rows) and bin (columns)."""
        cells = self.of * self.width + self.bin
        counted = self.count if some.all() else np.where(some, self.count, 0.0)
        sums = per_group(counted, cells, self.buckets.targets * self.width)
        return sums.reshape(self.buckets.targets, self.width)


def unpack(packed: Sequence[bytes], *, since: int) -> Durations:
    """Read latencies as ``mendloop.model.pulse`` packs them.

    Args:
        packed: One text of bytes a target.
        since: Seconds since 1970; a bucket that ended before is left out.
    """
    raw = np.frombuffer(b"".join(packed), dtype=_ENTRY)
    sizes = np.fromiter(map(len, packed), dtype=np.int64, count=len(packed)) // _ENTRY.itemsize
    of = np.repeat(np.arange(len(packed)), sizes)
    start, level, place, count = columns(raw, _FIELDS, np.int64)
    width = np.left_shift(WIDTH, level)
    late = start + width > since
    if not late.all():
        of, start, width, place, count = (each[late] for each in (of, start, width, place, count))
    begins = np.ones(of.size, dtype=np.bool_)
    begins[1:] = (of[1:] != of[:-1]) | (start[1:] != start[:-1])
    bucket = integers(np.cumsum(begins) - 1)
    owners = of[begins]
    place = np.clip(place, *_BINS)
    lowest = int(place.min(initial=_BINS[1]))
    return Durations(
        buckets=Buckets(firsts(owners, len(packed)), owners, start[begins], width[begins]),
        calls=per_group(floats(count), bucket, owners.size),
        of=of,
        bucket=bucket,
        bin=place - lowest,
        count=floats(count),
        lowest=lowest,
        width=int(place.max(initial=lowest)) - lowest + 1,
    )
