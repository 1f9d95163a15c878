"""What is kept of many calls together, in the transaction that keeps the calls."""

import sqlite3
from collections.abc import Mapping
from typing import Final

from mendloop.store.cells import apply_cells
from mendloop.store.changes import Changes, KindChange
from mendloop.store.heads import apply_heads
from mendloop.store.hours import apply_hours, apply_names, merge_before_taking
from mendloop.store.ledger import Ledger

_KIND: Final = (
    "INSERT INTO kinds VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
    " count = count + excluded.count, first = min(first, excluded.first),"
    " last = max(last, excluded.last)"
)
_NO_KIND: Final = "DELETE FROM kinds WHERE target = ? AND fingerprint = ? AND count = 0"
_EDGES: Final = (
    "UPDATE kinds SET"
    " first = CASE WHEN ?3 THEN first ELSE coalesce((SELECT min(at) FROM calls WHERE"
    " target = ?1 AND fingerprint IS nullif(?2, '') AND outcome <> 0), first) END,"
    " last = coalesce((SELECT max(at) FROM calls WHERE"
    " target = ?1 AND fingerprint IS nullif(?2, '') AND outcome <> 0), last)"
    " WHERE target = ?1 AND fingerprint = ?2"
)


def apply(connection: sqlite3.Connection, changes: Changes, ledger: Ledger) -> None:
    """Bring all rollups up to date. The rows of the calls must stand as they will be."""
    taken = [target for target, change in changes.targets.items() if change.less]
    if taken:
        merge_before_taking(connection, changes.hours, taken)
    apply_heads(connection, changes.targets, ledger)
    apply_hours(connection, changes.hours)
    apply_names(connection, changes.hours)
    apply_cells(connection, changes.cells)
    _apply_kinds(connection, changes.kinds, ledger)


def _apply_kinds(
    connection: sqlite3.Connection, changes: Mapping[tuple[int, str], KindChange], ledger: Ledger
) -> None:
    rows = [(*key, kind.count, kind.first, kind.last) for key, kind in changes.items()]
    connection.executemany(_KIND, rows)
    less = [key for key, kind in changes.items() if kind.less]
    connection.executemany(_NO_KIND, less)
    connection.executemany(_EDGES, [(*key, bool(ledger.removed)) for key in less])
