"""How the rollups are read."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from mendloop.model.execution import Outcome, Series
from mendloop.model.ids import TargetName
from mendloop.model.rollup import Heads, KindCount
from mendloop.store import queries
from mendloop.store.changes import SECOND
from mendloop.store.columns import get_real, get_text, get_time, put_text, put_time
from mendloop.store.executions import OUTCOMES
from mendloop.store.heads import HEADS
from mendloop.store.latencies import LATENCIES, merged
from mendloop.store.sqlite import Database


async def read_heads(database: Database) -> Heads:
    """The pulse of every target that was ever called."""
    rows = await database.glance(HEADS)
    return Heads(
        names=tuple([TargetName(get_text(row[0])) for row in rows]),
        pulses=tuple([row[1] for row in rows]),
        last=tuple([row[2] // SECOND for row in rows]),
    )


async def read_latencies(database: Database, names: Sequence[TargetName]) -> tuple[bytes, ...]:
    """How long the calls of targets took; empty where that is not known."""
    kept = [put_text(name) for name in names]
    rows = await database.glance(LATENCIES, json.dumps(kept))
    found = {row[0]: merged(row) for row in rows}
    return tuple(found.get(name, b"") for name in kept)


async def read_kinds(
    database: Database, wanted: Sequence[tuple[TargetName, datetime]], limit: int
) -> tuple[tuple[KindCount, ...], ...]:
    """The most frequent kinds of failures of targets, each since a time of its own."""
    pairs = [(put_text(target), put_time(since) // SECOND) for target, since in wanted]
    rows = await database.glance(queries.KINDS, json.dumps(pairs), limit)
    found: dict[int, list[KindCount]] = defaultdict(list)
    for number, fingerprint, failures, first, last, outcome, raised in rows:
        kind = KindCount(
            fingerprint=get_text(fingerprint),
            name=_name(outcome, raised),
            failures=failures,
            first=get_time(first),
            last=get_time(last),
        )
        found[int(number)].append(kind)
    return tuple(tuple(found[number]) for number in range(len(wanted)))


async def read_series(
    database: Database, target: TargetName, since: datetime, limit: int
) -> Series:
    """The newest calls of a target since a time, the oldest first."""
    rows = await database.glance(queries.SERIES, put_text(target), put_time(since), limit)
    rows.reverse()
    return Series(
        target=target,
        at=tuple(get_time(at) for at, _, _, _ in rows),
        failed=tuple(bool(outcome) for _, outcome, _, _ in rows),
        seconds=tuple(get_real(seconds) for _, _, seconds, _ in rows),
        fingerprints=tuple(get_text(fingerprint or "") for _, _, _, fingerprint in rows),
    )


async def few_since(database: Database, target: TargetName, since: datetime) -> bool:
    """Whether so few calls of a target are not older that all of them may be looked at."""
    rows = await database.glance(queries.COUNT_SINCE, put_text(target), put_time(since))
    return int(rows[0][0]) <= queries.FEW


def _name(outcome: int | None, raised: str | None) -> str:
    """What a person calls the kind of a failure, from the newest call that failed so."""
    if outcome is None:
        return "failures"
    match OUTCOMES[outcome]:
        case Outcome.WRONG:
            return "wrong answers"
        case Outcome.TIMEOUT:
            return "timeouts"
        case Outcome.ERROR | Outcome.OK:
            return (raised or "errors").rsplit(".", 1)[-1]
