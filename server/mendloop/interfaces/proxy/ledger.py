"""What is known of a server over all its connections, and what becomes of its calls."""

from collections.abc import Callable
from dataclasses import field, fields
from typing import Final

from mendloop.core.record.texts import MOST_NAME, one_line
from mendloop.interfaces.proxy.endings import Ending, Failed
from mendloop.interfaces.proxy.few import Few
from mendloop.interfaces.proxy.records import Call, Zero, record
from mendloop.model.value import Encoded
from mendloop.noun import dataclass

_MOST_ROUNDS: Final = 1_000
_MOST_TASKS: Final = 1_000


@dataclass(slots=True)
class Counts:
    """What was seen. Only the first two are in the history."""

    recorded: int = 0
    failed: int = 0
    """Among those recorded."""
    cancelled: int = 0
    """By the client: no failure of the tool."""
    refused: int = 0
    """By the web server, before a tool was reached: a stale session, a missing login."""
    unsure: int = 0
    """Nobody can say how the call ended: its answer was too long, or in parts that were missed."""
    unreadable: int = 0
    """Messages that are no JSON."""
    too_long: int = 0
    """Messages of which only the head was looked at."""

    def line(self) -> str:
        """All of them on one line."""
        return ", ".join(f"{field.name} {getattr(self, field.name)}" for field in fields(self))


@dataclass(slots=True, kw_only=True)
class Ledger:
    """One server. Every call that is opened is closed here, in one of these ways."""

    keep: Callable[[dict[str, Encoded]], None]
    zero: Zero
    given: str | None
    """The name that a person gave the server."""
    fallback: str
    """What it is called as long as it has not said its own name."""
    counts: Counts = field(default_factory=Counts)
    rounds: Few[str, Call] = field(default_factory=lambda: Few[str, Call](_MOST_ROUNDS))
    """Calls in which the client is being asked, by what comes back with its answers."""
    tasks: Few[str, Call] = field(default_factory=lambda: Few[str, Call](_MOST_TASKS))
    """Calls that go on as tasks, by the task's id."""
    _said: str | None = None

    def introduce(self, name: object) -> None:
        """The server has said its name. The first one counts: a target is not renamed midway."""
        if self._said is None and isinstance(name, str) and name.strip():
            self._said = one_line(name, most=MOST_NAME)

    def close(self, call: Call, ending: Ending, at: float) -> None:
        """A call has ended: it becomes a record."""
        server = self.given or self._said or self.fallback
        self.counts.recorded += 1
        self.counts.failed += isinstance(ending, Failed)
        self.keep(record(call, ending, server=server, zero=self.zero, until=at))
