"""Failures by five minutes: a row for each, in which all targets and kinds are packed."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Final

from mendloop.model.cells import SIZE, Cells, add, kinds_in, place
from mendloop.model.ids import TargetName
from mendloop.store.changes import SECOND
from mendloop.store.columns import get_text, put_time
from mendloop.store.sqlite import Database

_AT_ONCE: Final = 200
"""Rows that are held in memory together."""
_READ: Final = (
    "SELECT start, body FROM cells WHERE start IN (SELECT value FROM json_each(?)) ORDER BY start"
)
_WRITE: Final = "INSERT OR REPLACE INTO cells VALUES (?, ?)"
_REMOVE: Final = "DELETE FROM cells WHERE start = ?"
_NUMBERS: Final = (
    "SELECT name, fingerprint FROM fingerprints WHERE name IN (SELECT value FROM json_each(?))"
)
_NUMBER: Final = "INSERT INTO fingerprints (name) VALUES (?)"
_DROP: Final = (
    "DELETE FROM cells WHERE start IN (SELECT start FROM cells WHERE start < ? LIMIT ?)"
    " RETURNING length(body)"
)
_FORGET: Final = (
    "DELETE FROM fingerprints WHERE fingerprint NOT IN (SELECT value FROM json_each(?))"
)
LENGTHS: Final = "SELECT start, length(body) FROM cells WHERE start >= ? ORDER BY start DESC"
SINCE: Final = "SELECT start, body FROM cells WHERE start >= ? ORDER BY start"
_TARGETS: Final = "SELECT target, name FROM targets"
_FINGERPRINTS: Final = "SELECT fingerprint, name FROM fingerprints"


def apply_cells(
    connection: sqlite3.Connection, changes: Mapping[tuple[int, str, int], int]
) -> None:
    """Add failures by start, kind and target, or take them away. Only inside a transaction."""
    some = {key: count for key, count in changes.items() if count}
    kinds = _numbers(connection, (kind for _, kind, _ in some))
    by_start: dict[int, dict[int, int]] = defaultdict(dict)
    for (start, kind, target), count in some.items():
        by_start[start][place(target, kinds[kind])] = count
    left = iter(sorted(by_start))
    while starts := list(islice(left, _AT_ONCE)):
        known = dict(connection.execute(_READ, (json.dumps(starts),)).fetchall())
        bodies = [(start, add(known.get(start, b""), by_start[start])) for start in starts]
        connection.executemany(_WRITE, [row for row in bodies if row[1]])
        connection.executemany(_REMOVE, [(start,) for start, body in bodies if not body])


def drop_some(connection: sqlite3.Connection, until: int) -> int:
    """Let go of some that began before a time; gives how many entries they had."""
    dropped = connection.execute(_DROP, (until, _AT_ONCE)).fetchall()
    return sum(int(length) for (length,) in dropped) // SIZE


def forget_unused(connection: sqlite3.Connection) -> None:
    """Let go of the numbers of kinds that no cell has any more. Only inside a transaction."""
    used: set[int] = set()
    for (body,) in connection.execute("SELECT body FROM cells"):
        used |= kinds_in(body)
    connection.execute(_FORGET, (json.dumps(sorted(used)),))


async def read_cells(database: Database, since: datetime, limit: int) -> Cells:
    """The newest of them, as many as have their place in so many bytes, and one at least."""
    wanted = put_time(since) // SECOND
    async with database.reading() as statements:
        begin = _begin(await statements.fetch(LENGTHS, wanted), wanted, limit)
        rows = await statements.fetch(SINCE, begin)
        targets = await statements.fetch(_TARGETS)
        fingerprints = await statements.fetch(_FINGERPRINTS)
    return Cells(
        since=begin,
        starts=tuple([row[0] for row in rows]),
        bodies=tuple([row[1] for row in rows]),
        targets={number: TargetName(get_text(name)) for number, name in targets},
        fingerprints={number: get_text(name) for number, name in fingerprints},
    )


def _begin(lengths: Iterable[tuple[int, int]], since: int, limit: int) -> int:
    """Since when all there is has its place; ``since`` where that is so."""
    begin, left = None, limit
    for start, length in lengths:
        left -= length
        if left < 0 and begin is not None:
            return begin
        begin = start
    return since


def _numbers(connection: sqlite3.Connection, kinds: Iterable[str]) -> dict[str, int]:
    wanted = list(dict.fromkeys(kinds))
    found: dict[str, int] = dict(connection.execute(_NUMBERS, (json.dumps(wanted),)).fetchall())
    for kind in wanted:
        if kind not in found:
            found[kind] = int(connection.execute(_NUMBER, (kind,)).lastrowid or 0)
    return found
