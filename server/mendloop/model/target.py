"""What the loop may improve, and what the user has said about it."""

from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta
from enum import StrEnum

from mendloop.model.ids import TargetName
from mendloop.noun import dataclass


class TargetKind(StrEnum):
    """What sort of thing a target is."""

    FUNCTION = "function"
    """``tools/pricing.py:quote``, or ``file.py:Class.method``."""
    CONSTANT = "constant"
    """``settings.toml#retry.limit``, or ``file.py#LIMIT``."""
    TEXT = "text"
    """``prompts/reply.md``: a prompt, a skill, a protocol."""


class SideEffect(StrEnum):
    """What a target does besides returning."""

    NETWORK = "network"
    READS_FILES = "reads_files"
    WRITES_FILES = "writes_files"
    WRITES_DATABASE = "writes_database"
    SUBPROCESS = "subprocess"
    CLOCK = "clock"
    RANDOM = "random"


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Where a constant may lie, both ends included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One thing that the loop may improve."""

    name: TargetName
    kind: TargetKind
    path: str
    """The file, relative to the workspace, with forward slashes."""
    selector: str = ""
    """The function's qualified name, or the constant's key path; empty for a text."""
    idempotent: bool = False
    side_effects: frozenset[SideEffect] = frozenset()
    cases: str | None = None
    """A JSON Lines file of synthetic cases, relative to the workspace."""
    invariants: tuple[str, ...] = ()
    """Python expressions over ``result``, ``args`` and ``kwargs`` that must always hold."""
    range: Range | None = None
    used_by: tuple[TargetName, ...] = ()
    """The functions whose replay shows what a constant does."""
    timeout: timedelta = timedelta(seconds=5)
    """How long one call may take when it is replayed."""
    float_tolerance: float = 0.0
    """The relative difference up to which two floats count as equal."""
    schema_file: str | None = None
    """A JSON Schema that the file, or the front matter of a Markdown file, has to keep to."""
    evaluate: tuple[str, ...] = ()
    """The user's own evaluation: a Python file of the workspace, then its arguments."""

    @property
    def replayable(self) -> bool:
        """Whether a recorded call may be repeated in a sandbox and must then answer the same."""
        return self.kind is TargetKind.FUNCTION and self.idempotent and not self.side_effects


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What ``mendloop.toml`` says."""

    python: str | None = None
    """The interpreter that the tools need, relative to the workspace or absolute."""
    targets: Mapping[TargetName, Target] = field(default_factory=dict[TargetName, Target])
