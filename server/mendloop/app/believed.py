"""What is believed of the records: nothing that can be had from a better witness.

Whoever can write the database can call a change small, a test passed, an approval given. So the
sort of a change is read again from its bytes, a report counts only where the audit log tells of
the same test, and an approval only with the signature that it bears.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import anyio.to_thread

from mendloop.app.certificate import TESTED
from mendloop.app.changes import Contents
from mendloop.app.ports import Blobs, Signers, Workspace
from mendloop.app.service import service
from mendloop.app.targets import effects_of, find_target
from mendloop.core.governance.manifest import differences, read_manifest
from mendloop.core.governance.policy import Policy
from mendloop.core.governance.tier import Request, tier_of
from mendloop.errors import NotFound
from mendloop.model.approval import Approval
from mendloop.model.ids import Digest, ProposalId, digest_of
from mendloop.model.proposal import NO_FILE, FileChange, Proposal
from mendloop.model.report import Report, report_digest
from mendloop.model.value import Encoded
from mendloop.store.state import Tables

ADMITTED: Final = "deploy_admitted"
REJECTED: Final = "rejected"
"""Entries of the audit log."""


@service
class Believed:
    """Looks at the evidence behind the records."""

    workspace: Workspace
    blobs: Blobs
    signers: Signers
    policy: Policy

    async def proposal(self, kept: Proposal) -> Proposal:
        """A proposal, called what its bytes say that it is; never less than the records say.

        Raises:
            NotFound: Its target is declared no more, or its bytes are gone.
            InvalidInput: ``mendloop.toml`` cannot be read.
            Unavailable: The disk does not work, or what is kept is damaged.
        """
        return await anyio.to_thread.run_sync(self._again, kept)

    async def report(self, tables: Tables, proposal: Proposal) -> Report | None:
        """The newest report on a proposal as it stands, if the audit log tells of that test."""
        report = await tables.reports.latest(proposal.id)
        if report is None or report.change != proposal.change:
            return None
        entry = await tables.audit.newest(TESTED, "proposal", proposal.id)
        if entry is None or entry.at != report.at:
            return None
        told = report_facts(report)
        return report if all(entry.facts.get(name) == said for name, said in told.items()) else None

    async def approvals(
        self, tables: Tables, proposal: Proposal, report: Report, now: datetime
    ) -> tuple[Approval, ...]:
        """What people have signed for a proposal on a report and is not used up, oldest first.

        A deployment that was let through uses up all that had been signed before it.
        """
        given = await tables.approvals.good(report.change, report_digest(report), now)
        held = [self.approval(each, proposal, report, now) for each in given]
        spent = await tables.audit.newest(ADMITTED, "proposal", proposal.id)
        return tuple(
            each for each in held if each is not None and (spent is None or _since(each) > spent.at)
        )

    async def rejection(self, tables: Tables, wanted: ProposalId) -> str:
        """Who has turned a proposal down, and why; empty where nobody has."""
        known = await tables.approvals.rejection(wanted)
        if known is not None:
            return f"{known.by}: {known.reason}"
        entry = await tables.audit.newest(REJECTED, "proposal", wanted)
        return "" if entry is None else f"{entry.facts.get('by')}: {entry.facts.get('reason')}"

    def approval(
        self, given: Approval, proposal: Proposal, report: Report, now: datetime
    ) -> Approval | None:
        """An approval by the name of who has signed it, if somebody who counts now has."""
        told = read_manifest(given.manifest)
        if isinstance(told, str) or told.stamp.expires <= now:
            return None
        signer = self.signers.signer(given.manifest.encode(), given.signature)
        if isinstance(signer, str) or signer.key != given.key:
            return None
        tier, _ = tier_of(Request.on(proposal, report), self.policy)
        if differences(told, proposal, report, tier, self.policy):
            return None
        return replace(given, by=signer.name)

    def _again(self, kept: Proposal) -> Proposal:
        from mendloop.app.review import (  # noqa: PLC0415  the reviewer loads with the work
            UNREADABLE,
            reviewed,
        )

        manifest = self.workspace.manifest()
        contents = Contents(
            old={file.path: self._bytes(file, file.old) for file in kept.files},
            new={
                file.path: self._bytes(file, file.new) or b""
                for file in kept.files
                if file.new != NO_FILE
            },
        )
        if not contents.new:
            return kept
        seen = reviewed(
            manifest,
            find_target(manifest, kept.targets[0]),
            contents,
            most_lines=self.policy.most_changed_lines,
            recorded=(),
        ).review
        # whether it can be loaded at all, the fresh interpreter says better
        more = (found for found in seen.findings if found.rule not in UNREADABLE)
        kinds = sorted((kept.kind, seen.kind), key=lambda kind: self.policy.tiers[kind].rank)
        return replace(
            kept,
            kind=kinds[-1],
            flags=kept.flags | seen.flags,
            findings=tuple(dict.fromkeys((*kept.findings, *more))),
            effects=kept.effects | effects_of(manifest, kept),
            changed_lines=max(kept.changed_lines, seen.changed_lines),
        )

    def _bytes(self, file: FileChange, digest: Digest | None) -> bytes | None:
        if digest is None:
            return None
        try:
            return self.blobs.get(digest)
        except NotFound:
            held = self.workspace.read(file.path)
            if digest_of(held) != digest:
                raise
            return held


def report_facts(report: Report) -> Mapping[str, Encoded]:
    """What the audit log tells of a test."""
    return {
        "proposal": report.proposal,
        "change": report.change,
        "verdict": report.verdict.value,
        "oracle": report.oracle,
        "cases": report.cases,
        "sandbox": report.tier,
    }


def _since(given: Approval) -> datetime:
    """When the manifest was written; for one that cannot be read, never."""
    told = read_manifest(given.manifest)
    return datetime.min.replace(tzinfo=UTC) if isinstance(told, str) else told.stamp.at


def people(approvals: Iterable[Approval]) -> int:
    """How many different people have approved.

    Two keys under one name are one person; who is who, the register says.
    """
    return len({approval.by.casefold() for approval in approvals})
