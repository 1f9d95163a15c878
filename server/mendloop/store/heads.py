"""The newest state of each target: its counts, its pulse, its latencies."""

import json
import sqlite3
from collections.abc import Mapping
from itertools import islice
from typing import Final

from mendloop.model import pulse as pulses
from mendloop.noun import dataclass
from mendloop.store.changes import SECOND, TargetChange
from mendloop.store.latencies import Latencies
from mendloop.store.ledger import Ledger

HEADS: Final = "SELECT name, pulse, last FROM targets WHERE calls > 0 ORDER BY target"
SUMMARIES: Final = "SELECT name, calls, failures, last FROM targets WHERE calls > 0 ORDER BY name"

_AT_ONCE: Final = 500
"""Targets that are held in memory together."""
_READ: Final = (
    "SELECT target, calls, failures, first, last, pulse FROM targets"
    " WHERE target IN (SELECT value FROM json_each(?))"
)
_WRITE: Final = (
    "UPDATE targets SET calls = ?, failures = ?, first = ?, last = ?, pulse = ? WHERE target = ?"
)
_EDGES: Final = (
    "SELECT (SELECT min(at) FROM calls WHERE target = ?1),"
    " (SELECT max(at) FROM calls WHERE target = ?1)"
)
_SINCE: Final = "SELECT at, outcome <> 0, seconds FROM calls WHERE target = ? AND at >= ?"


@dataclass(slots=True)
class _Head:
    target: int
    calls: int
    failures: int
    first: int
    last: int
    pulse: bytes


@dataclass(frozen=True, slots=True)
class _Aside:
    """What else a head is brought up to date with."""

    ledger: Ledger
    late: Latencies


def apply_heads(
    connection: sqlite3.Connection, changes: Mapping[int, TargetChange], ledger: Ledger
) -> None:
    """Bring the heads up to date. The rows of the calls must stand as they will be."""
    left = iter(sorted(changes))
    while some := list(islice(left, _AT_ONCE)):
        heads = [_Head(*row) for row in connection.execute(_READ, (json.dumps(some),))]
        late = Latencies(connection, some)
        for head in heads:
            _change(connection, head, changes[head.target], _Aside(ledger, late))
        connection.executemany(
            _WRITE,
            [(h.calls, h.failures, h.first, h.last, h.pulse, h.target) for h in heads],
        )
        late.write()


def _change(
    connection: sqlite3.Connection, head: _Head, change: TargetChange, aside: _Aside
) -> None:
    now = max(pulses.newest(head.pulse), *change.tallies)
    head.pulse = pulses.add(head.pulse, change.tallies)
    head.first = min(head.first, change.first) if head.calls else change.first
    head.last = max(head.last, change.last) if head.calls else change.last
    head.calls += sum([tally[0] for tally in change.tallies.values()])
    head.failures += sum([tally[1] for tally in change.tallies.values()])
    aside.late.add(head.target, change.bins, now=now, merge=change.less)
    if not head.calls:
        head.first = head.last = 0
        head.pulse = b""
        aside.late.put(head.target, b"", now=-1)
    elif change.less:
        _look_again(connection, head, now, aside)


def _look_again(connection: sqlite3.Connection, head: _Head, top: int, aside: _Aside) -> None:
    """See whether the first or the last call was one of those that were taken out."""
    first, last = connection.execute(_EDGES, (head.target,)).fetchone()
    if last is None:
        return
    removed = aside.ledger.removed_to if aside.ledger.removed else -(2**63)
    if first > removed:  # else the first may be one that was removed: of those nobody knows more
        head.first = first
    head.last = last
    now = pulses.minute(last // SECOND)
    if now == top:
        return
    latencies = aside.late.packed(head.target)
    pulse, latencies, start = pulses.cut(head.pulse, latencies, before=top, now=now)
    if start * SECOND <= removed:
        return  # buckets stay merged: what would part them is gone
    # Times before 1970 stand in the first minute.
    since = start * SECOND if start else -(2**63)
    calls = connection.execute(_SINCE, (head.target, since))
    tallies, bins = pulses.tallied(
        (at // SECOND, bool(failed), seconds or 0.0) for at, failed, seconds in calls
    )
    latencies = pulses.add_latencies(latencies, bins, before=pulses.newest(pulse), now=now)
    aside.late.put(head.target, latencies, now=now)
    head.pulse = pulses.add(pulse, tallies)
