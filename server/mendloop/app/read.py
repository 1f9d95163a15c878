"""What can be looked at: the history, the state, and nothing that changes either."""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from mendloop.app.attempts import Attempt, attempts
from mendloop.app.believed import ADMITTED
from mendloop.app.drift import Warden
from mendloop.app.left import left_of
from mendloop.app.ports import Blobs, Clock, Sandbox, Workspace
from mendloop.app.service import service
from mendloop.app.standing import InForce, StandingLeave
from mendloop.app.targets import find_target
from mendloop.app.views import FileTexts, Status, TargetView, VersionsView, WentBy
from mendloop.core.governance.manifest import policy_digest
from mendloop.core.governance.policy import Policy
from mendloop.errors import NotFound
from mendloop.model.approval import Rejection
from mendloop.model.audit import AuditEntry, Noted
from mendloop.model.deployment import Deployment, Version, Watch
from mendloop.model.diagnosis import Diagnosis
from mendloop.model.execution import Execution, Outcome
from mendloop.model.ids import DeploymentId, Digest, ExecutionId, IncidentId, ProposalId, TargetName
from mendloop.model.incident import Incident, IncidentState
from mendloop.model.observation import SandboxState
from mendloop.model.proposal import NO_FILE, FileChange, Proposal
from mendloop.model.report import Report
from mendloop.model.standing import StandingId
from mendloop.store.audit import ChainCheck
from mendloop.store.history import History, Row
from mendloop.store.overview import Overview, StandingLine
from mendloop.store.state import State

_COMPLETIONS: Final = 100


@service
class Reader:
    """Looks things up."""

    state: State
    history: History
    workspace: Workspace
    blobs: Blobs
    sandbox: Sandbox
    warden: Warden
    policy: Policy
    leave: StandingLeave
    clock: Clock

    async def status(self) -> Status:
        """How things stand, in one round trip to the database."""
        now = self.clock.now()
        overview = await self.state.overview(
            hour_ago=now - timedelta(hours=1), day_ago=now - timedelta(days=1)
        )
        return Status(
            overview=overview,
            left=left_of(overview, self.policy),
            standing=self._standing(overview, now),
        )

    async def standing(self) -> tuple[InForce, ...]:
        """The standing approvals in force, each with its signature checked, oldest first."""
        now = self.clock.now()
        async with self.state.reading() as tables:
            found = [
                await self.leave.check(tables, given, now)
                for given in await tables.standings.live(now)
            ]
        return tuple(each for each in found if isinstance(each, InForce))

    async def went_by(self, wanted: DeploymentId) -> WentBy | None:
        """The standing approval by which a deployment went, if it went by one."""
        async with self.state.reading() as tables:
            entry = await tables.audit.newest(ADMITTED, "deployment", wanted)
        name = None if entry is None else entry.facts.get("standing")
        if entry is None or not isinstance(name, str):
            return None
        return WentBy(id=StandingId(name), by=str(entry.facts.get("standing_by", "")))

    async def rejection(self, wanted: str) -> Rejection | None:
        """Who has turned a proposal down, and why; ``None`` where nobody has."""
        async with self.state.reading() as tables:
            return await tables.approvals.rejection(ProposalId(wanted))

    async def targets(self) -> tuple[TargetView, ...]:
        """Every target that is declared or was recorded, by name.

        Raises:
            InvalidInput: ``mendloop.toml`` cannot be read.
        """
        declared = self.workspace.manifest().targets
        recorded = {summary.target: summary for summary in await self.history.summaries()}
        return tuple(
            TargetView(name=name, target=declared.get(name), summary=recorded.get(name))
            for name in sorted({*declared, *recorded})
        )

    async def target(self, name: str) -> TargetView:
        """One target.

        Raises:
            NotFound: It is neither declared nor recorded.
        """
        for view in await self.targets():
            if view.name == name:
                return view
        found = find_target(self.workspace.manifest(), name)
        return TargetView(name=found.name, target=found, summary=None)

    async def executions(
        self,
        target: str,
        *,
        outcomes: Collection[Outcome] | None = None,
        since: datetime | None = None,
        before: int | None = None,
        limit: int = 20,
    ) -> tuple[Row, ...]:
        """A page of a target's executions, newest first; ``before`` is the last row's number."""
        return await self.history.recent(
            TargetName(target), outcomes=outcomes, since=since, before=before, limit=limit
        )

    async def execution(self, wanted: str) -> Execution:
        """One execution.

        Raises:
            NotFound: There is none.
        """
        return await self.history.get(ExecutionId(wanted))

    async def incident(self, wanted: str) -> tuple[Incident, Diagnosis | None]:
        """One incident, and the newest diagnosis of its target.

        Raises:
            NotFound: There is none.
        """
        async with self.state.reading() as tables:
            incident = await tables.incidents.get(IncidentId(wanted))
            return incident, await tables.diagnoses.latest(incident.finding.target)

    async def diagnosis(self, subject: str) -> Diagnosis | None:
        """What the last investigation of an incident or a target has found.

        ``None`` where there was none of the file as it stands, or no such incident or target.
        """
        with suppress(NotFound):
            name = subject
            if subject.startswith("i-"):
                name = (await self.incident(subject))[0].finding.target
            target = find_target(self.workspace.manifest(), name)
            async with self.state.reading() as tables:
                found = await tables.diagnoses.latest(target.name)
            if found is not None and found.base == self.workspace.digest(target.path):
                return found
        return None

    async def attempts(self, wanted: str) -> tuple[Attempt, ...]:
        """The proposals for one incident, newest first, each with its newest report.

        Raises:
            NotFound: There is no such incident.
        """
        async with self.state.reading() as tables:
            return await attempts(tables, await tables.incidents.get(IncidentId(wanted)))

    async def incidents(self, *, limit: int = 50) -> tuple[Incident, ...]:
        """The open incidents, most urgent first."""
        async with self.state.reading() as tables:
            return tuple(await tables.incidents.page(state=IncidentState.OPEN, limit=limit))

    async def proposal(self, wanted: str) -> tuple[Proposal, tuple[FileTexts, ...]]:
        """One proposal, with its files.

        Raises:
            NotFound: There is none.
        """
        async with self.state.reading() as tables:
            proposal = await tables.proposals.get(ProposalId(wanted))
        return proposal, self._texts(proposal.files)

    async def proposals(self, *, limit: int = 50) -> tuple[Proposal, ...]:
        """The newest proposals."""
        async with self.state.reading() as tables:
            return tuple(await tables.proposals.page(limit=limit))

    async def report(self, wanted: str) -> Report | None:
        """The newest report on a proposal; ``None`` where it was not tested.

        Raises:
            NotFound: There is no such proposal.
        """
        async with self.state.reading() as tables:
            proposal = await tables.proposals.get(ProposalId(wanted))
            return await tables.reports.latest(proposal.id)

    async def deployment(
        self, wanted: str
    ) -> tuple[Deployment, tuple[Watch, ...], tuple[FileTexts, ...]]:
        """One deployment, its watches, and its files.

        Raises:
            NotFound: There is none.
        """
        async with self.state.reading() as tables:
            deployment = await tables.deployments.get(DeploymentId(wanted))
            watches = tuple(await tables.watches.of(deployment.id))
        return deployment, watches, self._texts(deployment.files)

    async def deployments(self, *, limit: int = 50) -> tuple[Deployment, ...]:
        """The newest deployments."""
        async with self.state.reading() as tables:
            return tuple(await tables.deployments.page(limit=limit))

    async def versions(self, target: str) -> tuple[Version, ...]:
        """Every version of a target, newest first."""
        async with self.state.reading() as tables:
            return tuple(await tables.versions.page(TargetName(target)))

    async def versions_view(self, target: str) -> VersionsView:
        """Every version of a target, with what its file holds as of now.

        Raises:
            Unavailable: The disk or the database does not work.
        """
        name = TargetName(target)
        await self.warden.look()
        async with self.state.reading() as tables:
            versions = await tables.versions.page(name)
            file = await tables.files.of(name)
        return VersionsView(
            versions=versions,
            held=None if file is None else file.held,
            drifted=file is not None and file.drifted,
        )

    async def audit(self, *, after: int = 0, limit: int = 50) -> tuple[AuditEntry, ...]:
        """A page of the audit log, oldest first."""
        async with self.state.reading() as tables:
            return tuple(await tables.audit.page(after=after, limit=limit))

    async def audit_check(self, expect: Noted | None = None) -> ChainCheck:
        """Recompute the whole chain, and look for an entry that was noted elsewhere."""
        async with self.state.reading() as tables:
            return await tables.audit.verify(expect)

    async def sandbox_state(self) -> SandboxState:
        """What holds a candidate in on this machine, as found by trying."""
        return await self.sandbox.probe()

    async def complete(self, what: str, prefix: str) -> tuple[str, ...]:
        """The names that begin with a prefix, for the parameter that a client is filling in.

        Args:
            what: ``target``, ``execution``, ``incident``, ``proposal``, ``deployment``,
                ``outcome``; anything else has no completions.
            prefix: What was typed.
        """
        if what == "target":
            names = [view.name for view in await self.targets()]
            return tuple(name for name in names if name.startswith(prefix))[:_COMPLETIONS]
        if what == "outcome":
            return tuple(each.value for each in Outcome if each.value.startswith(prefix))
        if what == "execution":
            return tuple(await self.history.matching_ids(prefix, _COMPLETIONS))
        return await self._ids(what, prefix)

    async def _ids(self, what: str, prefix: str) -> tuple[str, ...]:
        async with self.state.reading() as tables:
            match what:
                case "incident":
                    return tuple(await tables.incidents.matching_ids(prefix, _COMPLETIONS))
                case "proposal":
                    return tuple(await tables.proposals.matching_ids(prefix, _COMPLETIONS))
                case "deployment":
                    return tuple(await tables.deployments.matching_ids(prefix, _COMPLETIONS))
                case _:
                    return ()

    def _standing(self, overview: Overview, now: datetime) -> tuple[StandingLine, ...]:
        live = tuple(each for each in overview.standing if each.expires > now)
        policy = policy_digest(self.policy) if live else None
        return tuple(each for each in live if each.policy == policy)

    def _texts(self, files: tuple[FileChange, ...]) -> tuple[FileTexts, ...]:
        return tuple(
            FileTexts(file=file, before=self._text(file.old), after=self._text(file.new))
            for file in files
        )

    def _text(self, digest: Digest | None) -> str:
        if digest is None or digest == NO_FILE:
            return ""
        return self.blobs.get(digest).decode(errors="replace")
