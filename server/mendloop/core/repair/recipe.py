"""What a recipe is: one idea of what may be wrong, and the examples that define it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import TypeAlias

from mendloop.core.repair.change import Change
from mendloop.core.repair.unit import Unit
from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What is known about the failures."""

    function: str = ""
    suspects: tuple[int, ...] = ()
    """Lines of the file, the most suspicious first."""
    errors: tuple[tuple[str, str, int], ...] = ()
    """Type, message and line of what was raised; line 0 where it is not known. Untrusted."""
    keys: tuple[str, ...] = ()
    """Keys of the mappings that failing calls were given, those seen first at the beginning."""
    trust: Mapping[str, float] = field(default_factory=dict[str, float])
    """By recipe: how often its changes have helped, 0 to 1; a half where nobody has tried."""

    def raised(self, *types: str) -> bool:
        """Whether some failure was of one of these types; a dotted type counts by its end."""
        return any(error.rpartition(".")[2] in types for error, _, _ in self.errors)

    def messages(self) -> str:
        """All messages, for a search in them."""
        return "\n".join(message for _, message, _ in self.errors)


Edits: TypeAlias = Callable[[Unit, Hints], Iterator[Change]]


@dataclass(frozen=True, slots=True)
class Example:
    """A file of one function, and one thing that becomes of it; ``None`` where nothing does."""

    before: str
    after: str | None
    hints: Hints = Hints()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One kind of change, made in one place at a time."""

    name: str
    title: str
    """For a person: what it does, in a few words."""
    edits: Edits
    """Every place of a function where it could be made. They are tried, not trusted."""
    examples: tuple[Example, ...]
    cost: float = 1.0
    """How unlikely it is to be the cure, before anything is known of the fault."""
    fits: frozenset[str] = frozenset()
    """The exceptions that it is for; empty if it is for wrong answers as well."""
    settles: bool = False
    """Whether it finds nothing more to do in what it has made."""
