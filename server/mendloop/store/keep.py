"""How calls come in: rows, rollups, mark and quarantine in one transaction."""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from mendloop.model.execution import Execution, Outcome
from mendloop.model.rollup import Mark, Quarantined
from mendloop.noun import dataclass
from mendloop.store.changes import Changes, Counted
from mendloop.store.columns import put_optional, put_text
from mendloop.store.executions import code, optional_real, world_columns
from mendloop.store.interned import Context, Found, Names, context, find
from mendloop.store.ledger import read_ledger
from mendloop.store.quarantine import put_aside
from mendloop.store.replacing import PUT_WORLD, replace_known
from mendloop.store.rollups import apply

_INSERT: Final = (
    "INSERT INTO calls (seq, id, target, at, seconds, outcome, context, fingerprint, body)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1) // timedelta(microseconds=1)

_Row = tuple[int, str, int, int, float | None, int, int, str | None, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is to be kept together."""

    executions: Sequence[Execution]
    bodies: Sequence[str]
    """Of each execution, as ``executions.bodies`` gives them."""
    mark: Mark | None = None
    quarantined: Sequence[Quarantined] = ()


def keep(connection: sqlite3.Connection, batch: Batch, names: Names) -> tuple[int, Found] | None:
    """Keep a batch. Only inside a transaction.

    Returns:
        How many were new, and what may be remembered once the transaction is committed; ``None``
        where the mark is not where it was.
    """
    if batch.mark is not None and not _move(connection, batch.mark):
        return None
    put_aside(connection, batch.quarantined)
    contexts = list(map(context, batch.executions))
    found = find(connection, names, [each.target for each in batch.executions], contexts)
    rows, counted = _rows(connection, batch, contexts, found)
    added = connection.executemany(_INSERT, rows).rowcount if rows else 0
    ledger = read_ledger(connection)
    changes = Changes(days_until=ledger.days_until)
    if added == len(rows):
        changes.put(counted)
        _keep_worlds(connection, batch, rows, range(added))
    else:
        first = rows[0][0]
        new = {
            seq for (seq,) in connection.execute("SELECT seq FROM calls WHERE seq >= ?", (first,))
        }
        changes.put(one for one, row in zip(counted, rows, strict=True) if row[0] in new)
        known = [place for place, row in enumerate(rows) if row[0] not in new]
        came = [place for place, row in enumerate(rows) if row[0] in new]
        _keep_worlds(connection, batch, rows, came)
        replace_known(
            connection,
            [(batch.executions[place], rows[place][2:], counted[place]) for place in known],
            changes,
        )
    apply(connection, changes, ledger)
    return added, found


def _move(connection: sqlite3.Connection, mark: Mark) -> bool:
    name = put_text(mark.name)
    found = connection.execute("SELECT offset FROM marks WHERE name = ?", (name,)).fetchone()
    if (found[0] if found else 0) != mark.before:
        return False
    connection.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, mark.after))
    return True


def _rows(
    connection: sqlite3.Connection, batch: Batch, places: Sequence[Context], found: Found
) -> tuple[list[_Row], list[Counted]]:
    rows: list[_Row] = []
    counted: list[Counted] = []
    seq = int(connection.execute("SELECT coalesce(max(seq), 0) FROM calls").fetchone()[0])
    texts = {None: None, "": ""} | {each[0]: put_optional(each[0]) for each in found.contexts}
    targets, contexts = found.targets, found.contexts
    plain = _plain(batch.executions)
    for execution, body, place in zip(batch.executions, batch.bodies, places, strict=True):
        seq += 1
        since = execution.at - _EPOCH
        at = since.days * _DAY + since.seconds * 1_000_000 + since.microseconds
        target = targets[execution.target]
        number, version = contexts[place]
        seconds = optional_real(execution.seconds)
        outcome = 0 if execution.outcome is Outcome.OK else code(execution.outcome)
        kind = put_text(execution.fingerprint) if execution.fingerprint else ""
        rows.append(
            (
                seq,
                execution.id if plain else put_text(execution.id),
                target,
                at,
                seconds,
                outcome,
                number,
                kind or None,
                body,
            )
        )
        caller = texts[execution.caller]
        counted.append((target, at, seconds, outcome, kind, version, caller))
    return rows, counted


def _keep_worlds(
    connection: sqlite3.Connection, batch: Batch, rows: Sequence[_Row], places: Iterable[int]
) -> None:
    """Keep what new calls saw of the world, where that is known."""
    for place in places:
        world = batch.executions[place].world
        if world is not None:
            connection.execute(PUT_WORLD, (rows[place][0], *world_columns(world)))


def _plain(executions: Sequence[Execution]) -> bool:
    """Whether all ids can stand as they are, told from all of them at once."""
    together = "".join([execution.id for execution in executions])
    return together.isascii() and "\0" not in together and '"' not in together
