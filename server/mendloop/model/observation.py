"""What a sandbox saw when it ran code. It says what happened, never whether that is right."""

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from mendloop.model.execution import Fault
from mendloop.model.value import Encoded
from mendloop.model.world import World
from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The arguments of one call."""

    id: str
    args: tuple[Encoded, ...] = ()
    kwargs: Mapping[str, Encoded] = field(default_factory=dict[str, Encoded])
    world: World | None = None
    """What the call is answered when it asks the world; ``None`` leaves it as it is in there."""


@dataclass(frozen=True, slots=True)
class Returned:
    """It gave a value."""

    value: Encoded


@dataclass(frozen=True, slots=True)
class Raised:
    """It raised."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class TimedOut:
    """It was killed from outside after this many seconds."""

    after: float


@dataclass(frozen=True, slots=True)
class Crashed:
    """The process ended under it: exit, signal, or memory."""

    detail: str


@dataclass(frozen=True, slots=True)
class NotRun:
    """The sandbox could not run it; says nothing about the code."""

    why: str


Seen = Returned | Raised | TimedOut | Crashed | NotRun
NOT_RECORDED: Final = "mendloop.NotRecorded"
"""The type of what is raised in a sandbox where code asks for something that was not recorded. No
class of Python has a dot in its name."""


def not_recorded(seen: Seen) -> bool:
    """Whether the code asked the world for something that nobody has recorded."""
    return isinstance(seen, Raised) and seen.fault.type == NOT_RECORDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one case did."""

    case: str
    seen: Seen
    seconds: float
    lines: frozenset[int] = frozenset()
    """The lines of the target's own file that ran, where tracing was asked for."""
    peak_bytes: int = 0
    """The most memory that its process had held by the end of it, in bytes; 0 where that was not
    told. What shares a process shares the peak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotLoaded:
    """The code could not be imported, or has no such function."""

    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxState:
    """What holds the code in, as found by trying."""

    tier: str
    """``A``, ``B``, or ``none``."""
    layers: Mapping[str, str]
    """Each layer by name, with what the probe saw."""
    missing: tuple[str, ...]
    """What is wanted for the tier and not there; empty where code may be run."""
    hints: tuple[str, ...] = ()
    """What a person can do about what is missing, for this tier or for a better one."""
