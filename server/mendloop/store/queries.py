"""What is asked of the history. Each is answered in the order of an index."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from mendloop.model.execution import Outcome
from mendloop.model.ids import TargetName
from mendloop.store.columns import put_bound, put_text, put_time
from mendloop.store.executions import COLUMNS
from mendloop.store.sqlite import Parameter

_LARGEST: Final = 2**63 - 1
_SELECT: Final = f"SELECT seq, {COLUMNS} FROM executions"  # noqa: S608  a constant

BY_ID: Final = f"SELECT {COLUMNS} FROM executions WHERE id = ?"  # noqa: S608  a constant
AFTER: Final = f"{_SELECT} WHERE target = ? AND seq > ? ORDER BY seq LIMIT ?"
SERIES: Final = (
    "SELECT at, outcome, seconds, fingerprint FROM executions"
    " WHERE target = ? AND at >= ? ORDER BY at DESC, seq DESC LIMIT ?"
)
SUMMARIES: Final = "SELECT target, calls, failures, last FROM tallies ORDER BY target"
MATCHING_IDS: Final = (
    "SELECT id FROM executions WHERE id >= ?1 AND id < ?1 || char(1114111) ORDER BY id LIMIT ?2"
)
LABEL: Final = (
    "UPDATE executions SET outcome = 'wrong',"  # noqa: S608  a constant
    f" expected = CASE WHEN ?2 THEN ?3 ELSE expected END WHERE id = ?1 RETURNING {COLUMNS}"
)


def recent(
    target: TargetName,
    *,
    outcomes: Collection[Outcome] | None,
    since: datetime | None,
    before: int | None,
    limit: int,
) -> tuple[str, *tuple[Parameter, ...]]:
    """A query for the calls kept last, and its parameters.

    With outcomes it has one part for each: SQLite merges parts that are in order, but would sort
    what it finds for a list of outcomes.
    """
    wanted = "target = ?1 AND seq < ?2 AND at >= ?3"
    parts = [f"{_SELECT} WHERE {wanted}"]
    if outcomes is not None:
        chosen = [outcome.value for outcome in Outcome if outcome in outcomes]
        # No outcome is an answer too, and an empty one.
        parts = [f"{_SELECT} WHERE {wanted} AND outcome = '{one}'" for one in chosen or [""]]
    return (
        f"{' UNION ALL '.join(parts)} ORDER BY seq DESC LIMIT ?4",
        put_text(target),
        _LARGEST if before is None else put_bound(before),
        _since(since),
        limit,
    )


def distinct(
    target: TargetName, *, outcomes: Collection[Outcome], since: datetime | None, limit: int
) -> tuple[str, *tuple[Parameter, ...]]:
    """A query for the newest of each distinct call, and its parameters.

    It goes once through the target's part of an index: the one that is in the order of the calls,
    or where there is a time the one that can begin there. SQLite knows too little to choose.
    """
    chosen = ", ".join(f"'{outcome.value}'" for outcome in Outcome if outcome in outcomes) or "''"
    index = "executions_by_call" if since is None else "executions_by_time"
    newest = (
        f"SELECT max(seq) FROM executions INDEXED BY {index}"  # noqa: S608  constants and an enum
        f" WHERE target = ?1 AND whole = 1 AND outcome IN ({chosen}) AND at >= ?2"
        " GROUP BY call ORDER BY max(seq) DESC LIMIT ?3"
    )
    return (
        f"SELECT {COLUMNS} FROM executions WHERE seq IN ({newest}) ORDER BY seq DESC",  # noqa: S608  constants
        put_text(target),
        _since(since),
        limit,
    )


def _since(since: datetime | None) -> int:
    return -_LARGEST if since is None else put_time(since)
