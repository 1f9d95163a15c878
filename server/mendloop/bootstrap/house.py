"""The two doors, and what stands behind them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial

from mendloop.adapters.clock import SystemClock
from mendloop.adapters.signing.pen import Pen
from mendloop.app.accept import Accepter
from mendloop.app.approve import Approver
from mendloop.app.bring import Importer
from mendloop.app.call import Caller
from mendloop.app.counting import Meter
from mendloop.app.deploy import Deployer
from mendloop.app.desk import Desk
from mendloop.app.detect import Detector
from mendloop.app.doorkeeper import Doorkeeper
from mendloop.app.drift import Warden
from mendloop.app.export import Exporter
from mendloop.app.fleet import Fleet
from mendloop.app.fresh import FreshCheck
from mendloop.app.grants import Granter
from mendloop.app.habits import Habits
from mendloop.app.hold import Holder
from mendloop.app.incidents import Keeper
from mendloop.app.keys import Keys
from mendloop.app.likeness import Likeness
from mendloop.app.loop import Loop
from mendloop.app.maintain import Maintainer
from mendloop.app.notices import Notices
from mendloop.app.ports import Clock
from mendloop.app.read import Reader
from mendloop.app.recover import Recoverer
from mendloop.app.stop import Stopper
from mendloop.app.survey import Surveyor
from mendloop.app.tend import Tender
from mendloop.app.tokens import TokenMaker
from mendloop.bootstrap.changing import Changing, changing
from mendloop.bootstrap.evidence import Evidence, evidence
from mendloop.bootstrap.ground import Ground, open_ground
from mendloop.model.deployment import Deployment
from mendloop.noun import dataclass
from mendloop.settings import Settings


@dataclass(frozen=True, slots=True)
class House:
    """The two doors: one for the agent, one for the person; and what the operator needs."""

    loop: Loop
    desk: Desk
    keeper: Keeper
    exporter: Exporter
    tender: Tender
    maintainer: Maintainer
    doorkeeper: Doorkeeper
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
    async with open_ground(settings, clock or SystemClock()) as ground:
        house = furnish(ground)
        ended = await house.recoverer.recover()
        await house.tender.ingester.catch_up()
        await house.loop.monitor.catch_up()
        yield replace(house, ended=ended)


def wall_clock() -> Clock:
    """The machine's clock, for a face that must know the time."""
    return SystemClock()


def furnish(ground: Ground) -> House:
    """Tie all of it together; nothing has been looked at yet."""
    change = changing(ground)
    known = evidence(ground, change)
    state, history, clock = ground.state, ground.history, ground.clock
    observer, counter = ground.watchers.observer, ground.watchers.counter
    chosen = ground.settings.defaults
    return House(
        loop=_loop(ground, change, known),
        desk=_desk(ground, change),
        keeper=known.keeper,
        exporter=Exporter(history=history),
        tender=Tender(
            ingester=known.ingester,
            arrivals=change.arrivals,
            counter=counter,
            maintainer=known.maintainer,
            warden=change.warden,
            notices=Notices(state=state, history=history),
            clock=clock,
            pause=timedelta(seconds=chosen.history.spool_seconds),
        ),
        maintainer=known.maintainer,
        doorkeeper=Doorkeeper(state=state, clock=clock),
        holder=known.holder,
        warden=change.warden,
        recoverer=Recoverer(
            state=state,
            transactor=change.transactor,
            arrivals=change.arrivals,
            observer=observer,
        ),
        meter=Meter(state=state, history=history, counter=counter),
        settings=ground.settings,
    )


def _loop(ground: Ground, change: Changing, known: Evidence) -> Loop:
    state, history, workspace = ground.state, ground.history, ground.workspace
    clock, observer = ground.clock, ground.watchers.observer
    return Loop(
        caller=Caller(
            runner=ground.runner,
            recorder=known.recorder,
            workspace=workspace,
            clock=clock,
            ids=ground.ids,
            observer=observer,
        ),
        recorder=known.recorder,
        detector=Detector(
            ingester=known.ingester,
            holder=known.holder,
            fleet=Fleet(state=state, history=history, rule=ground.rule),
            habits=Habits(state=state, history=history, rule=ground.rule),
            likeness=Likeness(history, workspace),
            keeper=known.keeper,
            warden=change.warden,
            workspace=workspace,
            clock=clock,
            window=timedelta(hours=ground.settings.defaults.detect.window_hours),
            observer=observer,
        ),
        proposer=change.proposer,
        deployer=Deployer(
            state=state,
            workspace=workspace,
            blobs=ground.blobs,
            transactor=change.transactor,
            fresh=FreshCheck(workspace=workspace, blobs=ground.blobs, sandbox=ground.sandbox),
            watching=change.watching,
            clock=clock,
            ids=ground.ids,
            observer=observer,
        ),
        monitor=known.monitor,
        roller=change.roller,
        stopper=Stopper(state=state, clock=clock, observer=observer),
        surveyor=Surveyor(state=state, history=history, clock=clock),
        reader=Reader(
            state=state,
            history=history,
            workspace=workspace,
            blobs=ground.blobs,
            sandbox=ground.sandbox,
            warden=change.warden,
            policy=ground.policy,
            leave=change.leave,
            clock=clock,
        ),
        study=cache(partial(_study, ground, change)),
    )


def _study(ground: Ground, change: Changing) -> object:
    from mendloop.bootstrap.study import study  # noqa: PLC0415  a fifth of all modules

    return study(ground, change)


def _desk(ground: Ground, change: Changing) -> Desk:
    state, policy, clock = ground.state, ground.policy, ground.clock
    return Desk(
        accepter=Accepter(
            state=state,
            workspace=ground.workspace,
            blobs=ground.blobs,
            warden=change.warden,
            transactor=change.transactor,
            roller=change.roller,
            clock=clock,
        ),
        approver=Approver(
            state=state,
            policy=policy,
            signers=change.signers,
            believed=change.believed,
            clock=clock,
            observer=ground.watchers.observer,
        ),
        granter=Granter(
            state=state, policy=policy, signers=change.signers, leave=change.leave, clock=clock
        ),
        keys=Keys(state=state, register=change.signers, clock=clock),
        tokens=TokenMaker(state=state, clock=clock),
        pen=Pen(),
    )
