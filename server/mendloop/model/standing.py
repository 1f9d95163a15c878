"""A person's leave, given beforehand, for changes of a named sort."""

from datetime import datetime
from typing import Final, NewType

from mendloop.model.ids import Digest
from mendloop.model.proposal import ChangeKind, Flag
from mendloop.model.report import Verdict
from mendloop.noun import dataclass

STANDING: Final = "mendloop-standing/1"
"""What a signature under one must have been made for; one under an approval is none."""

StandingId = NewType("StandingId", str)
"""Such as ``s-3f9c01ab72``: the beginning of the digest of what was signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Which changes a standing approval lets through; all of it must hold."""

    kinds: tuple[ChangeKind, ...]
    targets: tuple[str, ...]
    """Patterns, one of which every target of the change must fit."""
    paths: tuple[str, ...]
    """Patterns, one of which every file of the change must fit."""
    flags: tuple[Flag, ...]
    """Those that the change may have; none but these."""
    changed_lines: int
    """At most so many."""
    verdict: Verdict
    """The least that its test must have come to: ``passed`` or ``inconclusive``."""
    oracle: str
    """The weakest evidence that may have carried the verdict."""
    per_day: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingApproval:
    """One of them, as it was handed in. What counts is its text, and the signature under it."""

    id: StandingId
    by: str
    key: str
    """The fingerprint of the key that signed."""
    policy: Digest
    """Under which it was given; under another it does not count."""
    at: datetime
    expires: datetime
    text: str
    signature: str
    revoked: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingUse:
    """By which standing approval a change went, and how much of it is left."""

    id: StandingId
    by: str
    today: int
    """Which one of the day it was."""
    used: int
    """Which one in all."""
    terms: Terms
