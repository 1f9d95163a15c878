"""What is kept of many executions together, as they arrive: detection reads this, not them."""

from collections.abc import Mapping
from datetime import datetime

from mendloop.model.ids import Digest, TargetName
from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """The newest state of every target, packed: one text of bytes a target.

    The three are of one length and in one order.
    """

    names: tuple[TargetName, ...]
    pulses: tuple[bytes, ...]
    """As ``mendloop.model.pulse`` packs them."""
    last: tuple[int, ...]
    """The time of the newest call, in whole seconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """The calls of one target and version in one bucket of time."""

    start: datetime
    seconds: int
    """How long the bucket is: 3600, or 86400 where hours were merged into days."""
    version: Digest | None
    calls: int
    failures: int
    sketch: bytes
    """Of the durations of its successful calls, as ``mendloop.model.sketch`` packs them."""
    callers: Mapping[str, int]
    """Calls by who made them."""
    kinds: Mapping[str, int]
    """Failures by fingerprint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindCount:
    """One kind of failure of a target, and how often it came."""

    fingerprint: str
    name: str
    """What a person calls it: the exception's type, ``wrong answers``, ``timeouts``."""
    failures: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far a file of executions has been read; kept in the transaction that keeps the rows."""

    name: str
    """Of the file, within its folder."""
    before: int
    """Bytes that had been read."""
    after: int
    """Bytes that have been read now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A record that could not be read, kept aside with the reason."""

    origin: str
    """The file or the client that it came from."""
    position: int
    """Its line, or its first byte, or its place in a batch."""
    reason: str
    excerpt: str
    """Its beginning, made fit to be shown; without secrets."""
