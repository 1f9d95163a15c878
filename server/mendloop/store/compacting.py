"""Making the rollups and the file smaller."""

import sqlite3
from collections.abc import Collection, Generator
from typing import Final

from mendloop.store.cells import drop_some, forget_unused
from mendloop.store.changes import DAY
from mendloop.store.hours import drop_totals, merge_day, merge_total
from mendloop.store.writer import transacted

_HOURS: Final = (
    "SELECT start, target FROM hours WHERE seconds = 3600 AND start < ?1"
    " AND (start, target) > (?2, ?3) GROUP BY start, target ORDER BY start, target LIMIT ?4"
)
_TOTALS: Final = "SELECT start FROM totals WHERE seconds = 3600 AND start < ? LIMIT 24"
_BEFORE_ALL: Final = -(2**63)
_HOURS_AT_ONCE: Final = 500
_PAGES_AT_ONCE: Final = 1000
_INCREMENTAL: Final = 2


def move_days(connection: sqlite3.Connection, edge: int) -> int:
    """From now on, count by day what is older than a time in seconds.

    Returns:
        The midnight before which hours are to be merged.
    """

    def move(connection: sqlite3.Connection) -> int:
        rows = connection.execute(
            "UPDATE ledger SET days_until = max(days_until, ?) RETURNING days_until",
            (edge - edge % DAY,),
        ).fetchall()
        return int(rows[0][0])

    return transacted(connection, move)


def merge_hours(connection: sqlite3.Connection, until: int) -> Generator[None, None, int]:
    """Merge hours that began before a time into days; gives how many there were."""
    merged = 0
    start, target = _BEFORE_ALL, 0
    while rows := connection.execute(_HOURS, (until, start, target, _HOURS_AT_ONCE)).fetchall():
        days = sorted({(number, begin - begin % DAY) for begin, number in rows})
        merged += transacted(connection, _merge, days)
        start, target = rows[-1]
        yield
    while starts := connection.execute(_TOTALS, (until,)).fetchall():
        totals = {begin - begin % DAY for (begin,) in starts}
        transacted(connection, _merge_totals, totals)
        yield
    return merged


def drop_cells(connection: sqlite3.Connection, until: int) -> Generator[None, None, int]:
    """Let go of the cells that began before a time; gives how many there were."""
    dropped = 0
    while count := transacted(connection, drop_some, until):
        dropped += count
        yield
    if dropped:
        transacted(connection, forget_unused)
    return dropped


def squeeze(connection: sqlite3.Connection) -> Generator[None]:
    """Give free pages back to the disk, and bring what the planner knows up to date."""
    if connection.execute("PRAGMA auto_vacuum").fetchone()[0] != _INCREMENTAL:
        # A file of the first version: once, it is written anew as a whole.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("VACUUM")
        yield
    while connection.execute("PRAGMA freelist_count").fetchone()[0]:
        connection.execute(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})").fetchall()
        yield
    connection.execute("PRAGMA optimize")
    # Not at the price of waiting for a reader: the next commit tries again.
    connection.execute("PRAGMA busy_timeout = 100")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _merge(connection: sqlite3.Connection, days: Collection[tuple[int, int]]) -> int:
    return sum(merge_day(connection, target, day) for target, day in days)


def _merge_totals(connection: sqlite3.Connection, days: Collection[int]) -> None:
    for day in days:
        merge_total(connection, day)
        drop_totals(connection, day)
