"""Passes over calls in one sandbox, with one progress for all of them."""

from collections.abc import Mapping, Sequence

from mendloop.app.ports import Program, Progress, SandboxSession, silent
from mendloop.app.replay import Replayer
from mendloop.core.validate.evidence import Run
from mendloop.model.observation import Case, Crashed, NotLoaded, TimedOut
from mendloop.model.target import Target

_CHUNK = 32
_STEPS = 9


class Passes:
    """Runs one function, the current version first: how long that takes bounds the others."""

    def __init__(
        self, session: SandboxSession, replayer: Replayer, target: Target, progress: Progress
    ) -> None:
        self.target = target
        self._session = session
        self._replayer = replayer
        self._progress = progress
        self._done = 0
        self._known: Run = ()

    def program(self, overlay: Mapping[str, bytes] | None = None, *, process: int = 1) -> Program:
        """The target's function, with some files changed, by one of the processes that wait."""
        return self._replayer.program(self.target, overlay, process=process)

    async def run(
        self,
        program: Program,
        cases: Sequence[Case],
        *,
        chunk: int = _CHUNK,
        told: bool = True,
    ) -> Run:
        """One pass.

        Args:
            program: What to call.
            cases: The calls.
            chunk: How many may share a process.
            told: Whether it is a step of its own for whoever watches the progress.
        """
        return await self._session.observe(
            program,
            cases,
            limits=self._replayer.limits(self.target, self._known),
            chunk=chunk,
            progress=self._step() if told else silent,
        )

    async def base(self, cases: Sequence[Case]) -> tuple[Run, ...]:
        """The current version, twice: imported again and in another order the second time.

        What did not end the first time is waited for less long the second time.
        """
        self._known = await self.run(self.program(), cases)
        return self._known, await self.run(self.program(process=2), cases[::-1])

    def _step(self) -> Progress:
        start, self._done = self._done, self._done + 1

        async def within(done: float, total: float, message: str) -> None:
            share = done / total if total else 1.0
            await self._progress(start + share, _STEPS, f"{self.target.name}: {message}")

        return within


def steady(run: Run) -> bool:
    """Whether it loads, and no call hung or took the process with it."""
    if isinstance(run, NotLoaded):
        return False
    return not any(isinstance(one.seen, TimedOut | Crashed) for one in run)
