"""Calls by target, version and hour; by day where they are old."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from mendloop.model import sketch as sketches
from mendloop.noun import dataclass
from mendloop.store.changes import CALLER, DAY, HOUR, KIND, HourChange, HourKey

_Key: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """Two tables hold calls, failures and a sketch under a key."""

    read: str
    write: str
    delete: str


_KEY: Final = "target = ? AND start = ? AND seconds = ? AND version = ?"
_HOURS: Final = _Table(
    read=f"SELECT calls, failures, sketch FROM hours WHERE {_KEY}",  # noqa: S608  a constant
    write="INSERT OR REPLACE INTO hours VALUES (?, ?, ?, ?, ?, ?, ?)",
    delete=f"DELETE FROM hours WHERE {_KEY}",  # noqa: S608  a constant
)
_TOTALS: Final = _Table(
    read="SELECT calls, failures, sketch FROM totals WHERE start = ? AND seconds = ?",
    write="INSERT OR REPLACE INTO totals VALUES (?, ?, ?, ?, ?)",
    delete="DELETE FROM totals WHERE start = ? AND seconds = ?",
)
_NAME: Final = (
    "INSERT INTO hour_names VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET count = count + excluded.count"
)
_NO_NAME: Final = f"DELETE FROM hour_names WHERE {_KEY} AND what = ? AND name = ? AND count = 0"  # noqa: S608  a constant
_IN_DAY: Final = (
    "seconds = 3600 AND start IN (" + ", ".join(f"?1 + {n * HOUR}" for n in range(24)) + ")"
)
_OF_TARGET: Final = f"{_IN_DAY} AND target = ?2"


def apply_hours(connection: sqlite3.Connection, changes: Mapping[HourKey, HourChange]) -> None:
    """Bring the hours of the targets, and those of all together, up to date."""
    together: dict[_Key, HourChange] = {}
    for (_, start, seconds, _), change in changes.items():
        have = together.get((start, seconds))
        if have is None:
            have = together[start, seconds] = HourChange()
        _into(have, change.calls, change.failures, change.bins)
    # Most hours of most batches are new: their rows need not be looked for.
    known = {key for key in together if connection.execute(_TOTALS.read, key).fetchone()}
    _apply(connection, _HOURS, changes, lambda key: (key[1], key[2]) in known)
    _apply(connection, _TOTALS, together)


def apply_names(connection: sqlite3.Connection, changes: Mapping[HourKey, HourChange]) -> None:
    """Bring the callers and the kinds of failures by hour up to date."""
    rows = [
        (*key, what, name, count)
        for key, change in changes.items()
        for what, names in ((CALLER, change.callers), (KIND, change.kinds))
        for name, count in names.items()
        if count
    ]
    connection.executemany(_NAME, rows)
    connection.executemany(_NO_NAME, [row[:-1] for row in rows if row[-1] < 0])


def merge_day(connection: sqlite3.Connection, target: int, day: int) -> int:
    """Merge what hours of a day of a target there still are; the sums stay the same.

    Returns:
        How many there were.
    """
    rows = connection.execute(
        f"SELECT version, calls, failures, sketch FROM hours WHERE {_OF_TARGET}",  # noqa: S608  a constant
        (day, target),
    ).fetchall()
    changes: dict[_Key, HourChange] = {}
    for version, calls, failures, sketch in rows:
        change = changes.setdefault((target, day, DAY, version), HourChange())
        _into(change, calls, failures, sketches.unpack(sketch))
    _apply(connection, _HOURS, changes)
    connection.execute(
        "INSERT INTO hour_names SELECT target, ?1, 86400, version, what, name, sum(count)"  # noqa: S608  a constant
        f" FROM hour_names WHERE {_OF_TARGET} GROUP BY version, what, name"
        " ON CONFLICT DO UPDATE SET count = count + excluded.count",
        (day, target),
    )
    for table in ("hours", "hour_names"):
        connection.execute(f"DELETE FROM {table} WHERE {_OF_TARGET}", (day, target))  # noqa: S608  constants
    # Whoever reads finds the days in this list, also before all together are merged.
    connection.execute("INSERT OR IGNORE INTO totals VALUES (?, 86400, 0, 0, x'')", (day,))
    return len(rows)


def merge_total(connection: sqlite3.Connection, day: int) -> None:
    """Merge what hours of a day of all targets together there still are.

    They stay on the list, with no calls: single targets may still have some.
    """
    rows = connection.execute(
        f"SELECT calls, failures, sketch FROM totals WHERE {_IN_DAY}",  # noqa: S608  a constant
        (day,),
    ).fetchall()
    change = HourChange()
    for calls, failures, sketch in rows:
        _into(change, calls, failures, sketches.unpack(sketch))
    if change.calls:
        merged: dict[_Key, HourChange] = {(day, DAY): change}
        _apply(connection, _TOTALS, merged)
        connection.execute(
            f"UPDATE totals SET calls = 0, failures = 0, sketch = x'' WHERE {_IN_DAY}",  # noqa: S608  a constant
            (day,),
        )


def drop_totals(connection: sqlite3.Connection, day: int) -> None:
    """Take the hours of a day, of which no target has any more, from the list."""
    connection.execute(f"DELETE FROM totals WHERE {_IN_DAY}", (day,))  # noqa: S608  a constant


def merge_before_taking(
    connection: sqlite3.Connection, changes: Mapping[HourKey, HourChange], taken: Iterable[int]
) -> None:
    """See that what is taken out of a day is in it: its hours may not have been merged yet."""
    targets = set(taken)
    days = {
        (target, start)
        for target, start, seconds, _ in changes
        if seconds == DAY and target in targets
    }
    for target, day in sorted(days):
        merge_day(connection, target, day)
        merge_total(connection, day)


def _into(change: HourChange, calls: int, failures: int, bins: Mapping[int, int]) -> None:
    change.calls += calls
    change.failures += failures
    for at, count in bins.items():
        change.bins[at] = change.bins.get(at, 0) + count


def _apply(
    connection: sqlite3.Connection,
    table: _Table,
    changes: Mapping[HourKey, HourChange] | Mapping[_Key, HourChange],
    known: Callable[[_Key], bool] = lambda _: True,
) -> None:
    rows: list[tuple[int | bytes, ...]] = []
    gone: list[_Key] = []
    for key, change in changes.items():
        found = connection.execute(table.read, key).fetchone() if known(key) else None
        calls, failures, sketch = found or (0, 0, b"")
        if calls + change.calls:
            sketch = sketches.add(sketch, change.bins) if sketch else sketches.pack(change.bins)
            rows.append((*key, calls + change.calls, failures + change.failures, sketch))
        elif found:
            gone.append(key)
    connection.executemany(table.write, rows)
    connection.executemany(table.delete, gone)
