"""The sandbox of a machine with macOS: a confined process for each chunk of cases.

**Not exercised** on macOS: see ``macos``. What runs and judges the processes is tried elsewhere,
without confinement.
"""

import os
import resource
import socket
import sys
import threading
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

import anyio
from anyio import to_thread

from mendloop.adapters.sandbox import frames, macos
from mendloop.adapters.sandbox.interpreter import Interpreter, Interpreters
from mendloop.adapters.sandbox.lone import LoneProcess, StalledError
from mendloop.adapters.sandbox.mac_replay import LEAST_CPU, Confining, Place, Replay
from mendloop.adapters.sandbox.process import Report
from mendloop.adapters.sandbox.stage import Stage
from mendloop.adapters.sandbox.tiers import not_there, state_of
from mendloop.app.ports import Limits, Program, Progress, silent
from mendloop.errors import Unavailable
from mendloop.model.execution import Fault
from mendloop.model.observation import Case, NotLoaded, Observation, SandboxState

TIER: Final = "C"
_PROBE_SECONDS: Final = 20.0


class MacSession:
    """A sandbox that is up."""

    def __init__(self, place: Place, state: SandboxState) -> None:
        self._place = place
        self._state = state
        self._before = _children_seconds()

    @property
    def state(self) -> SandboxState:
        """What holds the code in, as probed when this session came up."""
        return self._state

    def cpu_seconds(self) -> float:
        """The CPU time of all processes that this one has waited for since: no less than its own.

        Those of another sandbox that is up at the same time count too.
        """
        return _children_seconds() - self._before

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
            Unavailable: There is no room for its files.
        """
        stage = self._place.stage
        name = await to_thread.run_sync(stage.candidate, program.overlay)
        replay = Replay(self._place, program, cases, limits, name, trace=trace)
        over = threading.Event()

        def work() -> Fault | None:
            try:
                return replay.run(max(1, chunk))
            finally:
                over.set()

        try:
            failed = await to_thread.run_sync(work, abandon_on_cancel=True)
        finally:
            replay.stop.set()
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(over.wait)
                await to_thread.run_sync(stage.drop, name)
        await progress(len(cases), len(cases), "cases run")
        return NotLoaded(fault=failed) if failed is not None else replay.observations()


class MacSandbox:
    """Starts sandboxes of tier C."""

    def __init__(
        self,
        memory_bytes: int = 512 * 1024 * 1024,
        least_tier: str = TIER,
        confining: Confining = macos.command,
    ) -> None:
        """Set the bounds.

        Args:
            memory_bytes: What a process may use at most, where the system can enforce it.
            least_tier: What is demanded: anything better than C cannot be had.
            confining: What puts words that confine before those that start a process.
        """
        self.memory_bytes = memory_bytes
        self._least = least_tier
        self._confining = confining
        self._interpreters = Interpreters()

    async def probe(self) -> SandboxState:
        """Try every layer, and say what holds."""
        try:
            asked = await to_thread.run_sync(self._interpreters.ask, sys.executable)
            async with self._up({}, asked) as (_, state):
                return state
        except Unavailable as error:
            return SandboxState(
                tier="none", layers={}, missing=(error.message,), hints=(error.hint,)
            )

    @asynccontextmanager
    async def open(self, tree: Mapping[str, bytes], *, python: str) -> AsyncGenerator[MacSession]:
        """Bring a sandbox up with a copy of some files. No process outlives the block.

        Raises:
            InvalidInput: A path leaves the tree.
            Unavailable: Layers are missing that must not be; nothing is run without them.
        """
        asked = await to_thread.run_sync(self._interpreters.ask, python)
        async with self._up(tree, asked) as (place, state):
            if state.missing:
                raise Unavailable(
                    f"The sandbox does not hold: {'; '.join(state.missing)}.",
                    hint=" ".join(state.hints),
                )
            yield MacSession(place, state)

    @asynccontextmanager
    async def _up(
        self, tree: Mapping[str, bytes], asked: Interpreter
    ) -> AsyncGenerator[tuple[Place, SandboxState]]:
        if self._least < TIER:
            raise Unavailable(
                f"A sandbox of tier {self._least} cannot be had here: {TIER} is the best.",
                hint="Set `sandbox.tier` to C, which does not bound memory, or run on Linux.",
            )
        stage = await to_thread.run_sync(Stage, tree, 0)
        place = Place(
            asked=asked, stage=stage, confining=self._confining, memory_bytes=self.memory_bytes
        )
        try:
            yield place, await to_thread.run_sync(_probed, place)
        finally:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(stage.close)


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _probed(place: Place) -> SandboxState:
    """What a confined process can do of what it must not."""
    with socket.create_server(("127.0.0.1", 0)) as bait:
        order = {
            "op": "probe",
            "cpu": LEAST_CPU,
            "folder": str(place.stage.folder),
            "home": os.path.expanduser("~"),  # noqa: PTH111  Path.home() fails without one
            "memory": place.memory_bytes,
            "port": bait.getsockname()[1],
            "server": os.getpid(),
            "sys_path": place.asked.sys_path,
        }
        try:
            process = LoneProcess(place.words([], None), order, threading.Event())
        except OSError as error:
            return not_there(f"it could not be started: {error.strerror}")
        seen: dict[str, str] = {}
        with suppress(StalledError, frames.MalformedError):
            for text in process.answers([_PROBE_SECONDS]):
                seen.update(frames.probes(text))
        how = process.end()
    why = "" if seen else f"it ended before it was up: {how}"
    layers = {"sandbox-exec": "files, network and programs", "limits": "memory not enforced"}
    return state_of(Report(layers=layers, probes=seen, why=why), TIER)
