"""New bytes for files of the workspace, with why."""

from datetime import datetime
from enum import StrEnum
from typing import Final

import rfc8785

from mendloop.model.ids import Digest, IncidentId, ProposalId, TargetName, digest_of
from mendloop.model.target import SideEffect
from mendloop.noun import dataclass


class ChangeKind(StrEnum):
    """What sort of change it is; the policy gives each a tier."""

    CONSTANT_TUNE = "constant_tune"
    FORMULA_CHANGE = "formula_change"
    """The arithmetic of a function changes, its statements do not."""
    BEHAVIOR_FIX = "behavior_fix"
    PROTOCOL_UPDATE = "protocol_update"
    SKILL_IMPROVE = "skill_improve"


class Flag(StrEnum):
    """What about a change may lift its tier."""

    SIGNATURE_CHANGED = "signature_changed"
    NEW_CAPABILITY = "new_capability"
    NEW_FILE = "new_file"
    SEVERAL_FILES = "several_files"
    LARGE = "large"
    OUT_OF_RANGE = "out_of_range"
    SIDE_EFFECTS = "side_effects"
    """The target writes or reaches out, so that replay proves little."""


NO_FILE: Final = Digest("0" * 64)
"""Stands for the absence of a file: what a rollback leaves of one that a deployment had made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One file, before and after, by content."""

    path: str
    old: Digest | None
    """``None`` for a new file."""
    new: Digest
    """``NO_FILE`` where a rollback takes the file away; no proposal does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFinding:
    """What reading the change, without running it, has shown."""

    rule: str
    message: str
    path: str
    line: int
    blocks: bool
    """Whether no test can pass a change with this in it."""
    power: str = ""
    """The ``Power`` that the change gains by it; empty where it gains none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One change, waiting to be tested and deployed."""

    id: ProposalId
    targets: tuple[TargetName, ...]
    files: tuple[FileChange, ...]
    kind: ChangeKind
    flags: frozenset[Flag]
    findings: tuple[StaticFinding, ...]
    origin: str
    """``agent``, or ``recipe:NAME``, or ``tuner``, or ``revert``."""
    rationale: str
    """Untrusted text of whoever proposed it."""
    incident: IncidentId | None
    at: datetime
    changed_lines: int
    effects: frozenset[SideEffect] = frozenset()
    """What its targets were declared to do besides returning, when it was made."""

    @property
    def change(self) -> Digest:
        """The digest of what would be done, whoever proposed it and why."""
        return change_digest(self.files)


def change_digest(files: tuple[FileChange, ...]) -> Digest:
    """The digest of a set of file changes, over canonical JSON (RFC 8785)."""
    manifest = [
        {"path": file.path, "old": file.old, "new": file.new}
        for file in sorted(files, key=lambda file: file.path)
    ]
    return digest_of(b"mendloop-change/1\n" + rfc8785.dumps(manifest))
