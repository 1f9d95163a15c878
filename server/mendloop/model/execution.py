"""One call of one target, as it was recorded."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Final

from mendloop.model.ids import Digest, ExecutionId, TargetName
from mendloop.model.value import Encoded
from mendloop.model.world import World
from mendloop.noun import dataclass


class Outcome(StrEnum):
    """How a call ended."""

    OK = "ok"
    ERROR = "error"
    TIMEOUT = "timeout"
    WRONG = "wrong"
    """It returned, but somebody said that the result was wrong."""

    @property
    def failed(self) -> bool:
        """Whether this counts as a failure."""
        return self is not Outcome.OK


FAILED: Final = frozenset({Outcome.ERROR, Outcome.TIMEOUT, Outcome.WRONG})


LATE: Final = "7489cc7b23ce"
"""The fingerprint of every call that took too long."""


class Source(StrEnum):
    """Who saw the call. Of two records of one call the one that saw more is kept."""

    AGENT = "agent"
    """An agent's own word for it: it replaces nothing that anybody saw."""
    TRANSCRIPT = "transcript"
    """A client's own log, read later: no duration, the error as the client was told it."""
    OTEL = "otel"
    """A span or a log record of OpenTelemetry."""
    CLIENT = "client"
    """A hook in the client, when the call had ended."""
    PROXY = "proxy"
    """Between client and server."""
    PYTEST = "pytest"
    IMPORT = "import"
    """Somebody's own record."""
    RECORDER = "recorder"
    """In the process of the tool: the exception itself, and typed arguments."""
    SERVER = "server"
    """Called through this server."""

    @property
    def rank(self) -> int:
        """How much it sees: more is better."""
        return _RANKS[self]


_RANKS: Final = {source: rank for rank, source in enumerate(Source)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One line of a traceback."""

    file: str
    line: int
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What was raised. Its texts are untrusted."""

    type: str
    message: str
    frames: tuple[Frame, ...] = ()
    """Outermost first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One recorded call."""

    id: ExecutionId
    target: TargetName
    at: datetime
    seconds: float
    outcome: Outcome
    args: tuple[Encoded, ...] = ()
    kwargs: Mapping[str, Encoded] = field(default_factory=dict[str, Encoded])
    result: Encoded = None
    error: Fault | None = None
    expected: Encoded = None
    """The right result where it is known; ``None`` says that it is not."""
    caller: str | None = None
    session: str | None = None
    version: Digest | None = None
    """The digest of the file that ran, where the recorder knew it."""
    fingerprint: str = ""
    """Groups failures of the same kind; empty for a call that did not fail."""
    whole: bool = True
    """Whether arguments and result were kept unabridged and unredacted: it can be replayed."""
    source: Source = Source.IMPORT
    """Who saw it."""
    world: World | None = None
    """What it saw of the world, where that was kept; ``None`` says that nobody looked."""

    @property
    def ended(self) -> Outcome:
        """How it ended, whatever was said of it later.

        A label makes any call a wrong one. One that raised, or that took too long, did so all the
        same.
        """
        if self.outcome is not Outcome.WRONG:
            return self.outcome
        if self.error is not None:
            return Outcome.ERROR
        return Outcome.TIMEOUT if self.fingerprint == LATE else Outcome.WRONG


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Many calls, counted."""

    calls: int
    failures: int

    @property
    def rate(self) -> float:
        """The share that failed; 0 where there was no call."""
        return self.failures / self.calls if self.calls else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The calls of one target over a window, oldest first: what detection reads."""

    target: TargetName
    at: tuple[datetime, ...]
    failed: tuple[bool, ...]
    seconds: tuple[float, ...]
    fingerprints: tuple[str, ...]
    """Of each call; empty for one that did not fail."""
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    """What a person calls a kind of failure, by its fingerprint, where that is known."""

    @property
    def tally(self) -> Tally:
        """All of them, counted."""
        return Tally(calls=len(self.failed), failures=sum(self.failed))
