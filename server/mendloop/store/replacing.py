"""Calls that are known already: which of two records of one stays."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from mendloop.model.execution import Execution, Outcome, Source
from mendloop.model.ids import ExecutionId
from mendloop.store.changes import Changes, Counted
from mendloop.store.columns import put_text
from mendloop.store.executions import body, code, decoded, world_columns

WRONG: Final = code(Outcome.WRONG)
EXPECTED: Final = 3
"""Where it stands in a body."""
FIND: Final = (
    "SELECT seq, target, at, seconds, outcome, coalesce(fingerprint, ''), version, caller, source,"
    " body FROM calls CROSS JOIN contexts USING (context) WHERE id = ?"
)
_REPLACE: Final = (
    "UPDATE calls SET target = ?, at = ?, seconds = ?, outcome = ?, context = ?, fingerprint = ?,"
    " body = ? WHERE seq = ?"
)

PUT_WORLD: Final = "INSERT OR REPLACE INTO worlds VALUES (?, ?, ?)"

_Columns = tuple[int, int, float | None, int, int, str | None, str]
"""Target, time, seconds, outcome, context, fingerprint, body."""


def replace_known(
    connection: sqlite3.Connection,
    records: Sequence[tuple[Execution, _Columns, Counted]],
    changes: Changes,
) -> None:
    """Put a record in the place of the known one with its id, where its source saw more.

    A label stays: of what came before it the new record knows nothing.
    """
    for execution, given, counted in records:
        seq, *before, source, text = _known(connection, execution.id)
        if execution.source.rank <= Source(source).rank:
            continue
        columns, after = given, counted
        if before[3] == WRONG:
            columns, after = _labelled(execution, given, counted, (before[4], text))
        connection.execute(_REPLACE, (*columns, seq))
        if execution.world is not None:  # else what another saw of it stays
            connection.execute(PUT_WORLD, (seq, *world_columns(execution.world)))
        changes.put([after])
        changes.take([as_counted(before)])


def _known(connection: sqlite3.Connection, wanted: ExecutionId) -> tuple[Any, ...]:
    row: tuple[Any, ...] = connection.execute(FIND, (put_text(wanted),)).fetchone()
    return row


def as_counted(columns: Sequence[Any]) -> Counted:
    """What ``FIND`` gives, from the target to the caller."""
    target, at, seconds, outcome, fingerprint, version, caller = columns
    return target, at, seconds, outcome, fingerprint, version, caller


def _labelled(
    execution: Execution, columns: _Columns, counted: Counted, label: tuple[str, str]
) -> tuple[_Columns, Counted]:
    fingerprint, text = label
    expected = decoded(text)[EXPECTED]
    if expected is None:
        expected = execution.expected
    target, at, seconds, _, context, _, _ = columns
    kept = body(replace(execution, expected=expected))
    return (
        (target, at, seconds, WRONG, context, fingerprint or None, kept),
        (*counted[:3], WRONG, fingerprint, *counted[5:]),
    )
