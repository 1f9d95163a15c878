"""What a person says: yes to one change, no to one proposal, and go on after a stop."""

from dataclasses import dataclass
from typing import Final

from mendloop.app.ports import Clock
from mendloop.core.governance.policy import Policy
from mendloop.errors import Conflict, InvalidInput
from mendloop.model.approval import Approval, Rejection
from mendloop.model.ids import Digest, ProposalId
from mendloop.model.proposal import Proposal
from mendloop.model.report import Report, Verdict, report_digest
from mendloop.model.stop import Stopped
from mendloop.store.state import State, Tables

_MACHINES: Final = frozenset({"agent", "monitor", "unknown"})
_MOST_NAME: Final = 100
_MOST_REASON: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """Notes what people decide. Only the desk has one."""

    state: State
    policy: Policy
    clock: Clock

    async def approve(self, wanted: ProposalId, *, by: str, seen: Digest | None = None) -> Approval:
        """Approve the change that a proposal makes, on the report that it has now.

        It is good once, for a while, and for nothing else: another content or another test needs
        another approval.

        Args:
            wanted: The proposal.
            by: The person's name.
            seen: The digest of the report that the person has read; the newest one by default.

        Returns:
            The approval; the earlier one where this person has given one that is still good.

        Raises:
            NotFound: There is no such proposal.
            InvalidInput: ``by`` is nobody's name.
            Conflict: It has not been tested as it stands, it was tested again since the person
                read the report, its test speaks against it, or somebody has rejected it.
        """
        name = _person(by)
        now = self.clock.now()
        async with self.state.transaction() as tables:
            proposal = await tables.proposals.get(wanted)
            report = await self._report(tables, proposal)
            if seen is not None and seen != report_digest(report):
                raise Conflict(
                    f"{wanted} was tested again meanwhile.", hint="Read the new report first."
                )
            approval = Approval(
                proposal=wanted,
                change=proposal.change,
                report=report_digest(report),
                by=name,
                at=now,
                expires=now + self.policy.approval_lasts,
            )
            for known in await tables.approvals.good(approval.change, approval.report, now):
                if known.by.casefold() == name.casefold():
                    return known
            await tables.approvals.add(approval)
            await tables.audit.append(
                "approved",
                {
                    "proposal": wanted,
                    "change": approval.change,
                    "report": approval.report,
                    "by": name,
                    "expires": approval.expires.isoformat(),
                },
                at=now,
            )
        return approval

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
                "rejected",
                {
                    "proposal": wanted,
                    "change": proposal.change,
                    "by": rejection.by,
                    "reason": rejection.reason,
                },
                at=rejection.at,
            )
        return rejection

    async def resume(self, *, by: str) -> Stopped | None:
        """Let changes happen again.

        Returns:
            The stop that has ended; ``None`` where nothing was stopped.

        Raises:
            InvalidInput: ``by`` is nobody's name.
        """
        name = _person(by)
        async with self.state.transaction() as tables:
            stopped = await tables.stop.current()
            if stopped is not None:
                await tables.stop.clear()
                await tables.audit.append("resumed", {"by": name}, at=self.clock.now())
        return stopped

    async def _report(self, tables: Tables, proposal: Proposal) -> Report:
        rejection = await tables.approvals.rejection(proposal.id)
        if rejection is not None:
            raise Conflict(
                f"{proposal.id} was rejected by {rejection.by}: {rejection.reason}",
                hint="Let another change be proposed.",
            )
        report = await tables.reports.latest(proposal.id)
        if report is None or report.change != proposal.change:
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


def _person(name: str) -> str:
    """A person's name, as they wrote it.

    Raises:
        InvalidInput: It is empty, too long, not printable, or a machine's.
    """
    name = name.strip()
    if name and name.isprintable() and len(name) <= _MOST_NAME and name.casefold() not in _MACHINES:
        return name
    raise InvalidInput(
        f"{name[:_MOST_NAME]!r} is no person's name.", hint="Approve from an account of your own."
    )
