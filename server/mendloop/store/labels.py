"""What somebody says of a call afterwards."""

import sqlite3
from typing import Final

from mendloop.model.ids import ExecutionId
from mendloop.store.changes import Changes
from mendloop.store.columns import get_json, put_text
from mendloop.store.executions import decoded, encoded
from mendloop.store.ledger import read_ledger
from mendloop.store.replacing import EXPECTED, FIND, WRONG, as_counted
from mendloop.store.rollups import apply

_LABEL: Final = "UPDATE calls SET outcome = ?, body = ? WHERE seq = ?"


def label(connection: sqlite3.Connection, wanted: ExecutionId, expected: str | None) -> bool:
    """Make a call wrong, also in the rollups. Only inside a transaction.

    Args:
        connection: To write with.
        wanted: The call.
        expected: The JSON text of the right answer, where it is known.

    Returns:
        Whether there is such a call.
    """
    row = connection.execute(FIND, (put_text(wanted),)).fetchone()
    if row is None:
        return False
    seq, *before, _, text = row
    if expected is not None:
        parts = decoded(text)
        parts[EXPECTED] = get_json(expected)
        text = encoded(parts)
    connection.execute(_LABEL, (WRONG, text, seq))
    if before[3] != WRONG:
        ledger = read_ledger(connection)
        changes = Changes(days_until=ledger.days_until)
        old = as_counted(before)
        changes.put([(*old[:3], WRONG, *old[4:])])
        changes.take([old])
        apply(connection, changes, ledger)
    return True
