"""Which old calls stay: what a replay needs of every target."""

import sqlite3
from collections.abc import Generator
from heapq import heappush, heappushpop
from typing import Final

from mendloop.store.distinct import call_key

NEWEST: Final = 2000
"""Calls of each target that always stay."""
OF_EACH_KIND: Final = 3
KINDS: Final = 1000
"""Kinds of failures of a target of which examples stay: those seen last."""

_TABLES: Final = (
    "DROP TABLE IF EXISTS temp.floors",
    "DROP TABLE IF EXISTS temp.spared",
    "CREATE TEMP TABLE floors (target INTEGER PRIMARY KEY, floor INTEGER NOT NULL)",
    "CREATE TEMP TABLE spared (seq INTEGER PRIMARY KEY)",
)
_FLOOR: Final = "SELECT seq FROM calls WHERE target = ? ORDER BY seq DESC LIMIT 1 OFFSET ?"
_ANY: Final = (
    "SELECT 1 FROM calls INDEXED BY calls_by_target WHERE target = ? AND seq < ?"
    " AND (at < ? OR seq <= ?) LIMIT 1"
)
_KEEP: Final = "INSERT OR IGNORE INTO temp.spared "
_KIND: Final = (
    f"{_KEEP}SELECT seq FROM calls INDEXED BY calls_failed_by_kind WHERE target = ?"  # noqa: S608  constants
    " AND fingerprint IS nullif(?, '') AND outcome <> 0 ORDER BY at DESC, seq DESC LIMIT ?"
)
_FAILED: Final = (
    f"{_KEEP}SELECT seq FROM calls INDEXED BY calls_failed WHERE target = ? AND outcome <> 0"  # noqa: S608  constants
    " ORDER BY seq DESC LIMIT ?"
)
_WHOLE: Final = (
    "SELECT seq, body FROM calls INDEXED BY calls_by_target CROSS JOIN contexts USING (context)"
    " WHERE target = ? AND seq < ? AND outcome = 0 AND whole ORDER BY seq DESC"
)


def spare(
    connection: sqlite3.Connection, reservoir: int, *, old: int, last: int
) -> Generator[None]:
    """Fill ``temp.floors`` and ``temp.spared``: below its floor a target's calls may go.

    Args:
        connection: On which the two tables are made.
        reservoir: How many failures and how many successful calls stay of each target.
        old: Calls before this time in microseconds are old.
        last: So are those up to this number.
    """
    for statement in _TABLES:
        connection.execute(statement)
    targets = connection.execute("SELECT target FROM targets WHERE calls > ?", (NEWEST,))
    for (target,) in targets.fetchall():
        row = connection.execute(_FLOOR, (target, NEWEST - 1)).fetchone()
        if row and connection.execute(_ANY, (target, row[0], old, last)).fetchone():
            connection.execute("INSERT INTO temp.floors VALUES (?, ?)", (target, row[0]))
            _spare_failures(connection, target, reservoir)
            _spare_calls(connection, target, row[0], reservoir)
            yield


def _spare_failures(connection: sqlite3.Connection, target: int, reservoir: int) -> None:
    kinds = connection.execute(
        "SELECT fingerprint FROM kinds WHERE target = ? ORDER BY last DESC LIMIT ?",
        (target, KINDS),
    )
    for (fingerprint,) in kinds.fetchall():
        connection.execute(_KIND, (target, fingerprint, OF_EACH_KIND))
    connection.execute(_FAILED, (target, reservoir))


def _spare_calls(connection: sqlite3.Connection, target: int, floor: int, reservoir: int) -> None:
    """The distinct calls with the smallest digests: an even sample that stays itself.

    A later compaction, which sees this sample and newer calls, chooses what it would have chosen
    from all (bottom-k sampling: Cohen, Kaplan 2007).
    """
    chosen: dict[int, int] = {}
    largest_first: list[int] = []
    for seq, body in connection.execute(_WHOLE, (target, floor)):
        key = int.from_bytes(call_key(body), "big")
        if key in chosen or not reservoir:
            continue
        if len(largest_first) < reservoir:
            heappush(largest_first, -key)
            chosen[key] = seq
        elif key < -largest_first[0]:
            chosen.pop(-heappushpop(largest_first, -key))
            chosen[key] = seq
    connection.executemany(f"{_KEEP}VALUES (?)", [(seq,) for seq in chosen.values()])
