"""All rollups anew, from the rows of the calls."""

import sqlite3
from collections.abc import Callable
from typing import Final

from mendloop.errors import Refused
from mendloop.store.changes import Changes
from mendloop.store.ledger import read_ledger
from mendloop.store.rollups import apply

_AT_ONCE: Final = 5000
_EMPTY: Final = (
    "DELETE FROM hours",
    "DELETE FROM hour_names",
    "DELETE FROM totals",
    "DELETE FROM cells",
    "DELETE FROM fingerprints",
    "DELETE FROM kinds",
    "DELETE FROM latencies",
    "DELETE FROM loose",
    "UPDATE targets SET calls = 0, failures = 0, first = 0, last = 0, pulse = x''",
)
_READ: Final = (
    "SELECT seq, target, at, seconds, outcome, coalesce(fingerprint, ''), version, caller"
    " FROM calls CROSS JOIN contexts USING (context) WHERE seq > ? ORDER BY seq LIMIT ?"
)


def rebuild(connection: sqlite3.Connection, note: Callable[[int, int], None]) -> None:
    """Make them anew. Only inside a transaction.

    Args:
        connection: To write with.
        note: Told the number of the last call that is in, and that of the last there is.

    Raises:
        Refused: Calls were removed by compaction: the rollups are all that is known of them.
    """
    ledger = read_ledger(connection)
    if ledger.removed:
        raise Refused(
            f"{ledger.removed} calls were removed by compaction; the rollups are the only record"
            " of them, and cannot be made anew.",
            hint="Keep them as they are; every new call is counted exactly.",
        )
    for statement in _EMPTY:
        connection.execute(statement)
    last = int(connection.execute("SELECT coalesce(max(seq), 0) FROM calls").fetchone()[0])
    seq = 0
    while rows := connection.execute(_READ, (seq, _AT_ONCE)).fetchall():
        changes = Changes(days_until=ledger.days_until)
        changes.put(row[1:] for row in rows)
        apply(connection, changes, ledger)
        seq = rows[-1][0]
        note(seq, last)
    connection.execute("UPDATE ledger SET stale = 0")


def rebuild_if_stale(connection: sqlite3.Connection) -> None:
    """Make them anew where a migration has asked for it. Only inside a transaction."""
    if read_ledger(connection).stale:
        rebuild(connection, lambda _seq, _last: None)
