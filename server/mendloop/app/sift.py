"""Try many versions of a file in a few passes of the sandbox."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from mendloop.app.ideas import Idea
from mendloop.app.ports import Entry, Limits, Program, SandboxSession
from mendloop.app.replay import Replayer
from mendloop.core.validate.evidence import Run
from mendloop.model.execution import Fault, Frame
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
from mendloop.model.value import Encoded
from mendloop.noun import dataclass

_CHUNK: Final = 64
_SPARE_SECONDS: Final = 0.5
"""What a case may take beyond the processor time of its calls: it is ended from outside then."""
_LINES_SECONDS: Final = 2.0
_SLACK: Final = 2.0
_PATIENT: Final = 12.0
"""As above, for calls of which all but certainly none ends: other work may hold them up."""
_HANGING_SECONDS: Final = 0.05
_HANGING_FACTOR: Final = 20.0
"""How many times longer than the slowest call that ends one is waited for that may hang."""
_OUTPUT: Final = 512 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Sieve:
    """Runs calls on many versions of one file; it judges nothing."""

    session: SandboxSession
    target: Target
    source: bytes
    """The target's file as it stands."""
    memory_bytes: int

    async def tried(
        self,
        ideas: Sequence[Idea | None],
        calls: Sequence[Case],
        *,
        seconds: float,
        total: timedelta,
        slack: float = _SLACK,
    ) -> list[tuple[Seen, ...] | None]:
        """Make the same calls on every version.

        Args:
            ideas: Changes of the target's file; ``None`` is the file as it stands.
            calls: What is called, in this order.
            seconds: The processor time that one call may take.
            total: How long all of it may take.
            slack: How many times its processor time a version may take by the clock.

        Returns:
            What each version did, call by call; ``None`` for one that could not be put in place,
            took its process down or was not reached.
        """
        arguments: list[Encoded] = [[list(call.args), dict(call.kwargs)] for call in calls]
        cases = [
            Case(id=str(number), args=(_change(idea), arguments, seconds))
            for number, idea in enumerate(ideas)
        ]
        run = await self.session.observe(
            self._program(Entry.ATTEMPT),
            cases,
            limits=Limits(
                case_timeout=timedelta(seconds=_SPARE_SECONDS + slack * seconds * len(calls)),
                total_timeout=total,
                memory_bytes=self.memory_bytes,
                output_bytes=_OUTPUT,
            ),
            chunk=_CHUNK,
        )
        if isinstance(run, NotLoaded):
            return [None] * len(cases)
        return [_told(one.seen, len(calls), seconds) for one in run]

    async def hanging(self, calls: Sequence[Case], known: Run) -> tuple[Observation, ...] | None:
        """What the file as it stands does on calls that were recorded as taking too long.

        One process makes them all, which costs far less than one for each that has to be ended.

        Args:
            calls: What is called.
            known: What the file does on other calls; it bounds how long one may take.

        Returns:
            What each came to; ``None`` where that cannot be told so.
        """
        if not calls or any(call.world is not None for call in calls):
            return None
        every = () if isinstance(known, NotLoaded) else known
        ended = [one.seconds for one in every if isinstance(one.seen, Returned | Raised)]
        seconds = _HANGING_SECONDS + _HANGING_FACTOR * max(ended, default=0.0)
        told = (
            await self.tried(
                [None],
                calls,
                seconds=seconds,
                total=timedelta(seconds=1.0 + _PATIENT * seconds * len(calls)),
                slack=_PATIENT,
            )
        )[0]
        if told is None or any(isinstance(one, Crashed | NotRun) for one in told):
            return None
        return tuple(
            Observation(case=call.id, seen=seen, seconds=seconds)
            for call, seen in zip(calls, told, strict=True)
        )

    async def lines(self, calls: Sequence[Case], *, seconds: float) -> list[frozenset[int]]:
        """The lines of the file that calls spend their time in which do not come to an end."""
        arguments: list[Encoded] = [[list(call.args), dict(call.kwargs)] for call in calls]
        run = await self.session.observe(
            self._program(Entry.LINES),
            [Case(id="lines", args=(arguments, seconds))],
            limits=Limits(
                case_timeout=timedelta(seconds=_LINES_SECONDS + 4 * seconds * len(calls)),
                memory_bytes=self.memory_bytes,
                output_bytes=_OUTPUT,
            ),
        )
        told = None if isinstance(run, NotLoaded) else run[0].seen
        if not isinstance(told, Returned) or not isinstance(told.value, list):
            return []
        return [
            frozenset(line for line in lines if isinstance(line, int))
            for lines in told.value
            if isinstance(lines, list)
        ]

    def _program(self, entry: Entry) -> Program:
        return Program(
            overlay={self.target.path: self.source},
            path=self.target.path,
            function=self.target.selector,
            entry=entry,
        )


def sieve_of(session: SandboxSession, replayer: Replayer, target: Target) -> Sieve:
    """The sieve for a target's file as it stands."""
    return Sieve(
        session=session,
        target=target,
        source=replayer.workspace.read(target.path),
        memory_bytes=replayer.memory_bytes,
    )


def _change(idea: Idea | None) -> Encoded:
    if idea is None:
        return None
    candidate = idea.candidate
    if candidate is None or candidate.heading or not candidate.place.name:
        return ["module", idea.content.decode(errors="replace")]
    place = candidate.place
    return ["function", place.name, place.first_line, list(place.holders), candidate.text]


def _told(seen: Seen, calls: int, seconds: float) -> tuple[Seen, ...] | None:
    """What a version did, as it was told from inside; nothing of it is believed beyond its form."""
    if not isinstance(seen, Returned) or not isinstance(seen.value, list):
        return None
    told = tuple(_one(part, seconds) for part in seen.value)
    return told if len(told) == calls and not any(isinstance(one, NotRun) for one in told) else None


def _one(part: Encoded, seconds: float) -> Seen:
    match part:
        case ["returned", value]:
            return Returned(value)
        case ["raised", str(kind), str(message), list(frames)]:
            return Raised(Fault(type=kind, message=message, frames=tuple(_frames(frames))))
        case ["timeout"]:
            return TimedOut(seconds)
        case ["broken", *_]:
            return NotRun("the version could not be put in place")
        case _:
            return Crashed("malformed answer")


def _frames(parts: Sequence[Encoded]) -> list[Frame]:
    found: list[Frame] = []
    for part in parts:
        match part:
            case [str(file), int(line), str(function)]:
                found.append(Frame(file=file, line=line, function=function))
            case _:
                pass
    return found
