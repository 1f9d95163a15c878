"""Objects that refer to each other: written as a flat table, and built from one.

The form is that of ``mendloop.model.graph``; the server brings what is written here into the one
form that equal graphs have in common.
"""

from __future__ import annotations

import json
from typing import Any, Callable

from mendloop.worker import classes
from mendloop.worker.loading import kind_of

TAG, REF = "$graph", "$ref"
MOST_OBJECTS = 2_000
_CONTAINERS: dict[Any, str] = {list: "list", set: "set", dict: "dict"}
_FIXED: Any = (tuple, frozenset)
_EMPTY: dict[str, Any] = {"list": list, "set": set, "dict": dict}


class TooManyError(Exception):
    """There are more objects than may be."""


class Found:
    """What a value reaches: its objects, and what is met more than once."""

    def __init__(self, value: Any, enters: Callable[[Any], bool]) -> None:
        """Look at everything once.

        Raises:
            TooManyError: There are too many objects.
        """
        self.many: set[int] = set()
        self._enters = enters
        self._seen: dict[int, Any] = {}
        self.objects: list[Any] = []
        waiting = [value]
        for part in waiting:  # grows while it is read
            if not enters(part):
                continue
            if id(part) in self._seen:
                self.many.add(id(part))
                continue
            self._seen[id(part)] = part
            kind = kind_of(part)
            if kind not in _CONTAINERS and kind not in _FIXED:
                self.objects.append(part)
                if len(self.objects) > MOST_OBJECTS:
                    raise TooManyError
            waiting += inside(part)
        self._spread()

    def _spread(self) -> None:
        """What is in a tuple that is met more than once is met as often as that."""
        waiting = [part for key, part in self._seen.items() if key in self.many]
        for part in waiting:  # grows while it is read
            kind = kind_of(part)
            if kind in _FIXED:
                inner = [one for one in part if id(one) not in self.many and self._enters(one)]
                self.many.update(map(id, inner))
                waiting += inner
            elif kind in _CONTAINERS:
                self.objects.append(part)


def inside(value: Any) -> list[Any]:
    """What a container or an object holds."""
    kind = kind_of(value)
    if kind is dict:
        return [*value, *value.values()]
    if kind in _CONTAINERS or kind in _FIXED:
        return list(value)
    return [part for _, part in attributes(value)]


def attributes(value: Any) -> list[tuple[str, Any]]:
    """The attributes of an object, by name."""
    return sorted(classes.state(value), key=_name)


def _name(attribute: tuple[str, Any]) -> str:
    return attribute[0]


class Rebuilt:
    """The objects of one call, made from its tables; equal tables are the same objects."""

    def __init__(self, decode: Callable[[Any, Rebuilt], Any]) -> None:
        """Begin with none."""
        self._decode = decode
        self._tables: dict[str, list[Any]] = {}
        self._now: list[Any] = []
        self._later: list[tuple[Any, list[Any]]] = []
        self._inside = False

    def graph(self, content: Any) -> Any:
        """The value that a graph stands for.

        Raises:
            NotHereError: A class is not there.
            Exception: Whatever a malformed table makes of itself.
        """
        shapes, table, root = content
        text = json.dumps([shapes, table])
        if text not in self._tables:
            self._tables[text] = self._objects(shapes, table)
        self._now, self._inside = self._tables[text], True
        built = self._decode(root, self)
        self._inside = False
        self._fill_later()
        return built

    def _objects(self, shapes: Any, table: Any) -> list[Any]:
        kinds = [classes.find(shape[0]) for shape in shapes]
        self._now = [
            _EMPTY[entry[0]]() if type(entry[0]) is str else classes.empty(kinds[entry[0]])
            for entry in table
        ]
        made, self._inside = self._now, True
        for entry, value in zip(table, made):  # noqa: B905  new in 3.10
            if entry[0] == "list":
                value.extend([self._decode(part, self) for part in entry[1:]])
            elif type(entry[0]) is str:
                self.hashed(value, entry[1:])
            else:
                parts = [self._decode(part, self) for part in entry[1:]]
                classes.fill(value, shapes[entry[0]][1:], parts)
        self._fill_later()
        return made

    def reference(self, number: int) -> Any:
        """The object of that number."""
        return self._now[number]

    def hashed(self, container: Any, parts: list[Any]) -> Any:
        """A set or dict that may hold objects: filled once these have their attributes."""
        if self._inside:
            self._later.append((container, parts))
        else:
            self._put(container, parts)
        return container

    def _fill_later(self) -> None:
        while self._later:
            # the innermost first: what is in a set may be looked into for its hash
            self._put(*self._later.pop())

    def _put(self, container: Any, parts: list[Any]) -> None:
        kind = kind_of(container)
        if kind is dict:
            for key, value in parts:
                container[self._decode(key, self)] = self._decode(value, self)
        else:
            container.update([self._decode(part, self) for part in parts])
