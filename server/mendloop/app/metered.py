"""A sandbox whose CPU time is counted, and that runs nothing more when none is left."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import field

import anyio

from mendloop.app.ports import Limits, Program, Progress, Sandbox, silent
from mendloop.app.spent import Budgets, Granted
from mendloop.app.wrapped import Wrapped
from mendloop.model.observation import Case, NotLoaded, Observation, SandboxState
from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteredSession(Wrapped):
    """A session that asks for CPU time before it runs anything.

    What one call of ``observe`` uses beyond what was granted is counted, not cut off.
    """

    budgets: Budgets
    granted: list[Granted] = field(default_factory=list[Granted])

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
            Refused: The CPU time of all sandboxes is used up for now.
            Unavailable: The sandbox has ended.
        """
        while self.cpu_seconds() * 1000 >= sum(each.milliseconds for each in self.granted):
            self.granted.append(await self.budgets.grant())
        return await self.inner.observe(
            program, cases, limits=limits, chunk=chunk, trace=trace, progress=progress
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteredSandbox:
    """Another sandbox, with the time that its sessions use on record."""

    inner: Sandbox
    budgets: Budgets

    async def probe(self) -> SandboxState:
        """Try every layer, and say what holds."""
        return await self.inner.probe()

    @asynccontextmanager
    async def open(
        self, tree: Mapping[str, bytes], *, python: str
    ) -> AsyncGenerator[MeteredSession]:
        """Bring a sandbox up with a copy of some files.

        Raises:
            Refused: The CPU time of all sandboxes is used up for now.
            Unavailable: Layers are missing that must not be; nothing is run without them.
        """
        first = await self.budgets.grant()
        used = 0.0
        granted = [first]
        try:
            async with self.inner.open(tree, python=python) as session:
                try:
                    yield MeteredSession(inner=session, budgets=self.budgets, granted=granted)
                finally:
                    used = session.cpu_seconds()
        finally:
            with anyio.CancelScope(shield=True):
                await self.budgets.settle(granted, int(used * 1000))
