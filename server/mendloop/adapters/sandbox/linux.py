"""The sandbox of a Linux machine: the best tier of it that holds, tried before anything is run."""

import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

import anyio
from anyio import to_thread

from mendloop.adapters.sandbox.bubblewrap import NoBubblewrapError
from mendloop.adapters.sandbox.candidate import Order, Texts, worldly
from mendloop.adapters.sandbox.interpreter import Interpreter, Interpreters
from mendloop.adapters.sandbox.launch import Launch, tier_a, tier_b
from mendloop.adapters.sandbox.process import Base, LostError
from mendloop.adapters.sandbox.stage import Stage, throw_away_user
from mendloop.adapters.sandbox.supervisor import Supervisor
from mendloop.adapters.sandbox.tiers import beside, not_there, refused, state_of, tiers
from mendloop.adapters.sandbox.waiting import Waiting
from mendloop.app.ports import Limits, Program, Progress, silent
from mendloop.errors import Unavailable
from mendloop.model.execution import Fault
from mendloop.model.observation import Case, NotLoaded, Observation, SandboxState
from mendloop.model.target import SideEffect

_PROGRESS_SECONDS: Final = 0.2
_MOST_CHUNK: Final = 1_000
_PLAYERS: Final = ("vcr.cassette", "vcr.patch", "vcr.stubs")
"""What answers over HTTP as recorded, where the workspace's interpreter has it."""


class LinuxSession:
    """A sandbox that is up."""

    def __init__(self, base: Base, stage: Stage, state: SandboxState, memory_bytes: int) -> None:
        self._base = base
        self._stage = stage
        self._state = state
        self._memory_bytes = memory_bytes
        self._warm: set[str] = set()
        self._waiting = Waiting(base, stage)

    @property
    def state(self) -> SandboxState:
        """What holds the code in, as probed when this session came up."""
        return self._state

    def cpu_seconds(self) -> float:
        """The CPU time that its processes have used so far, as the kernel counts it."""
        return self._base.cpu_seconds()

    def hang_up(self) -> None:
        """Let go of what waits for more cases; the sandbox is about to end."""
        self._waiting.hang_up()

    async def observe(
        self,
        program: Program,
        cases: Sequence[Case],
        *,
        limits: Limits,
        chunk: int = 32,
        trace: bool = False,
        progress: Progress = silent,
    ) -> tuple[Observation, ...] | NotLoaded:
        """Run every case and say what each did, in the order given.

        Raises:
            InvalidInput: A path of the program leaves the tree.
            Unavailable: The sandbox has ended, or there is no room for its files.
        """
        if not self._base.alive:
            raise Unavailable("The sandbox has ended.", hint="Try again: a new one is started.")
        world = worldly(cases)
        texts = await to_thread.run_sync(Texts.of, cases)
        try:
            players = _PLAYERS if SideEffect.NETWORK in world else ()
            await self._warm_up(program.path, (*players, *texts.libraries))
            order = Order(
                program=program,
                limits=limits,
                memory_bytes=min(limits.memory_bytes, self._memory_bytes),
                trace=trace,
                stage=self._stage,
                world=world,
            )
            candidate = await to_thread.run_sync(self._waiting.take, order, texts)
            try:
                supervisor = Supervisor(candidate, candidate.order, cases)
                seen = await _supervised(supervisor, chunk, progress)
            finally:
                with anyio.CancelScope(shield=True):
                    await to_thread.run_sync(self._waiting.give_back, candidate)
        finally:
            texts.close()
        await progress(len(cases), len(cases), "cases run")
        return NotLoaded(fault=seen) if isinstance(seen, Fault) else seen

    async def _warm_up(self, path: str, besides: Sequence[str]) -> None:
        """Import what the user's own version of a file imports, once.

        What has been loaded without it is loaded again when it is wanted.
        """
        every = (*besides, *self._stage.libraries(path))
        wanted = [name for name in every if name not in self._warm]
        if wanted:
            self._warm.update(wanted)
            with suppress(LostError):  # what runs next finds out, and says so
                await to_thread.run_sync(self._base.warm, wanted)
            await to_thread.run_sync(self._waiting.end)


async def _supervised(
    supervisor: Supervisor, chunk: int, progress: Progress
) -> tuple[Observation, ...] | Fault:
    """Run the supervisor in a thread; stop it, and wait for it, when this is cancelled."""
    answer: list[tuple[Observation, ...] | Fault] = []

    async def work() -> None:
        with anyio.CancelScope(shield=True):
            answer.append(await to_thread.run_sync(supervisor.run, min(max(1, chunk), _MOST_CHUNK)))
        watch.cancel_scope.cancel()

    try:
        async with anyio.create_task_group() as watch:
            watch.start_soon(work)
            watch.start_soon(_report, supervisor, progress)
    finally:
        supervisor.close()
    return answer[0]


async def _report(supervisor: Supervisor, progress: Progress) -> None:
    """Tell how far it has come, until cancelled; then have it stop."""
    told = 0
    try:
        while True:
            await anyio.sleep(_PROGRESS_SECONDS)
            if supervisor.done > told:
                told = supervisor.done
                await progress(told, supervisor.total, "cases run")
    finally:
        supervisor.stop()


class LinuxSandbox:
    """Starts sandboxes of the best tier that holds here, and of none below what is demanded."""

    def __init__(
        self,
        memory_bytes: int = 512 * 1024 * 1024,
        least_tier: str = "B",
        best_tier: str = "A",
    ) -> None:
        """Set the bounds.

        Args:
            memory_bytes: What one candidate, and each process of it, may use at most.
            least_tier: What is demanded: without it, nothing is run.
            best_tier: What is tried first; a lower one leaves layers out that could be had.
        """
        self.memory_bytes = memory_bytes
        self._least, self._best = least_tier, best_tier
        self._interpreters = Interpreters()

    async def probe(self) -> SandboxState:
        """Try every layer, and say what holds."""
        try:
            asked = await to_thread.run_sync(self._interpreters.ask, sys.executable)
            async with self._up({}, asked) as (_, _, state):
                return state
        except Unavailable as error:
            return SandboxState(
                tier="none", layers={}, missing=(error.message,), hints=(error.hint,)
            )

    @asynccontextmanager
    async def open(self, tree: Mapping[str, bytes], *, python: str) -> AsyncGenerator[LinuxSession]:
        """Bring a sandbox up with a copy of some files. No process outlives the block.

        Raises:
            InvalidInput: A path leaves the tree.
            Unavailable: Layers are missing that must not be; nothing is run without them.
        """
        asked = await to_thread.run_sync(self._interpreters.ask, python)
        async with self._up(tree, asked) as (base, stage, state):
            if base is None:
                raise Unavailable(
                    f"The sandbox does not hold: {'; '.join(state.missing)}.",
                    hint=" ".join(state.hints),
                )
            session = LinuxSession(base, stage, state, self.memory_bytes)
            try:
                yield session
            finally:
                session.hang_up()

    @asynccontextmanager
    async def _up(
        self, tree: Mapping[str, bytes], asked: Interpreter
    ) -> AsyncGenerator[tuple[Base | None, Stage, SandboxState]]:
        """The base, where there is one that holds, and what was found by trying."""
        wanted = tiers(self._least, self._best)
        user = throw_away_user()
        stage = await to_thread.run_sync(Stage, tree, user)
        base: Base | None = None
        try:
            failed: list[SandboxState] = []
            for tier in wanted:
                base, state = await _brought_up(tier, asked, stage, user)
                if base is not None:
                    yield base, stage, beside(state, failed)
                    return
                failed.append(state)
            yield None, stage, refused(failed)
        finally:
            with anyio.CancelScope(shield=True):
                if base is not None:
                    await to_thread.run_sync(base.kill)
                await to_thread.run_sync(stage.close)


async def _brought_up(
    tier: str, asked: Interpreter, stage: Stage, user: int
) -> tuple[Base | None, SandboxState]:
    """A base of one tier, if everything holds that must; and what was found."""
    launch: Launch | None = None
    base: Base | None = None
    try:
        launch = _LAUNCHES[tier](asked, stage, user)
        base = Base(launch)
        state = state_of(await base.report(), tier)
    except NoBubblewrapError as error:
        return None, not_there(str(error))
    except OSError as error:
        return None, not_there(f"it could not be started: {error.strerror}")
    else:
        if not state.missing:
            stage.reach_scratch(base.seen(stage.scratch))
        held, base = (None, base) if state.missing else (base, None)
        return held, state
    finally:
        if launch is not None:
            launch.close()
        if base is not None:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(base.kill)


_LAUNCHES: Final = {"A": tier_a, "B": tier_b}
