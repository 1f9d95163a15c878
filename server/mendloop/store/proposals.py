"""Proposals, the newest first."""

from dataclasses import asdict
from typing import Any, Final

from mendloop.errors import NotFound
from mendloop.model.ids import Digest, IncidentId, ProposalId, TargetName
from mendloop.model.proposal import ChangeKind, FileChange, Flag, Proposal, StaticFinding
from mendloop.model.target import SideEffect
from mendloop.noun import dataclass
from mendloop.store.columns import (
    get_json,
    get_optional,
    get_text,
    get_time,
    put_json,
    put_optional,
    put_text,
    put_time,
)
from mendloop.store.prefixes import matching
from mendloop.store.sqlite import Parameter, Row, Statements

_SELECT: Final = (
    "SELECT id, change, targets, files, kind, flags, findings, origin, rationale, incident, at,"
    " changed_lines, effects FROM proposals"
)


@dataclass(frozen=True, slots=True)
class Proposals:
    """The table of proposals, and that of their targets."""

    statements: Statements

    async def add(self, proposal: Proposal) -> None:
        """Keep a new one."""
        rows = await self.statements.fetch(
            "INSERT INTO proposals (id, change, targets, files, kind, flags, findings, origin,"
            " rationale, incident, at, changed_lines, effects)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq",
            *_row(proposal),
        )
        await self.statements.many(
            "INSERT INTO proposal_targets (target, proposal) VALUES (?, ?)",
            [(put_text(target), rows[0][0]) for target in sorted(set(proposal.targets))],
        )

    async def get(self, wanted: ProposalId) -> Proposal:
        """The one with this id.

        Raises:
            NotFound: There is none.
        """
        row = await self.statements.first(f"{_SELECT} WHERE id = ?", put_text(wanted))
        if row is None:
            raise NotFound(
                f"There is no proposal {wanted!r}.", hint="status lists those that wait."
            )
        return _proposal(row)

    async def page(self, *, target: TargetName | None = None, limit: int) -> tuple[Proposal, ...]:
        """The newest first."""
        if target is None:
            rows = await self.statements.fetch(f"{_SELECT} ORDER BY seq DESC LIMIT ?", limit)
        else:
            rows = await self.statements.fetch(
                f"{_SELECT} JOIN proposal_targets AS touched ON touched.proposal = seq"
                " WHERE touched.target = ? ORDER BY touched.proposal DESC LIMIT ?",
                put_text(target),
                limit,
            )
        return tuple(_proposal(row) for row in rows)

    async def waiting(self, *, limit: int) -> tuple[Proposal, ...]:
        """The newest that are neither deployed nor rejected."""
        rows = await self.statements.fetch(
            f"{_SELECT} WHERE waiting = 1 ORDER BY seq DESC LIMIT ?", limit
        )
        return tuple(_proposal(row) for row in rows)

    async def same_change(self, change: Digest) -> Proposal | None:
        """The newest one that would do exactly this."""
        row = await self.statements.first(
            f"{_SELECT} WHERE change = ? ORDER BY seq DESC LIMIT 1", put_text(change)
        )
        return None if row is None else _proposal(row)

    async def matching_ids(self, prefix: str, limit: int) -> tuple[ProposalId, ...]:
        """The ids that begin so, in order."""
        found = await matching(self.statements, "proposals", prefix, limit)
        return tuple(ProposalId(each) for each in found)


def put_files(files: tuple[FileChange, ...]) -> str:
    """The text of some file changes, for a column."""
    return put_json([asdict(file) for file in files])


def get_files(kept: str) -> tuple[FileChange, ...]:
    """The file changes back."""
    return tuple(FileChange(**part) for part in get_json(kept))


def _row(proposal: Proposal) -> tuple[Parameter, ...]:
    return (
        put_text(proposal.id),
        proposal.change,
        put_json(proposal.targets),
        put_files(proposal.files),
        proposal.kind.value,
        put_json(sorted(flag.value for flag in proposal.flags)),
        put_json([asdict(finding) for finding in proposal.findings]),
        put_text(proposal.origin),
        put_text(proposal.rationale),
        put_optional(proposal.incident),
        put_time(proposal.at),
        proposal.changed_lines,
        put_json(sorted(effect.value for effect in proposal.effects)),
    )


def _proposal(row: Row) -> Proposal:
    kept, _, targets, files, kind, flags, findings, *others = row
    origin, rationale, incident, at, lines, effects = others
    found: Any = get_optional(incident)
    return Proposal(
        id=ProposalId(get_text(kept)),
        targets=tuple(TargetName(target) for target in get_json(targets)),
        files=get_files(files),
        kind=ChangeKind(kind),
        flags=frozenset(Flag(flag) for flag in get_json(flags)),
        findings=tuple(StaticFinding(**part) for part in get_json(findings)),
        origin=get_text(origin),
        rationale=get_text(rationale),
        incident=None if found is None else IncidentId(found),
        at=get_time(at),
        changed_lines=lines,
        effects=frozenset(SideEffect(effect) for effect in get_json(effects)),
    )
