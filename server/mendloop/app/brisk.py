"""A sandbox in which no call may take much longer than calls are known to take."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import timedelta
from typing import Final

from mendloop.app.ports import Limits, Program, Progress, SandboxSession, silent
from mendloop.app.wrapped import Wrapped
from mendloop.core.validate.evidence import Run
from mendloop.model.observation import (
    Case,
    NotLoaded,
    Observation,
    Raised,
    Returned,
    TimedOut,
)
from mendloop.model.value import call_text
from mendloop.noun import dataclass

_LEAST: Final = timedelta(seconds=0.3)
_SLOWER: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Brisk(Wrapped):
    """A session whose limit for a call is lowered, so that an endless loop costs little.

    A call that the current version did not end once is not made of it again: it is known to hang.
    """

    case_timeout: timedelta
    late: dict[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])
    """Calls on which the current version hangs, by function and arguments, with their seconds."""

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
        late = {} if program.overlay else self.late
        run = await self.inner.observe(
            program,
            [case for case in cases if (program.function, _text(case)) not in late],
            limits=lower,
            chunk=chunk,
            trace=trace,
            progress=progress,
        )
        if isinstance(run, NotLoaded) or program.overlay:
            return run
        by_id = {case.id: (program.function, _text(case)) for case in cases}
        late.update((by_id[one.case], one.seconds) for one in run if isinstance(one.seen, TimedOut))
        seen = {one.case: one for one in run}
        return tuple(
            seen.get(case.id) or _again(case, late[program.function, _text(case)]) for case in cases
        )


def _text(case: Case) -> str:
    return call_text(case.args, case.kwargs)


def _again(case: Case, seconds: float) -> Observation:
    return Observation(case=case.id, seen=TimedOut(seconds), seconds=seconds)


def brisk(
    session: SandboxSession, known: Run, late: Mapping[tuple[str, str], float] | None = None
) -> Brisk:
    """The session with a limit of twenty times the slowest known call that ends, and a bit.

    Args:
        session: A sandbox that is up.
        known: What the current version did; where nothing of it ends, that bit is all.
        late: Calls on which it is known to hang, by function and arguments, with their seconds.
    """
    every = () if isinstance(known, NotLoaded) else known
    ended = [one.seconds for one in every if isinstance(one.seen, Returned | Raised)]
    return Brisk(
        inner=session,
        case_timeout=_LEAST + timedelta(seconds=_SLOWER * max(ended, default=0.0)),
        late=dict(late or {}),
    )
