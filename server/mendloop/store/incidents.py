"""Incidents: the findings that have an identity."""

from dataclasses import dataclass
from typing import Final

from mendloop.errors import NotFound
from mendloop.model.ids import IncidentId, TargetName
from mendloop.model.incident import Finding, Incident, IncidentKind, IncidentState
from mendloop.store.columns import (
    get_json,
    get_real,
    get_text,
    get_time,
    put_json,
    put_text,
    put_time,
)
from mendloop.store.sqlite import Parameter, Row, Statements

_SELECT: Final = (
    "SELECT id, kind, target, state, priority, summary, numbers, fingerprints, opened, updated"
    " FROM incidents"
)
_URGENT_FIRST: Final = "ORDER BY state, priority DESC, updated DESC, id LIMIT ?"


@dataclass(frozen=True, slots=True)
class Incidents:
    """The table of incidents."""

    statements: Statements

    async def add(self, incident: Incident) -> None:
        """Keep a new one. Of one kind and target one at most may be open."""
        await self.statements.fetch(
            "INSERT INTO incidents (id, kind, target, state, priority, summary, numbers,"
            " fingerprints, opened, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *_row(incident),
        )

    async def update(self, incident: Incident) -> None:
        """Keep what is now known of one.

        Raises:
            NotFound: There is none with this id.
        """
        kept, *others = _row(incident)
        rows = await self.statements.fetch(
            "UPDATE incidents SET kind = ?, target = ?, state = ?, priority = ?, summary = ?,"
            " numbers = ?, fingerprints = ?, opened = ?, updated = ? WHERE id = ? RETURNING 1",
            *others,
            kept,
        )
        if not rows:
            raise _unknown(incident.id)

    async def get(self, wanted: IncidentId) -> Incident:
        """The one with this id.

        Raises:
            NotFound: There is none.
        """
        row = await self.statements.first(f"{_SELECT} WHERE id = ?", put_text(wanted))
        if row is None:
            raise _unknown(wanted)
        return _incident(row)

    async def find_open(self, kind: IncidentKind, target: TargetName) -> Incident | None:
        """The open one of this kind on this target."""
        row = await self.statements.first(
            f"{_SELECT} WHERE kind = ? AND target = ? AND state = 'open'",
            kind.value,
            put_text(target),
        )
        return None if row is None else _incident(row)

    async def page(
        self,
        *,
        state: IncidentState | None = None,
        target: TargetName | None = None,
        limit: int,
    ) -> tuple[Incident, ...]:
        """Open ones before resolved ones, the most urgent of each first, then the newest."""
        clauses: list[str] = []
        values: list[Parameter] = []
        if target is not None:
            clauses.append("target = ?")
            values.append(put_text(target))
        if state is not None:
            clauses.append("state = ?")
            values.append(state.value)
        where = f"WHERE {' AND '.join(clauses)}" if clauses else ""
        rows = await self.statements.fetch(f"{_SELECT} {where} {_URGENT_FIRST}", *values, limit)
        return tuple(_incident(row) for row in rows)

    async def matching_ids(self, prefix: str, limit: int) -> tuple[IncidentId, ...]:
        """The ids that begin so, in order."""
        rows = await self.statements.fetch(
            "SELECT id FROM incidents WHERE id >= ?1 AND id < ?1 || char(1114111)"
            " ORDER BY id LIMIT ?2",
            put_text(prefix),
            limit,
        )
        return tuple(IncidentId(get_text(row[0])) for row in rows)


def _unknown(wanted: IncidentId) -> NotFound:
    return NotFound(f"There is no incident {wanted!r}.", hint="detect lists the open ones.")


def _row(incident: Incident) -> tuple[Parameter, ...]:
    finding = incident.finding
    return (
        put_text(incident.id),
        finding.kind.value,
        put_text(finding.target),
        incident.state.value,
        finding.priority,
        put_text(finding.summary),
        put_json(dict(finding.numbers)),
        put_json(finding.fingerprints),
        put_time(incident.opened),
        put_time(incident.updated),
    )


def _incident(row: Row) -> Incident:
    kept, kind, target, state, priority, summary, numbers, fingerprints, opened, updated = row
    return Incident(
        id=IncidentId(get_text(kept)),
        finding=Finding(
            kind=IncidentKind(kind),
            target=TargetName(get_text(target)),
            summary=get_text(summary),
            priority=get_real(priority),
            numbers=get_json(numbers),
            fingerprints=tuple(get_json(fingerprints)),
        ),
        state=IncidentState(state),
        opened=get_time(opened),
        updated=get_time(updated),
    )
