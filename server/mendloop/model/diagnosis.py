"""What *investigate* found."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mendloop.model.ids import Digest, ExecutionId, IncidentId, TargetName


class Layer(StrEnum):
    """Where the fault seems to lie."""

    CODE = "code"
    INPUT = "input"
    DEPENDENCY = "dependency"
    CONFIGURATION = "configuration"
    ENVIRONMENT = "environment"
    PROMPT = "prompt"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Failures of one kind."""

    fingerprint: str
    calls: int
    error: str
    """The type and the masked message; untrusted."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Similar:
    """An earlier incident of the same kind, and what came of it."""

    incident: IncidentId
    target: TargetName
    outcome: str


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
