"""How long the calls of each target took, by time: merged rarely, read merged."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from struct import calcsize
from typing import Final

from mendloop.model import pulse as pulses
from mendloop.store.sqlite import Row

LATENCIES: Final = (
    "SELECT name, pulse, coalesce(minute, -1), coalesce(latencies, x''), coalesce(entries, x'')"
    " FROM targets LEFT JOIN latencies USING (target) LEFT JOIN loose USING (target)"
    " WHERE name IN (SELECT value FROM json_each(?))"
)
"""What ``merged`` reads."""

_MUCH: Final = 3500
"""Bytes of entries that are kept loose. Merging costs what the newest hours hold, each time."""
_ENTRY: Final = calcsize(pulses.LATENCY)
_LENGTHS: Final = (
    "SELECT target, length(entries) FROM loose WHERE target IN (SELECT value FROM json_each(?))"
)
_READ: Final = (
    "SELECT coalesce((SELECT minute FROM latencies WHERE target = ?1), -1),"
    " coalesce((SELECT latencies FROM latencies WHERE target = ?1), x''),"
    " coalesce((SELECT entries FROM loose WHERE target = ?1), x'')"
)
_ADD: Final = (
    "INSERT INTO loose VALUES (?, ?)"
    " ON CONFLICT (target) DO UPDATE SET entries = CAST(entries || excluded.entries AS BLOB)"
)
_REPLACE: Final = "INSERT OR REPLACE INTO latencies VALUES (?, ?, ?)"


def merged(row: Row) -> bytes:
    """The latencies of a row of ``LATENCIES``: a function of the calls alone."""
    _, pulse, minute, latencies, entries = row
    now = pulses.newest(pulse)
    if not entries and minute == now:
        return bytes(latencies)
    bins = pulses.unpack_bins(entries)
    return pulses.add_latencies(latencies, bins, before=minute, now=now) if pulse else b""


class Latencies:
    """Those of some targets, while a batch is put into the rollups."""

    def __init__(self, connection: sqlite3.Connection, targets: Sequence[int]) -> None:
        self._connection = connection
        rows = connection.execute(_LENGTHS, (json.dumps(targets),))
        self._lengths: Mapping[int, int] = dict(rows.fetchall())
        self._loose: list[tuple[int, bytes]] = []
        self._packed: list[tuple[int, int, bytes]] = []

    def add(self, target: int, bins: pulses.Bins, *, now: int, merge: bool) -> None:
        """Add to one target, whose newest minute is now ``now``; below zero only to be merged."""
        if not merge and not bins:
            return
        if not merge and self._lengths.get(target, 0) + _ENTRY * len(bins) < _MUCH:
            self._loose.append((target, pulses.pack_bins(bins)))
            return
        minute, latencies, entries = self._connection.execute(_READ, (target,)).fetchone()
        together = pulses.unpack_bins(entries)
        for key, count in bins.items():
            together[key] = together.get(key, 0) + count
        self.put(target, pulses.add_latencies(latencies, together, before=minute, now=now), now=now)

    def put(self, target: int, latencies: bytes, *, now: int) -> None:
        """Say what those of one target are."""
        self._packed.append((target, now, latencies))

    def packed(self, target: int) -> bytes:
        """What was last said of a target that was merged."""
        return next(packed for number, _, packed in reversed(self._packed) if number == target)

    def write(self) -> None:
        """Write all down."""
        self._connection.executemany(_ADD, self._loose)
        self._connection.executemany("DELETE FROM loose WHERE target = ?", _firsts(self._packed))
        self._connection.executemany(_REPLACE, self._packed)


def _firsts(rows: Iterable[tuple[int, int, bytes]]) -> list[tuple[int]]:
    return [(row[0],) for row in rows]
