"""What *investigate* found."""

from datetime import datetime
from enum import StrEnum

from mendloop.model.ids import Digest, ExecutionId, IncidentId, TargetName
from mendloop.noun import dataclass


class Layer(StrEnum):
    """Where the fault seems to lie."""

    CODE = "code"
    INPUT = "input"
    DEPENDENCY = "dependency"
    CONFIGURATION = "configuration"
    ENVIRONMENT = "environment"
    PROMPT = "prompt"
    SEVERAL = "several"
    """In what several targets share."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Failures of one kind."""

    fingerprint: str
    calls: int
    error: str
    """What the example said: its type and message, or its wrong answer; untrusted."""
    where: str
    """``file:line in function`` of the last own frame, or empty."""
    example: ExecutionId


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallInput:
    """The smallest arguments found that still fail in the same way."""

    fingerprint: str
    call: str
    """The canonical text of the arguments."""
    from_execution: ExecutionId
    reduced: bool
    """Whether it was made smaller than any recorded one, and checked by replay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A line that failing calls run through and passing ones do not."""

    line: int
    score: float
    """Ochiai's coefficient, 0 to 1."""
    text: str
    failing: int
    passing: int
    mended: int = 0
    """How many more failing calls some small edit of the line makes right than it breaks others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Similar:
    """An earlier incident of the same kind, and what came of it."""

    incident: IncidentId
    target: TargetName
    outcome: str
    fix: str = ""
    """The deployment whose fix has helped there; empty where none has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeDifference:
    """A place in the arguments that holds other types where a call fails."""

    place: str
    """Such as ``argument 1['sku']``; untrusted."""
    failing: str
    """The types in failing calls, most frequent first, each with its count."""
    passing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """A name of the function, and what it stood for. The texts are untrusted."""

    name: str
    failing: str
    """Type and value in a failing run; empty where the name was not bound."""
    passing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """The line where failing and passing runs part, and what was known there."""

    line: int
    text: str
    how: str
    """What failing runs do there, and passing ones do not."""
    locals: tuple[Local, ...] = ()
    """As the last arrival found them, those that differ in type first."""
    failing_call: ExecutionId | None = None
    passing_call: ExecutionId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """An attribute that failing calls bear more often than the rest."""

    attribute: str
    """``caller``, ``version``, ``session``, ``recorded by``, or a place in the arguments."""
    value: str
    """Untrusted."""
    failing: int
    """Failing calls that bear it."""
    calls: int
    """All calls that bear it."""
    p: float
    """The chance of so many by accident, corrected for all attributes looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewShape:
    """A shape of an argument that no call had before the failures began."""

    place: str
    shape: str
    calls: int
    failing: int
    first: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeBefore:
    """Something that changed at about the time when the failures began."""

    what: str
    """``version``, ``deployment``, ``commit``, ``dependencies``."""
    at: datetime
    told: str
    """One line on it; untrusted."""
    ref: str
    """A resource, a commit, or empty."""
    seconds_before: float
    """How long before the failures began; negative where it came after."""
    at_fault: bool = False
    """Whether it touched the lines under suspicion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What stands around the failures: since when, what has changed, and what sets them apart."""

    began: datetime | None = None
    """When the failures began, as far as it is known."""
    failing: int = 0
    """Failing calls among those compared."""
    passing: int = 0
    types: tuple[TypeDifference, ...] = ()
    parting: Parting | None = None
    marks: tuple[Mark, ...] = ()
    shapes: tuple[NewShape, ...] = ()
    changes: tuple[ChangeBefore, ...] = ()
    unknown: tuple[str, ...] = ()
    """What could not be looked at, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """A likely cause, and how sure."""

    target: TargetName
    incident: IncidentId | None
    at: datetime
    base: Digest
    """The file that was looked at."""
    clusters: tuple[Cluster, ...]
    smallest: tuple[SmallInput, ...]
    suspects: tuple[Suspect, ...]
    layer: Layer
    confidence: float
    why: str
    """The evidence for the layer, in a sentence."""
    replayed: int
    reproduced: int
    """How many of the replayed failures failed again in the same way."""
    similar: tuple[Similar, ...]
    source: str
    """The target's own source; for a text its first lines."""
    first_line: int
    around: Around = Around()
