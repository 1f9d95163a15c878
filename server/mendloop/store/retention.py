"""Letting go of old calls: what is kept for replay, and what of the rest stays in the rollups."""

import sqlite3
from collections.abc import Generator
from datetime import datetime, timedelta
from typing import Final

from mendloop.noun import dataclass
from mendloop.store.changes import SECOND
from mendloop.store.columns import put_time
from mendloop.store.compacting import drop_cells, merge_hours, move_days, squeeze
from mendloop.store.sparing import spare
from mendloop.store.writer import transacted

_AT_ONCE: Final = 2000
"""Rows that are removed while others wait."""
_HOURS_FOR: Final = timedelta(days=30)
"""After it hours are merged into days."""
_WANTED: Final = (
    " FROM calls CROSS JOIN temp.floors USING (target)"
    " WHERE seq < floor AND seq < (SELECT max(floor) FROM temp.floors) AND (at < ?1 OR seq <= ?2)"
    " AND NOT EXISTS (SELECT 1 FROM temp.spared WHERE spared.seq = calls.seq)"
    # Somebody has said what is right: there is no better case to test with.
    " AND NOT (outcome = 3 AND json_extract(body, '$[3]') IS NOT NULL)"
)
_PAGE: Final = f"SELECT seq{_WANTED} AND seq > ?3 ORDER BY seq LIMIT ?4"
# Looked at again under the lock: a label may have come in between.
_REMOVE: Final = (
    f"DELETE FROM calls WHERE seq IN (SELECT seq{_WANTED} AND seq BETWEEN ?3 AND ?4"  # noqa: S608  constants
    " ORDER BY seq LIMIT ?5) RETURNING at"
)
_ENTER: Final = "UPDATE ledger SET removed = removed + ?, removed_to = max(removed_to, ?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How many calls are kept."""

    days: int
    most_rows: int
    reservoir: int = 200
    """Of each target so many failures, and distinct successful calls that can be replayed, stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """What was let go, or would be."""

    rows: int
    bytes: int
    """Given back to the disk; an estimate where nothing was done."""
    hours: int
    """Merged into days."""
    cells: int


def compacting(
    connection: sqlite3.Connection, retention: Retention, *, now: datetime, dry_run: bool
) -> Generator[None, None, Compacted]:
    """Do it, in steps each of which holds the write lock for a bounded number of rows only.

    It may be stopped after, or in, any step: what was done is consistent, and the next time goes
    on. The connection must be its own, for it keeps tables of its own on it.
    """
    old = put_time(now - timedelta(days=retention.days))
    last = _last_of_too_many(connection, retention.most_rows)
    yield from spare(connection, retention.reservoir, old=old, last=last)
    rows = 0
    if dry_run:
        rows = int(connection.execute(f"SELECT count(*){_WANTED}", (old, last)).fetchone()[0])
        return Compacted(rows=rows, bytes=_estimate(connection, rows), hours=0, cells=0)
    before = _size(connection)
    seq = 0
    while page := connection.execute(_PAGE, (old, last, seq, _AT_ONCE)).fetchall():
        first, seq = page[0][0], page[-1][0]
        bounds = (old, last, first, seq, _AT_ONCE)
        rows += transacted(connection, _remove, bounds)
        yield
    edge = put_time(now - _HOURS_FOR) // SECOND
    until = move_days(connection, edge)
    hours = yield from merge_hours(connection, until)
    cells = yield from drop_cells(connection, until)
    yield from squeeze(connection)
    return Compacted(rows=rows, bytes=max(0, before - _size(connection)), hours=hours, cells=cells)


def one_step(steps: Generator[None, None, Compacted]) -> Compacted | None:
    """Take one step; gives what was done once there are no more."""
    try:
        next(steps)
    except StopIteration as end:
        done: Compacted = end.value
        return done
    return None


def _remove(connection: sqlite3.Connection, bounds: tuple[int, ...]) -> int:
    gone = connection.execute(_REMOVE, bounds).fetchall()
    if gone:
        connection.execute(_ENTER, (len(gone), max(at for (at,) in gone)))
    return len(gone)


def _last_of_too_many(connection: sqlite3.Connection, most: int) -> int:
    row = connection.execute(
        "SELECT seq FROM calls NOT INDEXED ORDER BY seq DESC LIMIT 1 OFFSET ?", (most,)
    ).fetchone()
    return int(row[0]) if row else 0


def _size(connection: sqlite3.Connection) -> int:
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    return int(pages * connection.execute("PRAGMA page_size").fetchone()[0])


def _estimate(connection: sqlite3.Connection, rows: int) -> int:
    there = connection.execute("SELECT count(*) FROM calls").fetchone()[0]
    return _size(connection) * rows // there if there else 0
