"""Records that could not be read, kept aside; and how far each file has been read."""

import sqlite3
from collections.abc import Sequence
from typing import Final

from mendloop.model.rollup import Quarantined
from mendloop.store.columns import get_text, put_text
from mendloop.store.sqlite import Row

MOST: Final = 10_000
"""The newest that are kept."""
PAGE: Final = (
    "SELECT number, origin, position, reason, excerpt FROM quarantine WHERE number < ?"
    " ORDER BY number DESC LIMIT ?"
)
COUNT: Final = "SELECT count(*) FROM quarantine"
MARKS: Final = "SELECT name, offset FROM marks ORDER BY name"
FORGET: Final = "DELETE FROM marks WHERE name = ?"

_PUT: Final = "INSERT INTO quarantine (origin, position, reason, excerpt) VALUES (?, ?, ?, ?)"
_DROP: Final = (
    "DELETE FROM quarantine WHERE number <="
    " (SELECT number FROM quarantine ORDER BY number DESC LIMIT 1 OFFSET ?)"
)


def put_aside(connection: sqlite3.Connection, records: Sequence[Quarantined]) -> None:
    """Keep records aside, and let go of the oldest where there are too many."""
    if not records:
        return
    connection.executemany(
        _PUT,
        [
            (put_text(each.origin), each.position, put_text(each.reason), put_text(each.excerpt))
            for each in records
        ],
    )
    connection.execute(_DROP, (MOST,))


def quarantined(row: Row) -> tuple[int, Quarantined]:
    """A row of ``PAGE``: its number, and what was kept."""
    number, origin, position, reason, excerpt = row
    return number, Quarantined(
        origin=get_text(origin),
        position=position,
        reason=get_text(reason),
        excerpt=get_text(excerpt),
    )
