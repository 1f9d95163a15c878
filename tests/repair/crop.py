"""Faulty functions with a history: what the engine is given, and what it is judged by."""

import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np

from mendloop.adapters.sandbox.linux import LinuxSandbox
from mendloop.app.ports import Limits, Program, SandboxSession
from mendloop.core.validate.compare import same
from mendloop.model.observation import Case, NotLoaded, Raised, Returned, Seen, TimedOut
from mendloop.model.value import Encoded, opaque
from tests.repair.inputs import Call, more, shuffled
from tests.repair.plant import Fault, faults, functions
from tests.repair.shelf import Library, examples, files_of, path_of

_INPUTS: Final = 90
_LEAST: Final = 24
_LEAST_FAILING: Final = 2
_LEAST_PASSING: Final = 4
_SLOW: Final = 0.05
_LIMITS: Final = Limits(
    case_timeout=timedelta(seconds=0.4),
    total_timeout=timedelta(seconds=90),
    output_bytes=64_000,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A call, the right answer, and what the faulty version does."""

    call: Call
    right: Encoded
    seen: Seen

    @property
    def passing(self) -> bool:
        """Whether the faulty version answers it rightly."""
        return isinstance(self.seen, Returned) and same(self.seen.value, self.right)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A function with one planted fault."""

    library: str
    path: str
    function: str
    kind: str
    lines: tuple[int, ...]
    """Where the faults are."""
    files: Mapping[str, bytes]
    """The workspace, with the fault in it."""
    original: bytes
    """The file as it was."""
    history: tuple[Answered, ...]
    held_back: tuple[Answered, ...]
    slip: str
    """What was planted, in words."""


@asynccontextmanager
async def sandbox(files: Mapping[str, bytes]) -> AsyncGenerator[SandboxSession]:
    """A sandbox over some files."""
    async with LinuxSandbox().open(files, python=sys.executable) as session:
        yield session


async def answers(
    session: SandboxSession,
    path: str,
    function: str,
    calls: Sequence[Call],
    *,
    source: bytes | None = None,
) -> list[Seen] | None:
    """What a version of a function does on some calls; ``None`` where it does not load."""
    overlay = {} if source is None else {path: source}
    seen = await session.observe(
        Program(overlay=overlay, path=path, function=function),
        [Case(id=str(n), args=one.args, kwargs=one.kwargs) for n, one in enumerate(calls)],
        limits=_LIMITS,
        chunk=64,
    )
    return None if isinstance(seen, NotLoaded) else [one.seen for one in seen]


async def known(
    session: SandboxSession, path: str, function: str, calls: Sequence[Call]
) -> list[tuple[Call, Encoded]]:
    """The calls that the right version answers, twice alike, with its answers."""
    first = await answers(session, path, function, calls)
    second = await answers(session, path, function, list(reversed(calls)))
    if first is None or second is None:
        return []
    return [
        (call, one.value)
        for call, one, other in zip(calls, first, reversed(second), strict=True)
        if isinstance(one, Returned)
        and isinstance(other, Returned)
        and not opaque(one.value)
        and same(one.value, other.value)
        and len(str(one.value)) < 4_000
    ]


async def grow(library: Library, wanted: int, seed: int) -> list[Patient]:
    """Plant so many faults in one library.

    Args:
        library: It must be installed.
        wanted: How many faults.
        seed: Another seed plants others.
    """
    chance = np.random.default_rng([seed, *library.name.encode()])
    files = files_of(library)
    made: list[Patient] = []
    places = sorted(examples(library).items())
    async with sandbox(files) as session:
        fields = [await _field(session, place, calls, chance) for place, calls in places]
        fields = [field for field in fields if len(field[2]) >= _LEAST]
        order = shuffled(fields, chance)
        for _ in range(4):
            for path, function, calls in order:
                if len(made) < wanted:
                    found = await _one(session, library, files, (path, function, calls), chance)
                    made.extend([] if found is None or _known(found, made) else [found])
    return made


def _known(patient: Patient, others: Sequence[Patient]) -> bool:
    return any(patient.files[patient.path] == other.files.get(patient.path) for other in others)


_Field = tuple[str, str, list[tuple[Call, Encoded]]]


async def _field(
    session: SandboxSession,
    place: tuple[str, str],
    calls: Sequence[Call],
    chance: np.random.Generator,
) -> _Field:
    path = path_of(place[0])
    return path, place[1], await known(session, path, place[1], more(calls, chance, _INPUTS))


async def _one(
    session: SandboxSession,
    library: Library,
    files: Mapping[str, bytes],
    field: _Field,
    chance: np.random.Generator,
) -> Patient | None:
    path, function, calls = field
    source = files[path].decode()
    if function not in functions(source):
        return None
    for fault in faults(source, function, chance):
        seen = await answers(
            session, path, function, [call for call, _ in calls], source=fault.source.encode()
        )
        if seen is None:
            continue
        every = [
            Answered(call=call, right=right, seen=one)
            for (call, right), one in zip(calls, seen, strict=True)
            if isinstance(one, Returned | Raised | TimedOut)
        ]
        order = shuffled(every, chance)
        half = (len(order) + 1) // 2
        patient = Patient(
            library=library.name,
            path=path,
            function=function,
            kind=fault.kind,
            lines=(fault.line,),
            files={**files, path: fault.source.encode()},
            original=files[path],
            history=tuple(order[:half]),
            held_back=tuple(order[half:]),
            slip=f"line {fault.line}: {fault.before!r} became {fault.after!r}",
        )
        if _telling(patient.history):
            return patient
    return None


def _telling(history: Sequence[Answered]) -> bool:
    passing = sum(one.passing for one in history)
    return passing >= _LEAST_PASSING and len(history) - passing >= _LEAST_FAILING


__all__ = ["Answered", "Fault", "Patient", "answers", "grow", "known", "sandbox"]
