"""The calls of one target, counted in buckets of time that are the wider the older they are.

A bucket of level ``k`` is ``60 * 2**k`` seconds wide and begins at a multiple of that. A call in
minute ``m`` belongs to the least level ``k`` with ``(n >> k) - (m >> k) < KEPT``, where ``n`` is
the minute of the newest call. So there are 3 or 4 buckets for each doubling of age, and what a
pulse holds is a function of the calls alone: neither their order nor their batches matter.
(Exponential histograms over time: Datar, Gionis, Indyk, Motwani 2002; aligned as dyadic intervals.)

Two texts of bytes belong together. The pulse has one entry a bucket (``ENTRY``), the latencies one
entry a bucket and bin of the durations of its successful calls (``LATENCY``); both are sorted.
Times outside 1970 to 2106 are taken for the nearest that four bytes can hold.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import chain
from struct import Struct, pack
from typing import Final

from mendloop.model.sketch import index, timed

WIDTH: Final = 60
"""Seconds of a bucket of level 0."""
KEPT: Final = 7
"""Buckets of one level, at most."""
ENTRY: Final = "<IBIIIqQ"
"""start in seconds, level, calls, failures, timed, log_sum, log_square."""
LATENCY: Final = "<IBhI"
"""start in seconds, level, bin, count."""

_ENTRY: Final = Struct(ENTRY)
_LATENCY: Final = Struct(LATENCY)
_LAST_MINUTE: Final = (2**32 - 1) // WIDTH
_LEVELS: Final = _LAST_MINUTE.bit_length() - 1
"""The highest one holds all that four bytes can tell."""
_COARSER: Final = 2
"""Bins have scale 2: each is four of the buckets of ``sketch.index``."""
_LEVEL: Final = 4
"""Where the level stands in an entry of either kind."""

Call = tuple[int, bool, float]
"""Time in whole seconds since 1970, whether it failed, and how many seconds it took."""
Tallies = Mapping[int, list[int]]
"""By minute: calls, failures, timed, log_sum, log_square."""
Bins = Mapping[tuple[int, int], int]
"""Successful calls by minute and bin."""


def minute(at: int) -> int:
    """The minute of a time in seconds since 1970."""
    return min(max(at // WIDTH, 0), _LAST_MINUTE)


def tallied(calls: Iterable[Call]) -> tuple[Tallies, Bins]:
    """Calls counted by minute, and by minute and bin."""
    tallies: dict[int, list[int]] = {}
    bins: dict[tuple[int, int], int] = {}
    for at, failed, seconds in calls:
        here = minute(at)
        tally = tallies.setdefault(here, [0, 0, 0, 0, 0])
        tally[0] += 1
        if failed:
            tally[1] += 1
        elif timed(seconds):
            log = index(seconds)
            tally[2] += 1
            tally[3] += log
            tally[4] += log * log
            place = (here, log >> _COARSER)
            bins[place] = bins.get(place, 0) + 1
    return tallies, bins


def newest(pulse: bytes) -> int:
    """The minute of the newest call; -1 where there is none."""
    return int(_ENTRY.unpack_from(pulse, len(pulse) - _ENTRY.size)[0]) // WIDTH if pulse else -1


def add(pulse: bytes, tallies: Tallies) -> bytes:
    """With tallies by minute added; those below zero take calls out."""
    if not tallies:
        return pulse
    before = newest(pulse)
    now = max(before, *tallies)
    limits = _limits(now)
    here = _tail(pulse, _ENTRY, (_moved(before, now), min(tallies), now))
    total: dict[int, list[int]] = {}
    _merge(total, limits, _ENTRY.iter_unpack(pulse[here:]))
    _merge(total, limits, [(at * WIDTH, 0, *tally) for at, tally in tallies.items()])
    flat: list[int] = []
    kept = 0
    for start in sorted(total):
        entry = total[start]
        if entry[1]:
            flat.append(start * WIDTH)
            flat += entry
            kept += 1
    return pulse[:here] + pack("<" + ENTRY[1:] * kept, *flat)


def add_latencies(latencies: bytes, bins: Bins, *, before: int, now: int) -> bytes:
    """With counts by minute and bin added; those below zero take calls out.

    Args:
        latencies: What there is.
        bins: What comes to it.
        before: The newest minute of the pulse that ``latencies`` belongs to; -1 where it has none.
        now: The newest minute of the pulse to come.
    """
    limits = _limits(now)
    oldest = min((at for at, _ in bins), default=now)
    here = _tail(latencies, _LATENCY, (_moved(before, now), oldest, now))
    total: dict[tuple[int, int, int], int] = {}
    keys: dict[int, tuple[int, int]] = {}
    counted = [
        ((start // WIDTH, place), count)
        for start, _, place, count in _LATENCY.iter_unpack(latencies[here:])
    ]
    for (at, place), count in chain(counted, bins.items()):
        key = keys.get(at)
        if key is None:
            level = _LEVELS - bisect_right(limits, at)
            key = keys[at] = ((at >> level << level) * WIDTH, level)
        entry = (key[0], key[1], place)
        total[entry] = total.get(entry, 0) + count
    flat = [number for key in sorted(total) if total[key] for number in (*key, total[key])]
    return latencies[:here] + pack("<" + LATENCY[1:] * (len(flat) // 4), *flat)


def pack_bins(bins: Bins) -> bytes:
    """Counts by minute and bin as entries of level 0, in any order; none is below zero."""
    flat = [
        number for (at, place), count in bins.items() for number in (at * WIDTH, 0, place, count)
    ]
    return pack("<" + LATENCY[1:] * len(bins), *flat)


def unpack_bins(entries: bytes) -> dict[tuple[int, int], int]:
    """What ``pack_bins`` packed, once or several times."""
    bins: dict[tuple[int, int], int] = {}
    for start, _, place, count in _LATENCY.iter_unpack(entries):
        key = (start // WIDTH, place)
        bins[key] = bins.get(key, 0) + count
    return bins


def cut(pulse: bytes, latencies: bytes, *, before: int, now: int) -> tuple[bytes, bytes, int]:
    """What stays as it is when the newest minute goes back from ``before`` to ``now``.

    Returns:
        The older entries of both, and the time in seconds from which all calls have to be folded
        in anew.
    """
    # Of this level calls may belong to the one below again.
    moved = _moved(before, now) + 1
    here = _first_below(pulse, _ENTRY, moved)
    start = _ENTRY.unpack_from(pulse, here * _ENTRY.size)[0] if pulse[here * _ENTRY.size :] else 0
    there = _first_below(latencies, _LATENCY, moved)
    return pulse[: here * _ENTRY.size], latencies[: there * _LATENCY.size], start


@lru_cache(maxsize=256)
def _limits(now: int) -> tuple[int, ...]:
    """The first minute that each level still holds, from the highest level down to 0."""
    return tuple((((now >> level) - KEPT + 1) << level) for level in reversed(range(_LEVELS)))


def _merge(
    total: dict[int, list[int]], limits: tuple[int, ...], entries: Iterable[tuple[int, ...]]
) -> None:
    # Of every call of every batch a part is spent here: written out for speed.
    for start, _, calls, failures, kept, logs, squares in entries:
        at = start // WIDTH
        level = _LEVELS - bisect_right(limits, at)
        begin = at >> level << level
        have = total.get(begin)
        if have is None:
            total[begin] = [level, calls, failures, kept, logs, squares]
        else:
            have[1] += calls
            have[2] += failures
            have[3] += kept
            have[4] += logs
            have[5] += squares


def _moved(before: int, now: int) -> int:
    """The least level whose buckets are the same ones after the newest call has moved on."""
    return (before ^ now).bit_length() if before >= 0 else 0


def _first_below(entries: bytes, form: Struct, level: int) -> int:
    """How many entries come before the first of a lower level: levels fall with time."""
    levels = entries[_LEVEL :: form.size]
    low, high = 0, len(levels)
    while low < high:
        middle = (low + high) // 2
        if levels[middle] >= level:
            low = middle + 1
        else:
            high = middle
    return low


def _tail(entries: bytes, form: Struct, change: tuple[int, int, int]) -> int:
    """The byte from which entries may change.

    Args:
        entries: Of either kind.
        form: Of one of them.
        change: The level below which buckets may be merged, also into the newest one above them;
            the oldest minute that is added to; and the newest minute.
    """
    level, oldest, now = change
    here = _first_below(entries, form, level)
    size = form.size
    if not here:
        return 0
    edge = form.unpack_from(entries, (here - 1) * size)[0]
    first = _LEVELS - bisect_right(_limits(now), oldest)
    edge = min(edge, (oldest >> first << first) * WIDTH)
    while here and form.unpack_from(entries, (here - 1) * size)[0] >= edge:
        here -= 1
    return here * size
