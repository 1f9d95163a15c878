"""How the hours of a target are read."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from mendloop.model.ids import Digest, TargetName
from mendloop.model.rollup import Hour
from mendloop.store import queries
from mendloop.store.changes import CALLER, SECOND
from mendloop.store.columns import get_optional, get_text, get_time, put_text, put_time
from mendloop.store.sqlite import Database, Row

_Key = tuple[int, int, int]
"""Start, width, version."""
_NOTHING: Final[dict[str, int]] = {}


async def read_hours(
    database: Database, target: TargetName | None, since: datetime
) -> tuple[Hour, ...]:
    """The hours of a target, or of all together, oldest first."""
    start = put_time(since) // SECOND
    if target is None:
        return _hours(await database.glance(queries.ALL_HOURS, start), ())
    async with database.reading() as statements:
        rows = await statements.fetch(queries.HOURS, put_text(target), start)
        names = await statements.fetch(queries.HOUR_NAMES, put_text(target), start)
    return _hours(rows, names)


def _hours(rows: Iterable[Row], names: Iterable[Row]) -> tuple[Hour, ...]:
    callers: dict[_Key, dict[str, int]] = {}
    kinds: dict[_Key, dict[str, int]] = {}
    for start, seconds, version, what, name, count in names:
        which = callers if what == CALLER else kinds
        which.setdefault((start, seconds, version), {})[get_text(name)] = count
    return tuple(
        Hour(
            start=get_time(start * SECOND),
            seconds=seconds,
            version=None if digest is None else Digest(get_optional(digest) or ""),
            calls=calls,
            failures=failures,
            sketch=sketch,
            callers=callers.get((start, seconds, version), _NOTHING),
            kinds=kinds.get((start, seconds, version), _NOTHING),
        )
        for start, seconds, version, digest, calls, failures, sketch in rows
    )
