"""Which lines failing and passing calls run through."""

from collections.abc import Sequence

from mendloop.app.brisk import brisk
from mendloop.app.ports import SandboxSession
from mendloop.app.replay import Replayer
from mendloop.app.sift import sieve_of
from mendloop.core.record.fingerprint import fingerprint, may_be
from mendloop.core.validate.evidence import Run
from mendloop.core.validate.rows import alike
from mendloop.model.execution import Execution, Fault, Outcome
from mendloop.model.observation import (
    Case,
    Crashed,
    NotLoaded,
    NotRun,
    Observation,
    Raised,
    Returned,
    Seen,
    TimedOut,
)
from mendloop.model.target import Target
from mendloop.model.value import canonical
from mendloop.noun import dataclass

_CHUNK = 16
_MOST_HANGING = 3
_HANGING_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """What the replay of one target's calls has shown."""

    replayed: int
    """Failing calls that were made again."""
    reproduced: tuple[Execution, ...]
    """Those that failed again in the same way."""
    failing: tuple[frozenset[int], ...]
    """The lines of each reproduced failure."""
    passing: tuple[frozenset[int], ...]
    """The lines of each passing call."""
    fine: tuple[Execution, ...]
    """Passing calls that passed again: as recorded, where any did."""
    ended: int
    """Passing calls that were made again, however they ended."""
    lost: int
    """Those of them that the current version does not answer as recorded."""
    seen: tuple[Observation, ...] = ()
    """What each call that failed again or passed again came to."""
    last_lines: frozenset[int]
    """Where the reproduced failures were raised, in the target's own file."""

    @classmethod
    def nothing(cls) -> "Traced":
        """Nothing could be replayed."""
        return cls(
            replayed=0,
            reproduced=(),
            failing=(),
            passing=(),
            fine=(),
            ended=0,
            lost=0,
            last_lines=frozenset(),
        )


async def trace(
    session: SandboxSession,
    replayer: Replayer,
    target: Target,
    failing: Sequence[Execution],
    passing: Sequence[Execution],
) -> Traced:
    """Make the calls again on the current version, and note the lines."""
    failing = _few_hanging(failing)
    fast = await _traced(session, replayer, target, passing, ())
    late = [one for one in failing if one.ended is Outcome.TIMEOUT]
    soon = [one for one in failing if one.ended is not Outcome.TIMEOUT]
    slow = await _traced(session, replayer, target, soon, fast)
    never = await _hanging(session, replayer, target, late, fast)
    seen: dict[str, Observation] = {}
    for run in (fast, slow, never):
        if isinstance(run, NotLoaded):
            return Traced.nothing()
        seen.update((one.case, one) for one in run)
    again = [one for one in failing if failed_again(one, seen[one.id].seen)]
    over = [one for one in passing if not isinstance(seen[one.id].seen, NotRun)]
    kept = [one for one in over if _answered_again(one, seen[one.id].seen, target)]
    fine = kept or [one for one in over if isinstance(seen[one.id].seen, Returned)]
    ran: dict[str, frozenset[int]] = {one.id: seen[one.id].lines for one in again}
    hanging = [one for one in again if isinstance(seen[one.id].seen, TimedOut)]
    ran.update(await _hanging_lines(session, replayer, target, hanging))
    return Traced(
        replayed=sum(not isinstance(seen[one.id].seen, NotRun) for one in failing),
        reproduced=tuple(again),
        failing=tuple(ran[one.id] for one in again),
        passing=tuple(seen[one.id].lines for one in fine),
        fine=tuple(fine),
        seen=tuple(seen[one.id] for one in (*again, *fine)),
        ended=len(over),
        lost=len(over) - len(kept),
        last_lines=frozenset(
            line for one in again for line in _last_line(seen[one.id], target.path)
        ),
    )


def _few_hanging(failing: Sequence[Execution]) -> list[Execution]:
    """All failing calls, but few of those that took too long: each costs as much again."""
    late = [one for one in failing if one.ended is Outcome.TIMEOUT]
    return [one for one in failing if one not in late[_MOST_HANGING:]]


async def _traced(
    session: SandboxSession,
    replayer: Replayer,
    target: Target,
    calls: Sequence[Execution],
    known: Run,
) -> Run:
    if not calls:
        return ()
    return await session.observe(
        replayer.program(target, process=1),
        [Case(id=one.id, args=one.args, kwargs=one.kwargs) for one in calls],
        limits=replayer.limits(target, known),
        chunk=_CHUNK,
        trace=True,
    )


async def _hanging(
    session: SandboxSession,
    replayer: Replayer,
    target: Target,
    late: Sequence[Execution],
    known: Run,
) -> Run:
    """Calls that were recorded as taking too long; the lines of those that do are noted later."""
    cases = [Case(id=one.id, args=one.args, kwargs=one.kwargs, world=one.world) for one in late]
    seen = await sieve_of(session, replayer, target).hanging(cases, known)
    if seen is not None and all(isinstance(one.seen, TimedOut) for one in seen):
        return seen
    return await _traced(brisk(session, known), replayer, target, late, known)


async def _hanging_lines(
    session: SandboxSession, replayer: Replayer, target: Target, hanging: Sequence[Execution]
) -> dict[str, frozenset[int]]:
    """The lines of calls that were ended from outside, which could not tell them."""
    if not hanging:
        return {}
    sieve = sieve_of(session, replayer, target)
    calls = [Case(id=one.id, args=one.args, kwargs=one.kwargs) for one in hanging]
    lines = await sieve.lines(calls, seconds=_HANGING_SECONDS)
    return {one.id: ran for one, ran in zip(hanging, lines, strict=False)}


def _kind_of(seen: Seen) -> str:
    """The fingerprint of what a call did; empty where it returned."""
    match seen:
        case Raised(fault=fault):
            return fingerprint(fault, Outcome.ERROR)
        case TimedOut():
            return fingerprint(Fault(type="timeout", message=""), Outcome.TIMEOUT)
        case Crashed(detail=detail):
            return fingerprint(Fault(type="crash", message=detail), Outcome.ERROR)
        case Returned() | NotRun():
            return ""


def failed_again(recorded: Execution, seen: Seen) -> bool:
    """Whether a call fails as it is on record, where perhaps less of the error is told."""
    if recorded.ended is Outcome.WRONG:
        return isinstance(seen, Returned) and canonical(seen.value) == canonical(recorded.result)
    if _too_deep(recorded.error) and isinstance(seen, Raised) and _too_deep(seen.fault):
        return True
    if _kind_of(seen) == recorded.fingerprint:
        return True
    fault = recorded.error
    return isinstance(seen, Raised) and fault is not None and may_be(seen.fault, fault)


def _answered_again(recorded: Execution, seen: Seen, target: Target) -> bool:
    return alike(Returned(recorded.result), seen, target.float_tolerance)


def _too_deep(fault: Fault | None) -> bool:
    """Whether a recursion had no end: where it was cut off, and in which words, is chance."""
    return fault is not None and fault.type.rpartition(".")[2] == "RecursionError"


def _last_line(observation: Observation, path: str) -> list[int]:
    match observation.seen:
        case Raised(fault=fault):
            return [frame.line for frame in fault.frames if frame.file == path][-1:]
        case _:
            return []
