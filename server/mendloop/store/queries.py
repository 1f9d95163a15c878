"""What is asked of the history. Each is answered in the order of an index."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from mendloop.model.execution import Outcome
from mendloop.model.ids import TargetName
from mendloop.store.columns import put_bound, put_text, put_time
from mendloop.store.executions import COLUMNS, TABLES, code
from mendloop.store.prefixes import beginning
from mendloop.store.sqlite import Parameter

_LARGEST: Final = 2**63 - 1
_TARGET: Final = "(SELECT target FROM targets WHERE name = ?1)"
_SELECT: Final = f"SELECT seq, {COLUMNS} FROM {TABLES}"  # noqa: S608  constants
_FAILED: Final = "INDEXED BY calls_failed"
_KINDS: Final = "INDEXED BY calls_failed_by_kind"

BY_ID: Final = f"SELECT {COLUMNS} FROM {TABLES} WHERE calls.id = ?"  # noqa: S608  constants
AFTER: Final = f"{_SELECT} WHERE calls.target = {_TARGET} AND seq > ?2 ORDER BY seq LIMIT ?3"
SERIES: Final = (
    "SELECT at, outcome, seconds, fingerprint FROM calls"  # noqa: S608  constants
    f" WHERE target = {_TARGET} AND at >= ?2 ORDER BY at DESC, seq DESC LIMIT ?3"
)
MATCHING_IDS: Final = beginning("calls")
FEW: Final = 10_000
COUNT_SINCE: Final = (
    "SELECT count(*) FROM (SELECT 1 FROM calls INDEXED BY calls_by_time"  # noqa: S608  constants
    f" WHERE target = {_TARGET} AND at >= ?2 LIMIT {FEW + 1})"
)
LAST_SEQ: Final = "SELECT coalesce(max(seq), 0) FROM calls"
CALLED_AFTER: Final = (
    "SELECT name FROM targets WHERE target IN (SELECT target FROM calls WHERE seq > ?)"
    " ORDER BY name"
)
_THERE: Final = (
    # The hours and days there are, from the one that the time is in.
    "(SELECT start, seconds FROM totals WHERE start > ?2 - seconds AND start >= ?2 - 86400)"
)
_NEWEST: Final = (
    f"FROM calls {_KINDS} WHERE target = kinds.target"
    " AND fingerprint IS nullif(kinds.fingerprint, '') AND outcome <> 0 ORDER BY at DESC LIMIT 1"
)
KINDS: Final = (
    # Of each pair of a name and a start in a JSON list the most frequent kinds, and no more of
    # them are looked at.
    "WITH wanted AS (SELECT key AS number, (SELECT target FROM targets"  # noqa: S608  constants
    " WHERE name = json_extract(value, '$[0]')) AS whose, json_extract(value, '$[1]') AS since"
    " FROM json_each(?1)),"
    " counted AS (SELECT number, hour_names.target AS whose, name, sum(count) AS failures"
    " FROM wanted CROSS JOIN totals ON totals.start > since - totals.seconds"
    " AND totals.start >= since - 86400 CROSS JOIN hour_names USING (start, seconds)"
    " WHERE hour_names.target = whose AND what = 1 GROUP BY number, name),"
    " placed AS (SELECT *, row_number()"
    " OVER (PARTITION BY number ORDER BY failures DESC, name) AS place FROM counted)"
    " SELECT number, kinds.fingerprint, failures, kinds.first, kinds.last,"
    f" (SELECT outcome {_NEWEST}), (SELECT json_extract(body, '$[4].type') {_NEWEST})"
    " FROM placed CROSS JOIN kinds ON kinds.target = whose AND kinds.fingerprint = name"
    " WHERE place <= ?2 ORDER BY number, place"
)
HOURS: Final = (
    "SELECT start, seconds, version, digest, calls, failures, sketch"  # noqa: S608  constants
    f" FROM {_THERE} CROSS JOIN hours USING (start, seconds) LEFT JOIN versions USING (version)"
    f" WHERE target = {_TARGET} ORDER BY start, seconds, version"
)
HOUR_NAMES: Final = (
    "SELECT start, seconds, version, what, name, count"  # noqa: S608  constants
    f" FROM {_THERE} CROSS JOIN hour_names USING (start, seconds)"
    f" WHERE target = {_TARGET} ORDER BY start, seconds, version, what, name"
)
ALL_HOURS: Final = (
    "SELECT start, seconds, 0, NULL, calls, failures, sketch FROM totals"
    " WHERE start > ?1 - seconds AND start >= ?1 - 86400 AND calls > 0 ORDER BY start, seconds"
)


def recent(
    target: TargetName,
    *,
    outcomes: Collection[Outcome] | None,
    since: datetime | None,
    before: int | None,
    limit: int,
    few: bool = False,
) -> tuple[str, *tuple[Parameter, ...]]:
    """A query for the calls kept last, and its parameters.

    Failures are found in an index of their own, so that a few of them among many millions cost
    what they alone cost. Where calls that went well are wanted too, the calls are looked at one
    after the other, or, where there are few since that time, those.
    """
    failures = outcomes is not None and Outcome.OK not in outcomes
    others = "calls INDEXED BY " + ("calls_by_time" if few else "calls_by_target")
    index = f"calls {_FAILED}" if failures else others
    chosen = "" if outcomes is None else f" AND outcome IN ({_codes(outcomes)})"
    failed = " AND outcome <> 0" if failures else ""
    newest = (
        f"SELECT seq FROM {index} WHERE target = {_TARGET} AND seq < ?2"  # noqa: S608  constants and an enum
        f" AND at >= ?3{chosen}{failed} ORDER BY seq DESC LIMIT ?4"
    )
    return (
        f"{_SELECT} WHERE seq IN ({newest}) ORDER BY seq DESC",
        put_text(target),
        _LARGEST if before is None else put_bound(before),
        _since(since),
        limit,
    )


def whole(
    target: TargetName,
    *,
    outcomes: Collection[Outcome],
    since: datetime | None,
    before: int,
    limit: int,
) -> tuple[str, *tuple[Parameter, ...]]:
    """A query for number, body and what was told of calls that can be replayed, newest first.

    ``limit`` is how many calls are looked at; the body of one that is not wanted is NULL.
    """
    failures = Outcome.OK not in outcomes
    index = f"calls {_FAILED}" if failures else "calls INDEXED BY calls_by_target"
    failed = " AND outcome <> 0" if failures else ""
    query = (
        f"SELECT seq, CASE WHEN outcome IN ({_codes(outcomes)}) AND at >= ?3 AND whole"  # noqa: S608  constants and an enum
        f" THEN body END, told FROM {index} CROSS JOIN contexts USING (context)"
        " LEFT JOIN worlds USING (seq)"
        f" WHERE target = {_TARGET} AND seq < ?2{failed} ORDER BY seq DESC LIMIT ?4"
    )
    return (
        query,
        put_text(target),
        before,
        _since(since),
        limit,
    )


def by_seqs(count: int) -> str:
    """A query for so many calls by their sequence numbers, newest first."""
    marks = ", ".join("?" * count)
    return f"SELECT {COLUMNS} FROM {TABLES} WHERE seq IN ({marks}) ORDER BY seq DESC"  # noqa: S608  constants


def _codes(outcomes: Collection[Outcome]) -> str:
    # No outcome is an answer too, and an empty one.
    return ", ".join(str(code(outcome)) for outcome in Outcome if outcome in outcomes) or "-1"


def _since(since: datetime | None) -> int:
    return -_LARGEST if since is None else put_time(since)
