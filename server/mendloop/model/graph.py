"""Objects that refer to each other, as a flat table: what is shared stays shared.

    {"$graph": [shapes, objects, root]}

A shape is a class and the names of attributes, ``["tools/graph.py:Node", "successors", "value"]``.
An object is the number of its shape and what stands in these attributes; or it is a container that
is met more than once: ``["list", ...]``, ``["set", ...]``, ``["dict", [key, value], ...]``. Within
the three, ``{"$ref": 4}`` means the object of that number, before or after. Graphs of one call with
the same table are the same objects.

There is one form of a graph, and what comes from outside is brought into it (``settled``):
attributes by name, objects in the order in which they are first reached, containers that are met
once in their place. So two graphs are isomorphic where their canonical texts are equal.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, Final, TypeAlias, cast

from mendloop.model.value import Encoded, canonical
from mendloop.noun import dataclass

TAG: Final = "$graph"
REF: Final = "$ref"
MOST_OBJECTS: Final = 2_000
"""A graph of more is not kept."""
_CONTAINERS: Final = frozenset({"list", "set", "dict"})
_UNHASHABLE: Final = frozenset({"$s", "$d", TAG})
_CLASS: Final = re.compile(r"[^:\x00-\x1f]{1,200}\.py:[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_LONGEST: Final = 200
_PARTS: Final = 3
_PAIR: Final = 2

Kind: TypeAlias = "tuple[str, ...]"
"""The class and the attributes of an object; ``("list",)`` and the like of a container."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One object of a table: its kind, and what it holds in the order of that."""

    kind: Kind
    parts: tuple[Encoded, ...]

    @property
    def container(self) -> bool:
        """Whether it is a shared list, set or dict."""
        return len(self.kind) == 1 and self.kind[0] in _CONTAINERS


def looks_like(content: object) -> bool:
    """Whether what stands under the tag can be meant for nothing else."""
    if not isinstance(content, list):
        return False
    parts = cast("list[object]", content)
    return len(parts) == _PARTS and _rows(parts[0]) and _rows(parts[1])


def _rows(part: object) -> bool:
    return isinstance(part, list) and all(
        isinstance(row, list) for row in cast("list[object]", part)
    )


def fault(content: object) -> str:
    """What is wrong with what stands under the tag; empty where nothing is."""
    if not looks_like(content):
        return "a graph is a list of shapes, objects and a root"
    shapes, objects, root = cast("tuple[list[Any], list[list[Any]], Any]", content)
    if len(objects) > MOST_OBJECTS:
        return f"a graph has at most {MOST_OBJECTS} objects"
    for shape in shapes:
        if wrong := _shape_fault(shape):
            return wrong
    for number, entry in enumerate(objects):
        if wrong := _entry_fault(entry, shapes):
            return f"object {number} {wrong}"
    return _reference_fault([*chain.from_iterable(objects), root], objects)


def _shape_fault(shape: list[Any]) -> str:
    if not shape or not all(isinstance(part, str) and len(part) <= _LONGEST for part in shape):
        return "a shape is a list of texts: the class, and names of attributes"
    name, names = shape[0], shape[1:]
    if not _CLASS.fullmatch(name) or name.startswith("/") or ".." in name.split(":")[0].split("/"):
        return "a class is named as path/in/workspace.py:Name"
    return "a shape names an attribute twice" if len(set(names)) < len(names) else ""


def _is_pair(part: object) -> bool:
    return isinstance(part, list) and len(cast("list[object]", part)) == _PAIR


def _entry_fault(entry: list[Any], shapes: list[Any]) -> str:
    match entry:
        case ["list" | "set", *_]:
            return ""
        case ["dict", *pairs]:
            fine = all(_is_pair(pair) for pair in pairs)
            return "" if fine else "has a part that is no pair of key and value"
        case [int() as shape, *parts] if not isinstance(shape, bool) and 0 <= shape < len(shapes):
            fine = len(parts) == len(shapes[shape]) - 1
            return "" if fine else "does not have as many parts as its shape has attributes"
        case _:
            return "begins with neither the number of a shape nor list, set or dict"


def _reference_fault(parts: list[Any], objects: list[Any]) -> str:
    """Whether each reference means an object, and none that cannot be hashed stands in a set."""
    waiting: list[tuple[Any, bool]] = [(part, False) for part in parts]
    for entry in objects:
        if entry[0] == "set":
            waiting += [(part, True) for part in entry[1:]]
        elif entry[0] == "dict":
            waiting += [(pair[0], True) for pair in entry[1:]]
    while waiting:
        part, hashed = waiting.pop()
        wrong = _part_fault(part, objects, hashed=hashed)
        if wrong:
            return wrong
        waiting += _inner(part, hashed=hashed)
    return ""


def _part_fault(part: Encoded, objects: list[Any], *, hashed: bool) -> str:
    if isinstance(part, dict) and TAG in part:
        return "a graph stands in a graph"
    if isinstance(part, dict) and is_reference(part):
        number = part[REF]
        if isinstance(number, bool) or not isinstance(number, int):
            return "a reference is the number of an object"
        if not 0 <= number < len(objects):
            return f"there is no object {number!s:.20}"
        return _HASHED if hashed and objects[number][0] in _CONTAINERS else ""
    mutable = isinstance(part, list) or (isinstance(part, dict) and _mutable(part))
    return _HASHED if hashed and mutable else ""


_HASHED: Final = "a list, dict or set stands in a set, or is the key of a dict"


def _mutable(part: dict[str, Encoded]) -> bool:
    return not any(key.startswith("$") for key in part) or not _UNHASHABLE.isdisjoint(part)


def _inner(part: Encoded, *, hashed: bool) -> list[tuple[Encoded, bool]]:
    match part:
        case list():
            return [(each, False) for each in part]
        case {"$s": list() as items} | {"$fs": list() as items}:
            return [(each, True) for each in items]
        case {"$t": list() as items}:
            return [(each, hashed) for each in items]
        case {"$d": list() as pairs}:
            return [
                (each, place == 0)
                for pair in pairs
                if isinstance(pair, list)
                for place, each in enumerate(pair)
            ]
        case dict() if not is_reference(part):
            return [(each, False) for each in part.values()]
        case _:
            return []


def is_reference(part: object) -> bool:
    """Whether a part of a graph means an object by its number."""
    return isinstance(part, dict) and REF in part and len(cast("dict[object, object]", part)) == 1


def has_graph(value: Encoded) -> bool:
    """Whether some part of a value is a graph."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if TAG in part and looks_like(part[TAG]):
                return True
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return False


def fault_within(value: Encoded) -> str:
    """What is wrong with the first of the graphs in a value that cannot be; empty where none is."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if TAG in part and looks_like(part[TAG]) and (wrong := fault(part[TAG])):
                return wrong
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return ""


def changed(value: Encoded, change: Callable[[int], Encoded]) -> Encoded:
    """A part of a graph with something else for each reference."""
    match value:
        case list():
            return [changed(part, change) for part in value]
        case dict() if is_reference(value):
            number = value[REF]
            return change(number) if isinstance(number, int) else value
        case dict():
            return {key: changed(part, change) for key, part in value.items()}
        case _:
            return value


class Table:
    """The objects of some values that may share them, and these values with references to them."""

    def __init__(self, values: Sequence[Encoded]) -> None:
        """Take all graphs in the values into one table."""
        self.entries: list[Entry] = []
        self._known: dict[str, int] = {}
        self.roots: list[Encoded] = [self._lifted(value) for value in values]

    def _lifted(self, value: Encoded) -> Encoded:
        match value:
            case list():
                return [self._lifted(part) for part in value]
            case {"$graph": [list() as shapes, list() as objects, root]}:
                start = self._take(shapes, objects)
                return changed(root, lambda number: {REF: number + start})
            case dict():
                return {key: self._lifted(part) for key, part in value.items()}
            case _:
                return value

    def _take(self, shapes: list[Encoded], objects: list[Encoded]) -> int:
        """Add a table, unless it is there; gives the number of its first object."""
        text = canonical([shapes, objects])
        start = self._known.setdefault(text, len(self.entries))
        if start == len(self.entries):
            self.entries += [_entry(each, shapes, start) for each in objects]
        return start


def _entry(raw: Encoded, shapes: list[Any], start: int) -> Entry:
    moved: Any = changed(raw, lambda number: {REF: number + start})
    head, *parts = moved
    if isinstance(head, str):
        return Entry((head,), tuple(parts))
    name, *names = shapes[head]
    order = sorted(range(len(names)), key=names.__getitem__)
    return Entry((name, *(names[place] for place in order)), tuple(parts[at] for at in order))


def references(value: Encoded) -> Iterator[int]:
    """The objects that a part means, in its own order."""
    waiting: list[Encoded] = [value]
    while waiting:
        match waiting.pop():
            case {"$ref": int() as number}:
                yield number
            case dict() as part:
                waiting += reversed(part.values())
            case list() as part:
                waiting += reversed(part)
            case _:
                pass


def in_place(entry: Entry) -> Encoded:
    """A container as it is written where it is met only once."""
    parts = list(entry.parts)
    if entry.kind == ("list",):
        return parts
    if entry.kind == ("set",):
        return {"$s": parts}
    pairs = [pair for pair in parts if isinstance(pair, list)]
    if all(isinstance(key, str) and not key.startswith("$") for key, _ in pairs):
        return {str(key): value for key, value in pairs}
    return {"$d": parts}
