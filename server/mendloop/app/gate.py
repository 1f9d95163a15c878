"""The one way to a change: asks the policy, writes the answer down, issues the permit."""

from collections.abc import Mapping
from dataclasses import replace

import anyio.to_thread

from mendloop.app.believed import Believed, people
from mendloop.app.lately import done_of_late
from mendloop.app.permit import Permit
from mendloop.app.ports import Clock, Workspace
from mendloop.app.service import service
from mendloop.app.standing import StandingLeave
from mendloop.core.governance.decide import (
    Allowed,
    Denied,
    Done,
    Request,
    Standing,
    decide,
    tier_of,
)
from mendloop.core.governance.policy import Policy
from mendloop.errors import Refused
from mendloop.model.action import Action
from mendloop.model.approval import Approval
from mendloop.model.deployment import Deployment, DeploymentKind, Progress
from mendloop.model.in_git import GitState
from mendloop.model.proposal import NO_FILE, Proposal, change_digest
from mendloop.model.report import Report, report_digest
from mendloop.model.standing import StandingUse
from mendloop.model.value import Encoded
from mendloop.noun import dataclass
from mendloop.store.state import State, Tables

_ACTIONS = {DeploymentKind.DEPLOY: Action.DEPLOY, DeploymentKind.ROLLBACK: Action.ROLL_BACK}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """All that the decision on one proposal rests on."""

    request: Request
    standing: Standing
    report: Report | None
    approvals: tuple[Approval, ...]
    by: StandingUse | None = None
    """The standing approval by which it goes, where it needs one."""
    not_by: tuple[str, ...] = ()
    """Why it goes by none of the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the files of a change really are."""

    paths: tuple[str, ...]
    """Links followed."""
    own: tuple[str, ...]
    """Those that are of the loop itself."""


@service
class Gate:
    """The only issuer of permits."""

    state: State
    workspace: Workspace
    policy: Policy
    believed: Believed
    leave: StandingLeave
    clock: Clock

    async def admit(self, prepared: Deployment) -> Permit:
        """Let one deployment or rollback through, or say why not.

        In one transaction: the limits, the approvals and the stop are read, the approvals are
        spent, the deployment is put on record as prepared, and the decision is too. A refusal is
        on record just as well, and nothing else is then.

        Raises:
            NotFound: The proposal does not exist, or its target is declared no more.
            Refused: The policy does not allow it now.
        """
        action = _ACTIONS[prepared.kind]
        real = await anyio.to_thread.run_sync(self._places, prepared)
        proposal = await self._proposal(prepared) if action is Action.DEPLOY else None
        async with self.state.transaction() as tables:
            case = None
            if proposal is not None:
                case = await self._case(tables, proposal, prepared, real)
                case = await self._beforehand(tables, case)
            decision = self._decide(action, case)
            await self._note(tables, prepared, case, decision)
        if isinstance(decision, Denied):
            raise Refused(decision.reason, hint=decision.hint)
        return Permit._issue(action, change_digest(prepared.files))  # pyright: ignore[reportPrivateUsage]

    async def admit_undo(self, deployment: Deployment) -> Permit:
        """Let what was left half done be undone. Always allowed, and on record."""
        async with self.state.transaction() as tables:
            await tables.audit.append(
                "undo_admitted", {"deployment": deployment.id}, at=self.clock.now()
            )
        return Permit._issue(Action.RECOVER, change_digest(deployment.files))  # pyright: ignore[reportPrivateUsage]

    async def admit_commit(self, deployment: Deployment) -> Permit:
        """Let the repository be told of what is in place. Nothing else may be committed.

        Raises:
            NotFound: There is no such deployment.
            Refused: It is not in place, or no commit of it is wanted.
        """
        async with self.state.reading() as tables:
            known = await tables.deployments.get(deployment.id)
        wanted = known.git is not None and known.git.state is GitState.WANTED
        if known.progress is not Progress.COMMITTED or not wanted or known != deployment:
            raise Refused(
                f"No commit of {deployment.id} is wanted.", hint="Look at it with `mendloop show`."
            )
        return Permit._issue(Action.COMMIT, change_digest(deployment.files))  # pyright: ignore[reportPrivateUsage]

    async def _proposal(self, prepared: Deployment) -> Proposal | None:
        """What is to be deployed, by what its bytes are, and not by what the records call it."""
        if prepared.proposal is None:
            return None
        async with self.state.reading() as tables:
            kept = await tables.proposals.get(prepared.proposal)
        return await self.believed.proposal(kept)

    async def _beforehand(self, tables: Tables, case: _Case) -> _Case:
        """Let a standing approval stand in for a person where one is all that is missing."""
        decision = self._decide(Action.DEPLOY, case)
        if not isinstance(decision, Denied) or decision.code != "approval":
            return case
        found = await self.leave.covering(tables, case.request, case.standing.now)
        if isinstance(found, StandingUse):
            return replace(case, by=found, standing=replace(case.standing, approvals=1))
        return replace(case, not_by=found)

    def _decide(self, action: Action, case: _Case | None) -> Allowed | Denied:
        if case is None:
            standing = Standing(
                now=self.clock.now(),
                done=Done(deployments=(), of_target=(), last_rollback=None),
                approvals=0,
                stopped=None,
            )
            return decide(action, None, self.policy, standing)
        return decide(action, case.request, self.policy, case.standing)

    async def _case(
        self, tables: Tables, proposal: Proposal, prepared: Deployment, real: Places
    ) -> _Case:
        now = self.clock.now()
        report = await self.believed.report(tables, proposal)
        if report is not None and report.change != change_digest(prepared.files):
            report = None
        approvals: tuple[Approval, ...] = ()
        if report is not None:
            approvals = await self.believed.approvals(tables, proposal, report, now)
        request = Request.on(proposal, report)
        gone = tuple(f"{file.path} goes" for file in prepared.files if file.new == NO_FILE)
        request = replace(
            request,
            paths=tuple(dict.fromkeys((*request.paths, *real.paths))),
            own=real.own,
            blocked=(*request.blocked, *gone),
            rejected=await self.believed.rejection(tables, proposal.id),
        )
        standing = Standing(
            now=now,
            done=await done_of_late(tables, self.policy, proposal.targets, now),
            approvals=people(approvals),
            stopped=await tables.stop.current(),
        )
        return _Case(request=request, standing=standing, report=report, approvals=approvals)

    async def _note(
        self,
        tables: Tables,
        prepared: Deployment,
        case: _Case | None,
        decision: Allowed | Denied,
    ) -> None:
        facts = _facts(prepared)
        if case is not None:
            facts |= self._grounds(case)
        match decision:
            case Denied(reason=reason, code=code):
                facts |= {"code": code, "reason_refused": reason}
                await tables.audit.append(f"{prepared.kind}_refused", facts, at=self.clock.now())
            case Allowed():
                await tables.deployments.add(prepared)
                if case is not None:
                    await tables.approvals.spend(case.approvals, prepared.id)
                await tables.audit.append(f"{prepared.kind}_admitted", facts, at=self.clock.now())

    def _grounds(self, case: _Case) -> Mapping[str, Encoded]:
        tier, reasons = tier_of(case.request, self.policy)
        report = case.report
        return {
            "tier": tier.value,
            "tier_reasons": [*reasons],
            "verdict": None if report is None else report.verdict.value,
            "report": None if report is None else report_digest(report),
            "sandbox": None if report is None else report.tier,
            "approved_by": [*sorted(approval.by for approval in case.approvals)],
            "keys": [*sorted(approval.key for approval in case.approvals)],
            **_beforehand(case),
        }

    def _places(self, prepared: Deployment) -> Places:
        paths = [file.path for file in prepared.files]
        return Places(
            paths=tuple(self.workspace.real(path) for path in paths),
            own=tuple(path for path in paths if self.workspace.is_own(path)),
        )


def _beforehand(case: _Case) -> Mapping[str, Encoded]:
    if case.by is not None:
        return {"standing": case.by.id, "standing_by": case.by.by}
    return {"standing_not": [*case.not_by]} if case.not_by else {}


def _facts(prepared: Deployment) -> dict[str, Encoded]:
    files: list[Encoded] = [
        {"path": file.path, "old": file.old, "new": file.new} for file in prepared.files
    ]
    return {
        "deployment": prepared.id,
        "proposal": prepared.proposal,
        "undoes": prepared.undoes,
        "change": change_digest(prepared.files),
        "targets": [*prepared.targets],
        "files": files,
        "by": prepared.by,
        "why": prepared.reason,
    }
