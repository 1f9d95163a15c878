"""What a person says: yes to one change, no to one proposal, and go on after a stop."""

import secrets
from typing import Final

from mendloop.app.actor import is_machine
from mendloop.app.believed import REJECTED, Believed
from mendloop.app.lately import close_circuits
from mendloop.app.observing import SILENT, Act, Observer, observed
from mendloop.app.ports import Clock, Signers
from mendloop.app.service import service
from mendloop.core.governance.manifest import Stamp, differences, manifest_text, read_manifest
from mendloop.core.governance.policy import Policy, Tier
from mendloop.core.governance.tier import Request, tier_of
from mendloop.errors import Conflict, InvalidInput, Refused
from mendloop.model.approval import Approval, Rejection
from mendloop.model.ids import Digest, ProposalId, digest_of
from mendloop.model.proposal import Proposal
from mendloop.model.report import Report, Verdict, report_digest
from mendloop.model.stop import Stopped
from mendloop.store.state import State, Tables

_MAKE_ONE: Final = "Run `mendloop approve` again: it makes a new one."
_MOST_NAME: Final = 100
_MOST_REASON: Final = 1000


@service
class Approver:
    """Notes what people decide. Only the desk has one."""

    state: State
    policy: Policy
    signers: Signers
    believed: Believed
    clock: Clock
    observer: Observer = SILENT

    async def manifest(self, wanted: ProposalId, *, seen: Digest | None = None) -> str:
        """What a person signs to let the change of a proposal be deployed, on its present report.

        It is good once, for a while, and for nothing else: another content, another test or
        another policy needs another approval.

        Args:
            wanted: The proposal.
            seen: The digest of the report that the person has read; the newest one by default.

        Raises:
            NotFound: There is no such proposal.
            Conflict: It has not been tested as it stands, it was tested again since the person
                read the report, its test speaks against it, it is in place already, or somebody
                has rejected it.
        """
        now = self.clock.now()
        proposal = await self._proposal(wanted)
        async with self.state.reading() as tables:
            report = await self._report(tables, proposal)
        if seen is not None and seen != report_digest(report):
            raise Conflict(
                f"{wanted} was tested again meanwhile.", hint="Read the new report first."
            )
        return manifest_text(
            proposal,
            report,
            self._tier(proposal, report),
            self.policy,
            Stamp(nonce=secrets.token_hex(16), at=now, expires=now + self.policy.approval_lasts),
        )

    @observed(Act.APPROVE)
    async def approve(self, manifest: str, signature: str) -> Approval:
        """Take a signed manifest as an approval.

        All that it says is compared with the records, here and again when it is deployed.

        Args:
            manifest: The text that was signed.
            signature: In OpenSSH's form, for the namespace ``mendloop-approval/1``.

        Raises:
            NotFound: There is no such proposal.
            InvalidInput: It is no manifest.
            Refused: Nobody whose signature counts has signed it.
            Conflict: The world is not as it says any more, it has run out or was used before, or
                the proposal cannot be approved.
        """
        told = read_manifest(manifest)
        if isinstance(told, str):
            raise InvalidInput(f"This is no manifest: {told}.", hint=_MAKE_ONE)
        signer = self.signers.signer(manifest.encode(), signature)
        if isinstance(signer, str):
            raise Refused(signer, hint="`mendloop keys` lists the keys that count.")
        now = self.clock.now()
        proposal = await self._proposal(told.proposal)
        async with self.state.transaction() as tables:
            report = await self._report(tables, proposal)
            tier = self._tier(proposal, report)
            other = differences(told, proposal, report, tier, self.policy)
            if other:
                raise Conflict(
                    f"The manifest says otherwise than the records: {', '.join(other)}.",
                    hint=_MAKE_ONE,
                )
            if (
                not now < told.stamp.expires <= told.stamp.at + self.policy.approval_lasts
                or told.stamp.at > now
            ):
                raise Conflict("The manifest has run out.", hint=_MAKE_ONE)
            if await tables.approvals.signed(manifest):
                raise Conflict("The manifest was handed in before.", hint=_MAKE_ONE)
            approval = Approval(
                proposal=told.proposal,
                change=told.change,
                report=told.report,
                by=_person(signer.name),
                at=now,
                expires=told.stamp.expires,
                manifest=manifest,
                signature=signature,
                key=signer.key,
            )
            for held in await self.believed.approvals(tables, proposal, report, now):
                if held.by.casefold() == approval.by.casefold():
                    return held
            await tables.approvals.add(approval)
            await tables.audit.append(
                "approved",
                {
                    "proposal": approval.proposal,
                    "change": approval.change,
                    "report": approval.report,
                    "by": approval.by,
                    "key": approval.key,
                    "manifest": digest_of(manifest.encode()),
                    "expires": approval.expires.isoformat(),
                },
                at=now,
            )
        return approval

    @observed(Act.REJECT)
    async def reject(self, wanted: ProposalId, *, by: str, reason: str) -> Rejection:
        """Turn a proposal down; it is not deployed any more, whoever has approved it.

        Raises:
            NotFound: There is no such proposal.
            InvalidInput: ``by`` is nobody's name.
        """
        rejection = Rejection(
            proposal=wanted,
            by=_person(by),
            at=self.clock.now(),
            reason=reason.strip()[:_MOST_REASON],
        )
        async with self.state.transaction() as tables:
            proposal = await tables.proposals.get(wanted)
            await tables.approvals.reject(rejection)
            await tables.audit.append(
                REJECTED,
                {
                    "proposal": wanted,
                    "change": proposal.change,
                    "by": rejection.by,
                    "reason": rejection.reason,
                },
                at=rejection.at,
            )
        return rejection

    @observed(Act.RESUME)
    async def resume(self, *, by: str) -> Stopped | None:
        """Let changes happen again: end a stop, and close the circuits that failures opened.

        Returns:
            The stop that has ended; ``None`` where nothing was stopped.

        Raises:
            InvalidInput: ``by`` is nobody's name.
        """
        name = _person(by)
        async with self.state.transaction() as tables:
            now, stopped = self.clock.now(), await tables.stop.current()
            await close_circuits(tables, now)
            if stopped is not None:
                await tables.stop.clear()
            event = "circuits_closed" if stopped is None else "resumed"
            await tables.audit.append(event, {"by": name}, at=now)
        return stopped

    async def _proposal(self, wanted: ProposalId) -> Proposal:
        async with self.state.reading() as tables:
            kept = await tables.proposals.get(wanted)
        return await self.believed.proposal(kept)

    def _tier(self, proposal: Proposal, report: Report) -> Tier:
        return tier_of(Request.on(proposal, report), self.policy)[0]

    async def _report(self, tables: Tables, proposal: Proposal) -> Report:
        rejection = await tables.approvals.rejection(proposal.id)
        if rejection is not None:
            raise Conflict(
                f"{proposal.id} was rejected by {rejection.by}: {rejection.reason}",
                hint="Let another change be proposed.",
            )
        expected = {file.path: file.expected for file in await tables.files.among(_paths(proposal))}
        if all(expected.get(file.path) == file.new for file in proposal.files):
            raise Conflict(
                f"{proposal.id} is in place already, so that there is nothing to approve.",
                hint=f"Look at it with `mendloop versions {proposal.targets[0]}`.",
            )
        report = await self.believed.report(tables, proposal)
        if report is None:
            raise Conflict(
                f"{proposal.id} has not been tested as it stands.",
                hint=f"Run `mendloop test {proposal.id}` and read the report first.",
            )
        if report.verdict in {Verdict.FAILED, Verdict.BROKEN}:
            raise Conflict(
                f"The latest test of {proposal.id} is {report.verdict}: it cannot be deployed.",
                hint=f"Read `mendloop show {proposal.id}`; an approval would not change that.",
            )
        return report


def _paths(proposal: Proposal) -> tuple[str, ...]:
    return tuple(file.path for file in proposal.files)


def _person(name: str) -> str:
    """A person's name, as they wrote it.

    Raises:
        InvalidInput: It is empty, too long, not printable, or a machine's.
    """
    name = name.strip()
    if name and name.isprintable() and len(name) <= _MOST_NAME and not is_machine(name):
        return name
    raise InvalidInput(
        f"{name[:_MOST_NAME]!r} is no person's name.", hint="Approve from an account of your own."
    )
