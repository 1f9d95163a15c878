"""The deploy side, tied together over real files, databases and sandbox; only the clock is fake."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mendloop.adapters.blobs import DiskBlobs
from mendloop.adapters.ids import RandomIds
from mendloop.adapters.signing.private import new_key, signed
from mendloop.adapters.workspace import DiskWorkspace
from mendloop.app.accept import Accepter
from mendloop.app.approve import Approver
from mendloop.app.arrivals import Arrivals
from mendloop.app.believed import report_facts
from mendloop.app.certificate import TESTED
from mendloop.app.deploy import Deployer
from mendloop.app.drift import Warden
from mendloop.app.gate import Gate
from mendloop.app.grants import Granter
from mendloop.app.keys import Register
from mendloop.app.monitor import Monitor
from mendloop.app.ports import Clock
from mendloop.app.recover import Recoverer
from mendloop.app.rollback import Roller
from mendloop.app.spent import Budgets
from mendloop.app.stop import Stopper
from mendloop.app.sync import Syncer
from mendloop.app.transact import Transactor
from mendloop.bootstrap.ground import open_ground
from mendloop.bootstrap.house import furnish
from mendloop.core.governance.policy import Policy
from mendloop.core.monitor.rule import WatchRule
from mendloop.model.approval import Approval
from mendloop.model.audit import AuditEntry
from mendloop.model.deployment import Deployment, Version
from mendloop.model.execution import Execution, Outcome
from mendloop.model.ids import Digest, ExecutionId, ProposalId, TargetName, digest_of
from mendloop.model.in_git import GitMode
from mendloop.model.proposal import ChangeKind, FileChange, Proposal
from mendloop.model.report import Report
from mendloop.settings import Settings
from mendloop.settings.defaults import DeploySettings, read_defaults
from mendloop.store.history import History
from mendloop.store.state import State
from tests.policies import POLICY
from tests.store.nouns import PROPOSAL, REPORT

_SHIPPED = read_defaults({}, {})
_WATCH = _SHIPPED.watch.model_copy(update={"horizon": 200, "least_calls": 10})
RULE = WatchRule(**_WATCH.model_dump())

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
    """One opened workspace, its parts tied together as they are for use."""

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
    signers: Register
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
    """Open the workspace that was laid out in a folder; nothing is recovered yet."""
    kept = folder / "state"
    settings = Settings(
        workspace=folder / "workspace",
        state=kept,
        signers=kept / "allowed_signers",
        policy=policy,
        ground=policy,
        operator=kept / "policy.toml",
        defaults=_SHIPPED.model_copy(update={"deploy": DeploySettings(git=git), "watch": _WATCH}),
        secrets=(),
    )
    async with open_ground(settings, clock) as ground:
        house = furnish(replace(ground, patience=patience))
        loop, desk = house.loop, house.desk
        yield Rig(
            root=settings.workspace,
            state=ground.state,
            history=ground.history,
            blobs=ground.blobs,
            workspace=ground.workspace,
            gate=house.recoverer.transactor.gate,
            transactor=house.recoverer.transactor,
            deployer=loop.deployer,
            roller=loop.roller,
            recoverer=house.recoverer,
            arrivals=house.tender.arrivals,
            approver=desk.approver,
            granter=desk.granter,
            signers=desk.keys.register,
            keys=kept / "keys",
            stopper=loop.stopper,
            budgets=ground.budgets,
            warden=house.warden,
            accepter=desk.accepter,
            syncer=house.maintainer.syncer,
            monitor=loop.monitor,
            clock=clock,
        )
