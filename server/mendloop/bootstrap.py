"""Tie the parts together. The only module that knows them all."""

import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

import anyio

from mendloop.adapters.blobs import DiskBlobs
from mendloop.adapters.clock import SystemClock
from mendloop.adapters.git import GitPast
from mendloop.adapters.ids import RandomIds
from mendloop.adapters.merge import GitMerger
from mendloop.adapters.room import Room
from mendloop.adapters.runners.local import LocalRunner
from mendloop.adapters.sandbox.here import sandbox_here
from mendloop.adapters.signing.pen import Pen
from mendloop.adapters.signing.signers import SignersFile
from mendloop.adapters.spool import SpoolFolder
from mendloop.adapters.telemetry import tracing
from mendloop.adapters.workspace import DiskWorkspace
from mendloop.app.accept import Accepter
from mendloop.app.approve import Approver
from mendloop.app.around import Lookout
from mendloop.app.arrivals import Arrivals
from mendloop.app.bring import Importer
from mendloop.app.call import Caller
from mendloop.app.certificate import Certifier
from mendloop.app.changes import Changes
from mendloop.app.committing import Committer
from mendloop.app.compare import Comparer
from mendloop.app.counting import Meter, Watchers, counting
from mendloop.app.deploy import Deployer
from mendloop.app.desk import Desk
from mendloop.app.detect import Detector
from mendloop.app.drift import Warden
from mendloop.app.export import Exporter
from mendloop.app.fleet import Fleet
from mendloop.app.fresh import FreshCheck
from mendloop.app.gate import Gate
from mendloop.app.gather import Gatherer
from mendloop.app.generate import Generator
from mendloop.app.habits import Habits
from mendloop.app.hold import Holder
from mendloop.app.ideas import Ideas
from mendloop.app.incidents import Keeper
from mendloop.app.ingest import Ingester
from mendloop.app.investigate import Investigator
from mendloop.app.keys import Keys
from mendloop.app.learn import Learner
from mendloop.app.likeness import Likeness
from mendloop.app.loop import Loop
from mendloop.app.maintain import Maintainer
from mendloop.app.metered import MeteredSandbox
from mendloop.app.monitor import Monitor
from mendloop.app.notices import Notices
from mendloop.app.ports import Clock
from mendloop.app.propose import Proposer
from mendloop.app.read import Reader
from mendloop.app.record import Recorder
from mendloop.app.recover import Recoverer
from mendloop.app.replay import Replayer
from mendloop.app.repository import Repository
from mendloop.app.returns import Returns
from mendloop.app.rollback import Roller
from mendloop.app.search import Means
from mendloop.app.shared import SharedSearch
from mendloop.app.spent import Budgets
from mendloop.app.stop import Stopper
from mendloop.app.survey import Surveyor
from mendloop.app.sync import Syncer
from mendloop.app.tend import Tender
from mendloop.app.transact import Transactor
from mendloop.app.untangle import Untangler
from mendloop.app.validate import Validator
from mendloop.app.watching import Watching
from mendloop.core.detect.rule import Rule
from mendloop.core.monitor.rule import WatchRule
from mendloop.core.record.redact import Redactor
from mendloop.core.validate.evidence import JudgeRule
from mendloop.model.deployment import Deployment
from mendloop.settings import Settings
from mendloop.store.history import History
from mendloop.store.retention import Retention
from mendloop.store.state import State

_SALT: Final = "redaction.key"


@dataclass(frozen=True, slots=True)
class House:
    """The two doors: one for the agent, one for the person; and what the operator needs."""

    loop: Loop
    desk: Desk
    keeper: Keeper
    comparer: Comparer
    exporter: Exporter
    tender: Tender
    maintainer: Maintainer
    holder: Holder
    warden: Warden
    recoverer: Recoverer
    meter: Meter
    settings: Settings
    ended: tuple[Deployment, ...] = ()
    """What a crash had left half done, as it was ended when the house was opened."""

    @property
    def importer(self) -> Importer:
        """Brings files in; what reads their formats loads with the work."""
        from mendloop.adapters.importers.jsonl import JsonLines  # noqa: PLC0415
        from mendloop.adapters.importers.otlp import OtlpFiles  # noqa: PLC0415
        from mendloop.adapters.importers.transcripts import Transcripts  # noqa: PLC0415

        return Importer(
            recorder=self.loop.recorder,
            formats={"jsonl": JsonLines(), "transcript": Transcripts(), "otlp": OtlpFiles()},
        )


@asynccontextmanager
async def open_house(settings: Settings, *, clock: Clock | None = None) -> AsyncGenerator[House]:
    """The loop and the desk, open for as long as the block lasts.

    What a crash left half done is finished or undone first, and what was recorded meanwhile is
    judged.

    Raises:
        Unavailable: A database cannot be opened.
    """
    time = clock or SystemClock()
    async with (
        State.open(settings.state / "state.db") as state,
        History.open(settings.state / "history.db") as history,
        counting(state, time) as counter,
    ):
        runner = LocalRunner(settings.workspace, _workspace(settings).python)
        try:
            with tracing(settings.traces, counter) as observer:
                watchers = Watchers(counter=counter, observer=observer)
                house = _furnish(settings, state, history, runner, time, watchers)
                ended = await house.recoverer.recover()
                await house.tender.ingester.catch_up()
                await house.loop.monitor.catch_up()
                yield replace(house, ended=ended)
        finally:
            await runner.aclose()


def wall_clock() -> Clock:
    """The machine's clock, for a face that must know the time."""
    return SystemClock()


def _workspace(settings: Settings) -> DiskWorkspace:
    return DiskWorkspace(settings.workspace, settings.state, settings.signers, settings.operator)


def _repository(settings: Settings, blobs: DiskBlobs, workspace: DiskWorkspace) -> Repository:
    from mendloop.adapters.git_commit import GitRepository  # noqa: PLC0415  only where it is used

    scratch = settings.state / "git"
    return GitRepository(settings.workspace, scratch, bytes_of=blobs.get, real=workspace.real)


def _salt(folder: Path) -> bytes:
    """The key under which equal secrets get equal placeholders; never leaves the state folder."""
    path = folder / _SALT
    try:
        return path.read_bytes()
    except FileNotFoundError:
        path.touch(mode=0o600, exist_ok=True)
        path.write_bytes(secrets.token_bytes(32))
        return path.read_bytes()


def _furnish(
    settings: Settings,
    state: State,
    history: History,
    runner: LocalRunner,
    clock: Clock,
    watchers: Watchers,
) -> House:
    observer = watchers.observer
    ids, policy, chosen = RandomIds(), settings.policy, settings.defaults
    workspace = _workspace(settings)
    blobs = DiskBlobs(settings.state / "blobs")
    memory = min(chosen.sandbox.memory_mb, policy.budget.memory_mb) * 1024 * 1024
    sandbox = sandbox_here(memory_bytes=memory, least_tier=chosen.sandbox.tier)
    rule = Rule(**chosen.detect.model_dump(exclude={"window_hours"}))
    learner = Learner(clock=clock)
    budgets = Budgets(
        state=state,
        history=history,
        disk_used=Room(settings.state).used,
        policy=policy,
        clock=clock,
    )
    signers = SignersFile(settings.signers)
    gate = Gate(state=state, workspace=workspace, policy=policy, signers=signers, clock=clock)
    warden = Warden(state=state, workspace=workspace, blobs=blobs, clock=clock)
    proposer = Proposer(
        state=state,
        history=history,
        workspace=workspace,
        changes=Changes(workspace=workspace),
        blobs=blobs,
        policy=policy,
        budgets=budgets,
        clock=clock,
        ids=ids,
        observer=observer,
    )
    returns = Returns(state=state, workspace=workspace)
    committer = Committer(
        state=state,
        gate=gate,
        repository=partial(_repository, settings, blobs, workspace),
        mode=chosen.deploy.git,
        clock=clock,
    )
    transactor = Transactor(
        state=state, workspace=workspace, gate=gate, committer=committer, clock=clock
    )
    watching = Watching(
        state=state,
        history=history,
        workspace=workspace,
        rule=WatchRule(**chosen.watch.model_dump()),
    )
    arrivals = Arrivals(
        state=state, workspace=workspace, transactor=transactor, watching=watching, clock=clock
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
            proposer=proposer,
            returns=returns,
        ),
        learner=learner,
        clock=clock,
        ids=ids,
        observer=observer,
    )
    keeper = Keeper(state=state, history=history, clock=clock, ids=ids, rule=rule)
    monitor = Monitor(
        state=state,
        history=history,
        roller=roller,
        learner=learner,
        keeper=keeper,
        warden=warden,
        clock=clock,
    )
    recorder = Recorder(
        history=history,
        monitor=monitor,
        workspace=workspace,
        redactor=Redactor(settings.secrets, key=_salt(settings.state)),
        budgets=budgets,
        clock=clock,
        ids=ids,
        observer=observer,
    )
    ingester = Ingester(
        history=history,
        recorder=recorder,
        spool=SpoolFolder(settings.state / "spool"),
        busy=anyio.Lock(),
    )
    maintainer = Maintainer(
        history=history,
        ingester=ingester,
        syncer=Syncer(
            state=state,
            workspace=workspace,
            blobs=blobs,
            warden=warden,
            transactor=transactor,
            clock=clock,
        ),
        clock=clock,
        retention=Retention(
            days=chosen.history.retention_days,
            most_rows=chosen.history.most_rows,
            reservoir=chosen.history.reservoir,
        ),
    )
    holder = Holder(history=history, recorder=recorder, workspace=workspace, sandbox=sandbox)
    replayer = Replayer(
        history=history,
        workspace=workspace,
        sandbox=MeteredSandbox(inner=sandbox, budgets=budgets),
        memory_bytes=memory,
    )
    investigator = Investigator(
        state=state,
        history=history,
        workspace=workspace,
        replayer=replayer,
        lookout=Lookout(
            state=state,
            history=history,
            workspace=workspace,
            past=GitPast(settings.workspace),
        ),
        clock=clock,
        failures=chosen.investigate.failures,
        passes=chosen.investigate.passes,
        observer=observer,
    )
    validator = Validator(
        state=state,
        workspace=workspace,
        blobs=blobs,
        replayer=replayer,
        gatherer=Gatherer(replayer=replayer),
        clock=clock,
        rule=JudgeRule(
            regression_bound=chosen.test.regression_bound,
            slower_factor=chosen.test.slower_factor,
        ),
        cases=chosen.test.cases,
        solo=chosen.test.solo,
        budgets=budgets,
        certifier=Certifier(state=state, workspace=workspace, blobs=blobs, policy=policy),
        key=_salt(settings.state),
        observer=observer,
    )
    means = Means(
        workspace=workspace,
        replayer=replayer,
        ideas=Ideas(workspace=workspace, blobs=blobs),
        proposer=proposer,
        validator=validator,
        clock=clock,
    )
    loop = Loop(
        caller=Caller(
            runner=runner,
            recorder=recorder,
            workspace=workspace,
            clock=clock,
            ids=ids,
            observer=observer,
        ),
        recorder=recorder,
        detector=Detector(
            ingester=ingester,
            holder=holder,
            fleet=Fleet(state=state, history=history, rule=rule),
            habits=Habits(state=state, history=history, rule=rule),
            likeness=Likeness(history, workspace),
            keeper=keeper,
            warden=warden,
            workspace=workspace,
            clock=clock,
            window=timedelta(hours=chosen.detect.window_hours),
            observer=observer,
        ),
        investigator=investigator,
        proposer=proposer,
        generator=Generator(
            state=state,
            investigator=investigator,
            means=means,
            shared=SharedSearch(state=state, blobs=blobs, means=means),
            observer=observer,
        ),
        validator=validator,
        deployer=Deployer(
            state=state,
            workspace=workspace,
            blobs=blobs,
            transactor=transactor,
            fresh=FreshCheck(workspace=workspace, sandbox=sandbox),
            watching=watching,
            clock=clock,
            ids=ids,
            observer=observer,
        ),
        monitor=monitor,
        roller=roller,
        stopper=Stopper(state=state, clock=clock, observer=observer),
        surveyor=Surveyor(state=state, history=history, clock=clock),
        reader=Reader(
            state=state,
            history=history,
            workspace=workspace,
            blobs=blobs,
            sandbox=sandbox,
            warden=warden,
            policy=policy,
            clock=clock,
        ),
    )
    return House(
        loop=loop,
        desk=Desk(
            accepter=Accepter(
                state=state,
                workspace=workspace,
                blobs=blobs,
                warden=warden,
                transactor=transactor,
                roller=roller,
                clock=clock,
            ),
            approver=Approver(
                state=state, policy=policy, signers=signers, clock=clock, observer=observer
            ),
            keys=Keys(state=state, register=signers, clock=clock),
            pen=Pen(),
        ),
        keeper=keeper,
        comparer=Comparer(state=state, workspace=workspace, blobs=blobs, replayer=replayer),
        exporter=Exporter(history=history),
        tender=Tender(
            ingester=ingester,
            arrivals=arrivals,
            counter=watchers.counter,
            maintainer=maintainer,
            warden=warden,
            notices=Notices(state=state, history=history),
            clock=clock,
            pause=timedelta(seconds=chosen.history.spool_seconds),
        ),
        maintainer=maintainer,
        holder=holder,
        warden=warden,
        recoverer=Recoverer(
            state=state, transactor=transactor, arrivals=arrivals, observer=observer
        ),
        meter=Meter(state=state, history=history, counter=watchers.counter),
        settings=settings,
    )
