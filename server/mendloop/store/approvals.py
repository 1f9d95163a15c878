"""What people have allowed, and what they have turned down."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from mendloop.errors import Conflict
from mendloop.model.approval import Approval, Rejection
from mendloop.model.ids import DeploymentId, Digest, ProposalId
from mendloop.noun import dataclass
from mendloop.store.columns import (
    get_optional,
    get_text,
    get_time,
    put_optional,
    put_text,
    put_time,
)
from mendloop.store.sqlite import Row, Statements

_COLUMNS: Final = (
    "proposal, change, report, author, at, expires, manifest, signature, signer, spent_on"
)


@dataclass(frozen=True, slots=True)
class Approvals:
    """The tables of approvals and rejections."""

    statements: Statements

    async def add(self, approval: Approval) -> None:
        """Note a person's leave."""
        await self.statements.fetch(
            "INSERT INTO approvals (proposal, change, report, author, at, expires, manifest,"
            " signature, signer, spent_on) SELECT ?1, ?2, ?3, ?4,"
            # no two of one person's at the very same time
            " max(?5, coalesce((SELECT max(at) + 1 FROM approvals WHERE proposal = ?1"
            " AND change = ?2 AND report = ?3 AND author = ?4), ?5)), ?6, ?7, ?8, ?9, ?10",
            put_text(approval.proposal),
            put_text(approval.change),
            put_text(approval.report),
            put_text(approval.by),
            put_time(approval.at),
            put_time(approval.expires),
            put_text(approval.manifest),
            put_text(approval.signature),
            put_text(approval.key),
            put_optional(approval.spent_on),
        )

    async def good(self, change: Digest, report: Digest, now: datetime) -> tuple[Approval, ...]:
        """Those for this very change after this very report that are neither spent nor expired.

        The oldest first. One is good until before the time at which it expires.
        """
        rows = await self.statements.fetch(
            f"SELECT {_COLUMNS} FROM approvals"  # noqa: S608  a constant
            " WHERE change = ? AND report = ? AND spent_on IS NULL AND expires > ? ORDER BY seq",
            put_text(change),
            put_text(report),
            put_time(now),
        )
        return tuple(_approval(row) for row in rows)

    async def spent_on(self, deployment: DeploymentId) -> tuple[Approval, ...]:
        """Those that let a deployment through, the oldest first."""
        rows = await self.statements.fetch(
            f"SELECT {_COLUMNS} FROM approvals WHERE spent_on = ? ORDER BY seq",  # noqa: S608
            put_text(deployment),
        )
        return tuple(_approval(row) for row in rows)

    async def signed(self, manifest: str) -> bool:
        """Whether this very manifest was handed in before, whatever became of it."""
        row = await self.statements.first(
            "SELECT 1 FROM approvals WHERE manifest = ?", put_text(manifest)
        )
        return row is not None

    async def spend(self, approvals: Sequence[Approval], deployment: DeploymentId) -> None:
        """Use approvals up for one deployment.

        Raises:
            Conflict: One of them is not there, or has been used already.
        """
        for approval in approvals:
            rows = await self.statements.fetch(
                "UPDATE approvals SET spent_on = ? WHERE change = ? AND report = ?"
                " AND proposal = ? AND manifest = ? AND spent_on IS NULL RETURNING 1",
                put_text(deployment),
                put_text(approval.change),
                put_text(approval.report),
                put_text(approval.proposal),
                put_text(approval.manifest),
            )
            if not rows:
                raise Conflict(
                    f"The approval of {approval.proposal} by {approval.by} is used up.",
                    hint="Ask for a new approval.",
                )

    async def reject(self, rejection: Rejection) -> None:
        """Note a person's no; a later one takes its place."""
        await self.statements.fetch(
            "INSERT INTO rejections (proposal, author, at, reason) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (proposal) DO UPDATE SET author = excluded.author, at = excluded.at,"
            " reason = excluded.reason",
            put_text(rejection.proposal),
            put_text(rejection.by),
            put_time(rejection.at),
            put_text(rejection.reason),
        )

    async def rejection(self, proposal: ProposalId) -> Rejection | None:
        """The no to a proposal, if there is one."""
        row = await self.statements.first(
            "SELECT proposal, author, at, reason FROM rejections WHERE proposal = ?",
            put_text(proposal),
        )
        return None if row is None else _rejection(row)


def _approval(row: Row) -> Approval:
    proposal, change, report, author, at, expires, manifest, signature, signer, spent_on = row
    deployment = get_optional(spent_on)
    return Approval(
        proposal=ProposalId(get_text(proposal)),
        change=Digest(get_text(change)),
        report=Digest(get_text(report)),
        by=get_text(author),
        at=get_time(at),
        expires=get_time(expires),
        manifest=get_text(manifest),
        signature=get_text(signature),
        key=get_text(signer),
        spent_on=None if deployment is None else DeploymentId(deployment),
    )


def _rejection(row: Row) -> Rejection:
    proposal, author, at, reason = row
    return Rejection(
        proposal=ProposalId(get_text(proposal)),
        by=get_text(author),
        at=get_time(at),
        reason=get_text(reason),
    )
