"""What takes history in, keeps it, and judges the changes by it."""

import anyio

from mendloop.adapters.spool import SpoolFolder
from mendloop.app.hold import Holder
from mendloop.app.incidents import Keeper
from mendloop.app.ingest import Ingester
from mendloop.app.maintain import Maintainer
from mendloop.app.monitor import Monitor
from mendloop.app.record import Recorder
from mendloop.app.sync import Syncer
from mendloop.bootstrap.changing import Changing
from mendloop.bootstrap.ground import Ground
from mendloop.core.record.redact import Redactor
from mendloop.noun import dataclass
from mendloop.store.retention import Retention


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The parts of it that others need."""

    keeper: Keeper
    monitor: Monitor
    recorder: Recorder
    ingester: Ingester
    maintainer: Maintainer
    holder: Holder


def evidence(ground: Ground, change: Changing) -> Evidence:
    """Tie it together."""
    state, history, clock = ground.state, ground.history, ground.clock
    keeper = Keeper(state=state, history=history, clock=clock, ids=ground.ids, rule=ground.rule)
    monitor = Monitor(
        state=state,
        history=history,
        roller=change.roller,
        learner=change.learner,
        keeper=keeper,
        warden=change.warden,
        clock=clock,
    )
    recorder = Recorder(
        history=history,
        state=state,
        monitor=monitor,
        workspace=ground.workspace,
        redactor=Redactor(ground.settings.secrets, key=ground.salt),
        budgets=ground.budgets,
        clock=clock,
        ids=ground.ids,
        observer=ground.watchers.observer,
    )
    ingester = Ingester(
        history=history,
        recorder=recorder,
        spool=SpoolFolder(ground.settings.state / "spool"),
        busy=anyio.Lock(),
    )
    return Evidence(
        keeper=keeper,
        monitor=monitor,
        recorder=recorder,
        ingester=ingester,
        maintainer=_maintainer(ground, change, ingester),
        holder=Holder(
            history=history,
            recorder=recorder,
            workspace=ground.workspace,
            sandbox=ground.sandbox,
        ),
    )


def _maintainer(ground: Ground, change: Changing, ingester: Ingester) -> Maintainer:
    kept = ground.settings.defaults.history
    return Maintainer(
        history=ground.history,
        state=ground.state,
        ingester=ingester,
        syncer=Syncer(
            state=ground.state,
            workspace=ground.workspace,
            blobs=ground.blobs,
            warden=change.warden,
            transactor=change.transactor,
            clock=ground.clock,
        ),
        clock=ground.clock,
        retention=Retention(
            days=kept.retention_days, most_rows=kept.most_rows, reservoir=kept.reservoir
        ),
    )
