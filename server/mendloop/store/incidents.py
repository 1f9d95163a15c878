"""Incidents: the findings that have an identity, and since when the targets are declared."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from mendloop.errors import NotFound
from mendloop.model.ids import IncidentId, TargetName
from mendloop.model.incident import (
    Finding,
    Incident,
    IncidentKind,
    IncidentState,
    settled,
)
from mendloop.noun import dataclass
from mendloop.store.columns import (
    get_json,
    get_real,
    get_text,
    get_time,
    put_json,
    put_text,
    put_time,
)
from mendloop.store.prefixes import matching
from mendloop.store.sqlite import Parameter, Row, Statements

_COLUMNS: Final = (
    "kind, target, others, key, state, priority, summary, numbers, fingerprints, opened, updated,"
    " reopened, muted_until, muted_priority, ended"
)
_SELECT: Final = f"SELECT id, {_COLUMNS} FROM incidents"  # noqa: S608  a constant
_URGENT_FIRST: Final = "ORDER BY priority DESC, updated DESC, id LIMIT ?"
_INSERT: Final = (
    f"INSERT INTO incidents (id, {_COLUMNS}, settled)"  # noqa: S608  constants
    f" VALUES ({', '.join('?' * 17)})"
)
_STORE: Final = f"{_INSERT} ON CONFLICT (id) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in (*_COLUMNS.split(", "), "settled")
)
_UPDATE: Final = (
    f"UPDATE incidents SET ({_COLUMNS}, settled) = ({', '.join('?' * 16)})"  # noqa: S608  constants
    " WHERE id = ? RETURNING 1"
)
_ORDER: Final = (IncidentState.OPEN, IncidentState.MUTED, IncidentState.RESOLVED)


@dataclass(frozen=True, slots=True)
class Incidents:
    """The table of incidents, and that of declared targets."""

    statements: Statements

    async def add(self, incident: Incident) -> None:
        """Keep a new one. Of one identity one at most may be open or muted."""
        await self.statements.fetch(_INSERT, *_row(incident))

    async def update(self, incident: Incident) -> None:
        """Keep what is now known of one.

        Raises:
            NotFound: There is none with this id.
        """
        kept, *others = _row(incident)
        if not await self.statements.fetch(_UPDATE, *others, kept):
            raise _unknown(incident.id)

    async def store(self, incidents: Sequence[Incident]) -> None:
        """Keep what is now known of many, new ones and others, in the order given."""
        await self.statements.many(_STORE, map(_row, incidents))

    async def get(self, wanted: IncidentId) -> Incident:
        """The one with this id.

        Raises:
            NotFound: There is none.
        """
        row = await self.statements.first(f"{_SELECT} WHERE id = ?", put_text(wanted))
        if row is None:
            raise _unknown(wanted)
        return _incident(row)

    async def live(self) -> tuple[Incident, ...]:
        """All that have not ended, open and muted; the most urgent first."""
        rows = await self.statements.fetch(
            f"{_SELECT} WHERE state <> 'resolved' ORDER BY priority DESC, updated DESC, id"
        )
        return tuple(_incident(row) for row in rows)

    async def ended(self, *, since: datetime) -> tuple[Incident, ...]:
        """Those that ended since a time, and whenever a person has ended one; the newest first."""
        rows = await self.statements.fetch(
            f"{_SELECT} WHERE state = 'resolved' AND updated >= ?1"
            f" UNION ALL {_SELECT} WHERE state = 'resolved' AND settled = 1 AND updated < ?1"
            " ORDER BY updated DESC, id",
            put_time(since),
        )
        return tuple(_incident(row) for row in rows)

    async def page(
        self,
        *,
        state: IncidentState | None = None,
        target: TargetName | None = None,
        limit: int,
    ) -> tuple[Incident, ...]:
        """Open ones, then muted, then resolved; the most urgent of each first, then the newest."""
        where, values = "state = ?", list[Parameter]()
        if target is not None:
            where, values = "target = ? AND state = ?", [put_text(target)]
        rows: list[Row] = []
        for each in _ORDER if state is None else (state,):
            rows += await self.statements.fetch(
                f"{_SELECT} WHERE {where} {_URGENT_FIRST}", *values, each.value, limit - len(rows)
            )
        return tuple(_incident(row) for row in rows)

    async def matching_ids(self, prefix: str, limit: int) -> tuple[IncidentId, ...]:
        """The ids that begin so, in order."""
        found = await matching(self.statements, "incidents", prefix, limit)
        return tuple(IncidentId(each) for each in found)

    async def declared(self) -> Mapping[TargetName, datetime]:
        """Since when each target is known to be declared."""
        rows = await self.statements.fetch("SELECT target, since FROM declared")
        return {TargetName(get_text(target)): get_time(since) for target, since in rows}

    async def declare(
        self, new: Collection[TargetName], gone: Collection[TargetName], *, at: datetime
    ) -> None:
        """Note targets that are declared from now on, and forget others that no longer are."""
        await self.statements.many(
            "INSERT OR IGNORE INTO declared (target, since) VALUES (?, ?)",
            [(put_text(name), put_time(at)) for name in new],
        )
        await self.statements.many(
            "DELETE FROM declared WHERE target = ?", [(put_text(name),) for name in gone]
        )


def _unknown(wanted: IncidentId) -> NotFound:
    return NotFound(f"There is no incident {wanted!r}.", hint="detect lists the open ones.")


def _row(incident: Incident) -> tuple[Parameter, ...]:
    finding = incident.finding
    return (
        put_text(incident.id),
        finding.kind.value,
        put_text(finding.target),
        put_json(finding.others),
        put_text(finding.key),
        incident.state.value,
        finding.priority,
        put_text(finding.summary),
        put_json(dict(finding.numbers)),
        put_json(finding.fingerprints),
        put_time(incident.opened),
        put_time(incident.updated),
        incident.reopened,
        None if incident.muted_until is None else put_time(incident.muted_until),
        incident.muted_priority,
        put_text(incident.ended),
        settled(incident),
    )


def _incident(row: Row) -> Incident:
    kept, kind, target, others, key, state, priority, summary, numbers, fingerprints, *life = row
    opened, updated, reopened, muted_until, muted_priority, ended = life
    return Incident(
        id=IncidentId(get_text(kept)),
        finding=Finding(
            kind=IncidentKind(kind),
            target=TargetName(get_text(target)),
            summary=get_text(summary),
            priority=get_real(priority),
            numbers=get_json(numbers),
            fingerprints=tuple(get_json(fingerprints)),
            others=tuple(TargetName(other) for other in get_json(others)),
            key=get_text(key),
        ),
        state=IncidentState(state),
        opened=get_time(opened),
        updated=get_time(updated),
        reopened=reopened,
        muted_until=None if muted_until is None else get_time(muted_until),
        muted_priority=get_real(muted_priority),
        ended=get_text(ended),
    )
