"""The one row that says how the rollups stand to the calls."""

import sqlite3

from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """How the rollups stand to the calls."""

    stale: bool
    """Whether they have to be made anew."""
    days_until: int
    """Seconds since 1970: what is older is counted by day, and in no cell."""
    removed: int
    """Calls that compaction has taken out. Their counts stay."""
    removed_to: int
    """The time of the newest of them, in microseconds since 1970."""


def read_ledger(connection: sqlite3.Connection) -> Ledger:
    """As it stands in this transaction."""
    row = connection.execute("SELECT stale, days_until, removed, removed_to FROM ledger").fetchone()
    return Ledger(
        stale=bool(row[0]), days_until=int(row[1]), removed=int(row[2]), removed_to=int(row[3])
    )
