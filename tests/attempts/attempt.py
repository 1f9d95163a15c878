"""One way to get a change in without the key."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from tests.attempts.place import Place

Act = Callable[[Place], Awaitable[str]]
"""Does it, and returns what was answered."""


class Ends(StrEnum):
    """What becomes of an attempt."""

    GATE = "refused at the gate, on record"
    DESK = "refused at the desk, and nothing is approved"
    DOOR = "turned away before the gate"
    UNDONE = "let in by a person's approval, and undone"
    ONCE = "goes through once, by the one approval there is"
    NOTHING = "possible, and without effect"
    THROUGH = "not stopped"


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt, in a sentence."""

    name: str
    sentence: str
    ends: Ends
    says: str
    """A regular expression for what is answered."""
    act: Act
    slow: bool = False
    """Whether it starts programs."""


TABLE: Final[dict[str, Attempt]] = {}
"""Every attempt, by name."""


@dataclass(frozen=True, slots=True)
class Entering:
    """Puts what it decorates into the table; the docstring is the sentence."""

    ends: Ends
    says: str = ""
    slow: bool = False
    table: dict[str, Attempt] = field(default_factory=lambda: TABLE)

    def __call__(self, act: Act) -> Act:
        """Enter one."""
        name = getattr(act, "__name__", "")
        assert name not in self.table
        sentence = (act.__doc__ or "").strip()
        assert sentence.endswith("."), name
        self.table[name] = Attempt(name, sentence, self.ends, self.says, act, self.slow)
        return act
