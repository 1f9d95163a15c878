"""A sandbox in which no call may take much longer than calls are known to take."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from mendloop.app.ports import Limits, Program, Progress, SandboxSession, silent
from mendloop.core.validate.evidence import Run
from mendloop.model.observation import (
    Case,
    NotLoaded,
    Observation,
    Raised,
    Returned,
    SandboxState,
)

_LEAST: Final = timedelta(seconds=0.3)
_SLOWER: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Brisk:
    """A session whose limit for a call is lowered, so that an endless loop costs little."""

    inner: SandboxSession
    case_timeout: timedelta

    @property
    def state(self) -> SandboxState:
        """What holds the code in."""
        return self.inner.state

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
        """Run every case, each for as long as it was lowered to at the most."""
        lower = replace(limits, case_timeout=min(limits.case_timeout, self.case_timeout))
        return await self.inner.observe(
            program, cases, limits=lower, chunk=chunk, trace=trace, progress=progress
        )


def brisk(session: SandboxSession, known: Run) -> Brisk:
    """The session with a limit of twenty times the slowest known call that ends, and a bit.

    Args:
        session: A sandbox that is up.
        known: What the current version did; where nothing of it ends, that bit is all.
    """
    every = () if isinstance(known, NotLoaded) else known
    ended = [one.seconds for one in every if isinstance(one.seen, Returned | Raised)]
    return Brisk(
        inner=session, case_timeout=_LEAST + timedelta(seconds=_SLOWER * max(ended, default=0.0))
    )
