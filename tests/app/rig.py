"""The deploy side, tied together over real files, databases and sandbox; only the clock is fake."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from mendloop.adapters.blobs import DiskBlobs
from mendloop.adapters.git_commit import GitRepository
from mendloop.adapters.ids import RandomIds
from mendloop.adapters.merge import GitMerger
from mendloop.adapters.room import Room
from mendloop.adapters.sandbox.linux import LinuxSandbox
from mendloop.adapters.signing.private import new_key, signed
from mendloop.adapters.signing.signers import SignersFile
from mendloop.adapters.workspace import DiskWorkspace
from mendloop.app.accept import Accepter
from mendloop.app.approve import Approver
from mendloop.app.arrivals import Arrivals
from mendloop.app.believed import Believed, report_facts
from mendloop.app.certificate import TESTED
from mendloop.app.changes import Changes
from mendloop.app.committing import Committer
from mendloop.app.deploy import Deployer
from mendloop.app.drift import Warden
from mendloop.app.fresh import FreshCheck
from mendloop.app.gate import Gate
from mendloop.app.grants import Granter
from mendloop.app.incidents import Keeper
from mendloop.app.learn import Learner
from mendloop.app.monitor import Monitor
from mendloop.app.ports import Clock
from mendloop.app.propose import Proposer
from mendloop.app.recover import Recoverer
from mendloop.app.returns import Returns
from mendloop.app.rollback import Roller
from mendloop.app.spent import Budgets
from mendloop.app.standing import StandingLeave
from mendloop.app.stop import Stopper
from mendloop.app.sync import Syncer
from mendloop.app.transact import Transactor
from mendloop.app.untangle import Untangler
from mendloop.app.watching import Watching
from mendloop.core.detect.rule import Rule
from mendloop.core.governance.policy import Asks, Budget, Limit, Policy, Tier
from mendloop.core.monitor.rule import WatchRule
from mendloop.model.approval import Approval
from mendloop.model.audit import AuditEntry
from mendloop.model.deployment import Deployment, Version
from mendloop.model.execution import Execution, Outcome
from mendloop.model.ids import Digest, ExecutionId, ProposalId, TargetName, digest_of
from mendloop.model.in_git import GitMode
from mendloop.model.power import Power
from mendloop.model.proposal import ChangeKind, FileChange, Flag, Proposal
from mendloop.model.report import Report
from mendloop.model.target import SideEffect
from mendloop.store.history import History
from mendloop.store.state import State
from tests.store.nouns import PROPOSAL, REPORT

ASKS = Asks(
    paths={},
    targets={},
    effects=dict.fromkeys(SideEffect, Tier.FREE),
    powers=dict.fromkeys(Power, Tier.FREE),
    oracles=dict.fromkeys(("expected", "recorded", "invariant"), Tier.FREE),
    left_out=Tier.FREE,
    wide_bound=Tier.FREE,
    bound_above=0.05,
)
BUDGET = Budget(
    cycles=(Limit(most=60, per=timedelta(hours=1)), Limit(most=300, per=timedelta(days=1))),
    tests=Limit(most=120, per=timedelta(hours=1)),
    cpu=Limit(most=3600, per=timedelta(hours=1)),
    tokens=Limit(most=1_000_000, per=timedelta(days=1)),
    disk_mb=1000,
    memory_mb=4096,
    rollouts=20,
    target_failures=20,
    failures=20,
    pause=timedelta(hours=6),
)
POLICY = Policy(
    tiers=dict.fromkeys(ChangeKind, Tier.AUTO) | {ChangeKind.FORMULA_CHANGE: Tier.APPROVE},
    lifts=dict.fromkeys(Flag, Tier.AUTO),
    inconclusive=Tier.APPROVE,
    weak_oracle=Tier.APPROVE,
    never=("mendloop.toml", "**/.env*"),
    limits=(Limit(most=6, per=timedelta(hours=1)), Limit(most=20, per=timedelta(days=1))),
    target_limits=(Limit(most=4, per=timedelta(hours=1)), Limit(most=5, per=timedelta(days=1))),
    cool_down=timedelta(minutes=60),
    most_changed_lines=40,
    most_files=8,
    approval_lasts=timedelta(hours=24),
    asks=ASKS,
    budget=BUDGET,
)
DETECT_RULE = Rule(
    success_below=0.9, confidence=0.95, least_calls=10, recent_share=0.3, slow_factor=1.5
)
RULE = WatchRule(alpha=0.05, horizon=200, accept_margin=0.05, least_calls=10)

MANIFEST = b"""
[targets.greet]
source = "tools/greet.py:greet"
idempotent = true

[targets.part]
source = "tools/greet.py:part"

[targets.reply]
source = "prompts/reply.md"

[targets.limit]
source = "settings.toml#retry.limit"
used_by = ["greet"]
"""
GREET = b"def greet(name):\n    return 'hello ' + name\n\n\ndef part():\n    return 'bye'\n"
POLITE = GREET.replace(b"hello", b"good day")
FILES = {
    "mendloop.toml": MANIFEST,
    "tools/greet.py": GREET,
    "prompts/reply.md": b"Answer briefly.\n",
    "settings.toml": b"[retry]\nlimit = 3\n",
}


@dataclass(frozen=True, kw_only=True)
class Rig:
    """One opened workspace."""

    root: Path
    state: State
    history: History
    blobs: DiskBlobs
    workspace: DiskWorkspace
    gate: Gate
    transactor: Transactor
    deployer: Deployer
    roller: Roller
    recoverer: Recoverer
    arrivals: Arrivals
    approver: Approver
    granter: Granter
    signers: SignersFile
    keys: Path
    """Where the private keys of those who approve lie."""
    stopper: Stopper
    budgets: Budgets
    warden: Warden
    accepter: Accepter
    syncer: Syncer
    monitor: Monitor
    clock: Clock

    async def propose(
        self,
        changes: Mapping[str, bytes],
        *,
        targets: tuple[str, ...] = ("greet",),
        tested: Mapping[str, Any] | None = None,
        kind: ChangeKind = ChangeKind.BEHAVIOR_FIX,
    ) -> ProposalId:
        """Put a proposal on record, and a report on it unless ``tested`` is an empty mapping."""
        files = tuple(self._change(path, content) for path, content in changes.items())
        proposal = replace(
            PROPOSAL,
            id=ProposalId(RandomIds().new("p")),
            targets=tuple(TargetName(name) for name in targets),
            files=files,
            flags=frozenset(),
            kind=kind,
            at=self.clock.now(),
        )
        async with self.state.transaction() as tables:
            await tables.proposals.add(proposal)
        if tested is None or tested:
            await self.test(proposal, **(tested or {}))
        return proposal.id

    async def approve(self, wanted: ProposalId, *, by: str, seen: Digest | None = None) -> Approval:
        """Sign and hand in what the desk gives to sign, with the key of a person."""
        manifest = await self.approver.manifest(wanted, seen=seen)
        return await self.approver.approve(manifest, self.sign(manifest, by=by))

    def sign(self, manifest: str, *, by: str) -> str:
        """The signature of a person, whose key is made and registered at the first time."""
        path = self.keys / by
        if not path.exists():
            self.signers.add(by, new_key(path, "", by))
        return signed(path, "", manifest.encode())

    async def test(self, proposal: Proposal, **fields: Any) -> Report:
        """Put a report on record, as the validate stage would."""
        usual = replace(REPORT, proposal=proposal.id, change=proposal.change, at=self.clock.now())
        report = replace(usual, **fields)
        async with self.state.transaction() as tables:
            await tables.reports.add(report)
            await tables.audit.append(TESTED, report_facts(report), at=report.at)
        return report

    async def called(self, target: str, outcomes: str, *, version: bytes | None = None) -> None:
        """Record one call for each letter: ``.`` went well, anything else failed."""
        await self.history.add(
            [
                Execution(
                    id=ExecutionId(RandomIds().new("x")),
                    target=TargetName(target),
                    at=self.clock.now(),
                    seconds=0.01,
                    outcome=Outcome.OK if letter == "." else Outcome.ERROR,
                    version=None if version is None else digest_of(version),
                )
                for letter in outcomes
            ]
        )

    def files(self) -> dict[str, bytes]:
        """Every file of the workspace, drafts included."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        }

    async def audited(self) -> list[AuditEntry]:
        """The whole audit, whose chain must hold."""
        async with self.state.reading() as tables:
            assert (await tables.audit.verify()).broken_at is None
            return list(await tables.audit.page(after=0, limit=1000))

    async def events(self) -> list[str]:
        """What the audit says happened, in order; but for tests, which the rig makes up."""
        return [entry.event for entry in await self.audited() if entry.event != TESTED]

    async def deployments(self) -> list[Deployment]:
        """All of them, oldest first."""
        async with self.state.reading() as tables:
            return list(reversed(await tables.deployments.page(limit=100)))

    async def versions(self, target: str) -> list[Version]:
        """All of them, oldest first."""
        async with self.state.reading() as tables:
            return list(reversed(await tables.versions.page(TargetName(target))))

    def _change(self, path: str, content: bytes) -> FileChange:
        return FileChange(path=path, old=self.workspace.digest(path), new=self.blobs.put(content))


def lay_out(folder: Path) -> None:
    """Make a workspace and its state folder."""
    for path, content in FILES.items():
        whole = folder / "workspace" / path
        whole.parent.mkdir(parents=True, exist_ok=True)
        whole.write_bytes(content)
    (folder / "state").mkdir()


@asynccontextmanager
async def rigged(
    folder: Path,
    clock: Clock,
    *,
    policy: Policy = POLICY,
    git: GitMode = GitMode.OFF,
    patience: float = 3.0,
) -> AsyncGenerator[Rig]:
    """Open the workspace that was laid out in a folder."""
    root, kept = folder / "workspace", folder / "state"
    async with (
        State.open(kept / "state.db") as state,
        History.open(kept / "history.db") as history,
    ):
        workspace, blobs, ids = DiskWorkspace(root, kept), DiskBlobs(kept / "blobs"), RandomIds()
        signers = SignersFile(kept / "allowed_signers")
        believed = Believed(workspace=workspace, blobs=blobs, signers=signers, policy=policy)
        leave = StandingLeave(signers=signers, policy=policy)
        gate = Gate(
            state=state,
            workspace=workspace,
            policy=policy,
            believed=believed,
            leave=leave,
            clock=clock,
        )
        repository = GitRepository(
            root, kept / "git", bytes_of=blobs.get, real=workspace.real, patience=patience
        )
        committer = Committer(
            state=state, gate=gate, repository=lambda: repository, mode=git, clock=clock
        )
        transactor = Transactor(
            state=state, workspace=workspace, gate=gate, committer=committer, clock=clock
        )
        watching = Watching(state=state, history=history, workspace=workspace, rule=RULE)
        arrivals = Arrivals(
            state=state, workspace=workspace, transactor=transactor, watching=watching, clock=clock
        )
        warden = Warden(state=state, workspace=workspace, blobs=blobs, clock=clock)
        returns = Returns(state=state, workspace=workspace)
        learner = Learner(clock=clock)
        budgets = Budgets(
            state=state,
            history=history,
            disk_used=Room(kept).used,
            policy=policy,
            clock=clock,
        )
        roller = Roller(
            state=state,
            workspace=workspace,
            blobs=blobs,
            transactor=transactor,
            returns=returns,
            untangler=Untangler(
                state=state,
                workspace=workspace,
                blobs=blobs,
                merger=GitMerger(),
                proposer=Proposer(
                    state=state,
                    history=history,
                    workspace=workspace,
                    changes=Changes(workspace=workspace),
                    blobs=blobs,
                    policy=policy,
                    budgets=budgets,
                    clock=clock,
                    ids=ids,
                ),
                returns=returns,
            ),
            learner=learner,
            clock=clock,
            ids=ids,
        )
        yield Rig(
            root=root,
            state=state,
            history=history,
            blobs=blobs,
            workspace=workspace,
            gate=gate,
            transactor=transactor,
            deployer=Deployer(
                state=state,
                workspace=workspace,
                blobs=blobs,
                transactor=transactor,
                fresh=FreshCheck(workspace=workspace, blobs=blobs, sandbox=LinuxSandbox()),
                watching=watching,
                clock=clock,
                ids=ids,
            ),
            roller=roller,
            recoverer=Recoverer(state=state, transactor=transactor, arrivals=arrivals),
            arrivals=arrivals,
            approver=Approver(
                state=state, policy=policy, signers=signers, believed=believed, clock=clock
            ),
            granter=Granter(state=state, policy=policy, signers=signers, leave=leave, clock=clock),
            signers=signers,
            keys=kept / "keys",
            stopper=Stopper(state=state, clock=clock),
            budgets=budgets,
            warden=warden,
            accepter=Accepter(
                state=state,
                workspace=workspace,
                blobs=blobs,
                warden=warden,
                transactor=transactor,
                roller=roller,
                clock=clock,
            ),
            syncer=Syncer(
                state=state,
                workspace=workspace,
                blobs=blobs,
                warden=warden,
                transactor=transactor,
                clock=clock,
            ),
            monitor=Monitor(
                state=state,
                history=history,
                roller=roller,
                learner=learner,
                keeper=Keeper(state=state, history=history, clock=clock, ids=ids, rule=DETECT_RULE),
                warden=warden,
                clock=clock,
            ),
            clock=clock,
        )
