"""What every part stands on: the files, the records, the sandbox, the clock."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from mendloop.adapters.blobs import DiskBlobs
from mendloop.adapters.ids import RandomIds
from mendloop.adapters.room import Room
from mendloop.adapters.runners.local import LocalRunner
from mendloop.adapters.sandbox.here import sandbox_here
from mendloop.adapters.telemetry import tracing
from mendloop.adapters.workspace import DiskWorkspace
from mendloop.app.counting import Watchers, counting
from mendloop.app.ports import Clock, Sandbox
from mendloop.app.spent import Budgets
from mendloop.core.detect.rule import Rule
from mendloop.core.governance.policy import Policy
from mendloop.noun import dataclass
from mendloop.recorder.place import redaction_key
from mendloop.settings import Settings
from mendloop.store.history import History
from mendloop.store.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The open databases, and what is made of the settings alone."""

    settings: Settings
    state: State
    history: History
    runner: LocalRunner
    clock: Clock
    watchers: Watchers
    ids: RandomIds
    workspace: DiskWorkspace
    blobs: DiskBlobs
    sandbox: Sandbox
    memory: int
    """Bytes that a process in the sandbox may take."""
    rule: Rule
    budgets: Budgets
    patience: float = 3.0
    """Seconds that somebody else's lock on the repository is waited for."""

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self.settings.policy

    @property
    def salt(self) -> bytes:
        """The key under which equal secrets get equal placeholders; never leaves the folder."""
        return redaction_key(self.settings.state)


@asynccontextmanager
async def open_ground(settings: Settings, clock: Clock) -> AsyncGenerator[Ground]:
    """The ground, for as long as the block lasts.

    Raises:
        Unavailable: A database cannot be opened.
    """
    async with (
        State.open(settings.state / "state.db") as state,
        History.open(settings.state / "history.db") as history,
        counting(state, clock) as counter,
    ):
        workspace = DiskWorkspace(
            settings.workspace, settings.state, settings.signers, settings.operator
        )
        runner = LocalRunner(settings.workspace, workspace.python)
        try:
            with tracing(settings.traces, counter) as observer:
                chosen, policy = settings.defaults, settings.policy
                memory = min(chosen.sandbox.memory_mb, policy.budget.memory_mb) * 1024 * 1024
                yield Ground(
                    settings=settings,
                    state=state,
                    history=history,
                    runner=runner,
                    clock=clock,
                    watchers=Watchers(counter=counter, observer=observer),
                    ids=RandomIds(),
                    workspace=workspace,
                    blobs=DiskBlobs(settings.state / "blobs"),
                    sandbox=sandbox_here(memory_bytes=memory, least_tier=chosen.sandbox.tier),
                    memory=memory,
                    rule=Rule(**chosen.detect.model_dump(exclude={"window_hours"})),
                    budgets=Budgets(
                        state=state,
                        history=history,
                        disk_used=Room(settings.state).used,
                        policy=policy,
                        clock=clock,
                    ),
                )
        finally:
            await runner.aclose()
