"""Snapshots of objects that refer to each other: flat, each once, shared and cyclic as they are.

Values without an object of the user's own classes never come here: for these, ``snapshot`` is
enough, and nothing is asked about who else holds a list.
"""

from __future__ import annotations

import enum
from typing import Any

from mendloop.recorder.classes import home_name, kind_of, state
from mendloop.recorder.snapshot import (
    ATOMS,
    MET,
    MOST_CHARACTERS,
    MOST_ELEMENTS,
    NOT_READ,
    TOO_LARGE,
    Part,
    foreign,
    snapshot,
)

MOST_OBJECTS = 2_000
"""As in ``mendloop.model.graph``."""
GRAPH = "$graph"
OBJECT = "object"
_SEQUENCES = {list: "list", tuple: "$t", set: "set", frozenset: "$fs"}


class _FullError(Exception):
    """There are more objects, or more parts of them, than may be kept."""


class Ref:
    """Stands for one thing in a pool."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number


class Thing:
    """An object or a container: what it is, and what it holds."""

    __slots__ = ("kind", "names", "parts")

    def __init__(self, kind: str, parts: list[Any], names: tuple[str, ...] = ()) -> None:
        self.kind = kind
        """``list``, ``set``, ``dict``, ``$t``, ``$fs`` or ``object``."""
        self.parts = parts
        """Values that cannot change, and references. Of a dict, keys and values by turns."""
        self.names = names
        """Of an object, its class and its attributes, by name."""


class Pool:
    """All that some values reach together."""

    __slots__ = ("_alive", "_left", "_numbers", "_waiting", "roots", "texts", "things")

    def __init__(self, values: list[Any]) -> None:
        """Copy all of it.

        Raises:
            _FullError: It is more than may be kept.
        """
        self.things: list[Thing] = []
        self.texts: Any = None
        """What the encoder has made of it."""
        self._numbers: dict[int, int] = {}
        self._alive: list[Any] = []
        self._waiting: list[Any] = []
        self._left = [MOST_ELEMENTS, MOST_OBJECTS]
        self.roots = [self._held(value) for value in values]
        for value in self._waiting:  # grows while it is read
            self.things.append(self._copied(value))
        self._alive, self._waiting, self._numbers = [], [], {}

    def _held(self, value: Any) -> Any:
        """What stands for a value in whatever holds it."""
        kind = kind_of(value)
        if kind in ATOMS:
            if (kind is str or kind is bytes) and len(value) > MOST_CHARACTERS:
                return TOO_LARGE
            return value
        number = self._numbers.get(id(value))
        if number is None:
            if not self._enters(kind, value):
                return foreign(value)
            number = self._numbers[id(value)] = len(self._waiting)
            self._waiting.append(value)  # and so it lives on, and its address stays its own
        return Ref(number)

    def _enters(self, kind: Any, value: Any) -> bool:
        """Whether a value is looked into."""
        if kind in _SEQUENCES or kind is dict:
            self._spend(0, len(value))
            return True
        if issubclass(kind, enum.Enum) or home_name(kind) is None:
            return False
        self._spend(1, 1)
        return True

    def _spend(self, which: int, count: int) -> None:
        self._left[which] -= count
        if self._left[which] < 0:
            raise _FullError

    def _copied(self, value: Any) -> Thing:
        kind = kind_of(value)
        if kind is dict:
            return Thing("dict", [self._held(p) for pair in value.copy().items() for p in pair])
        if kind in _SEQUENCES:
            parts = value if kind is tuple else value.copy()
            return Thing(_SEQUENCES[kind], [self._held(part) for part in parts])
        found = sorted(state(value), key=_name)
        self._spend(0, len(found))
        names = (home_name(kind) or "?", *(name for name, _ in found))
        return Thing(OBJECT, [self._held(part) for _, part in found], names)


def _name(attribute: tuple[str, Any]) -> str:
    return attribute[0]


def take(value: Any) -> Any:
    """The value as it is now, with its objects. Never raises."""
    taken = snapshot(value)
    return _gathered([value])[0] if taken is MET else taken


def take_all(values: list[Any]) -> list[Any]:
    """Values of one call, which may share objects. Never raises."""
    taken = list(map(snapshot, values))
    if MET not in taken:
        return taken
    places = [place for place, part in enumerate(taken) if part is MET]
    for place, part in zip(places, _gathered([values[place] for place in places])):
        taken[place] = part
    return taken


def _gathered(values: list[Any]) -> list[Part]:
    try:
        pool = Pool(values)
    except _FullError:
        return [TOO_LARGE] * len(values)
    except Exception:  # code of a stranger's made the objects
        return [NOT_READ] * len(values)
    return [Part(GRAPH, (pool, place)) for place in range(len(values))]
