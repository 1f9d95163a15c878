"""Graphs of objects in the one form that isomorphic ones have in common.

Attributes stand by name, objects in the order in which they are first reached, containers that are
met once in their place, elements of sets in an order that does not depend on what they were called.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from mendloop.model.colours import SETS, Colours
from mendloop.model.graph import (
    REF,
    TAG,
    Entry,
    Kind,
    Table,
    has_graph,
    in_place,
    is_reference,
    references,
)
from mendloop.model.value import Encoded, canonical

_MOST_INLINE: Final = 60
"""So deep may containers stand in each other before one gets a number of its own."""


def settled(values: Sequence[Encoded], *, ordered: bool = True) -> list[Encoded]:
    """Values of one call, with their graphs in the one form.

    Args:
        values: Arguments that may share objects; or a single value.
        ordered: Whether the order of the pairs of a dict counts.
    """
    if not any(map(has_graph, values)):
        return list(values)
    plain = _numbered(values, None)
    table = Table(plain)
    sets = any(entry.kind == ("set",) or _sets(list(entry.parts)) for entry in table.entries)
    if ordered and not sets and not any(map(_sets, table.roots)):
        return plain
    return _numbered(plain, Colours(table.entries, ordered=ordered))


def settled_apart(value: Encoded) -> Encoded:
    """A value with each graph in it in the one form, by itself and where it stands."""
    match value:
        case list():
            return [settled_apart(part) for part in value]
        case {"$graph": _}:
            return settled([value])[0]
        case dict():
            return {key: settled_apart(part) for key, part in value.items()}
        case _:
            return value


def _numbered(values: Sequence[Encoded], colours: Colours | None) -> list[Encoded]:
    """Values with tables in the order in which objects are reached.

    Values that reach a common object have one table. So have those whose tables would be equal:
    they are equal copies, and would be taken for the same objects.
    """
    table = Table(values)
    groups = _groups(table)
    while True:
        found = [
            _Order(table.entries, colours).numbered([table.roots[place] for place in group])
            for group in groups
        ]
        texts = [_table_text(one[0]) for one in found]
        if len(set(texts)) == len(texts):
            break
        alike: dict[str, list[int]] = {}
        for text, group in zip(texts, groups, strict=True):
            alike[text] = sorted([*alike.get(text, ()), *group])
        groups = list(alike.values())
    whole = list(table.roots)
    for group, numbered in zip(groups, found, strict=True):
        for place, value in zip(group, numbered, strict=True):
            whole[place] = value
    return whole


def _table_text(value: Encoded) -> str:
    match value:
        case {"$graph": [shapes, objects, _]}:
            return canonical([shapes, objects])
        case _:
            return canonical(value)


def _groups(table: Table) -> list[list[int]]:
    """Which of the values reach a common object; those that reach none are left out."""
    groups: list[tuple[set[int], list[int]]] = []
    for place, root in enumerate(table.roots):
        reached = _reached(table.entries, root)
        if not reached:
            continue
        own = [group for group in groups if not group[0].isdisjoint(reached)]
        groups = [group for group in groups if group[0].isdisjoint(reached)]
        places = sorted([place, *(each for group in own for each in group[1])])
        groups.append((reached.union(*(group[0] for group in own)), places))
    return [places for _, places in groups]


def _reached(entries: Sequence[Entry], root: Encoded) -> set[int]:
    reached: set[int] = set()
    waiting = list(references(root))
    while waiting:
        number = waiting.pop()
        if number not in reached:
            reached.add(number)
            waiting += references(list(entries[number].parts))
    return reached


class _Order:
    """The order in which the objects of a table are reached."""

    def __init__(self, entries: Sequence[Entry], colours: Colours | None) -> None:
        self._entries = entries
        self._colours = colours
        self._ordered = colours is None or colours.ordered
        self._numbers: dict[int, int] = {}
        self._kept: frozenset[int] = frozenset()
        self._ranks: list[int] = []

    def numbered(self, roots: list[Encoded]) -> list[Encoded]:
        """These values, each with the table of all that they reach together."""
        self._kept = self._with_number(roots)
        if self._colours is not None:
            reached = {number for root in roots for number in _reached(self._entries, root)}
            self._ranks = self._colours.ranks(roots, reached)
        shapes: dict[Kind, int] = {}
        objects: list[Encoded] = []
        for number in self._walk(roots):
            entry = self._entries[number]
            parts = [self._written(part) for part in entry.parts]
            head: Encoded = entry.kind[0]
            if not entry.container:
                head = shapes.setdefault(entry.kind, len(shapes))
            elif head == "set" or (head == "dict" and not self._ordered):
                parts.sort(key=canonical)
            objects.append([head, *parts])
        named: list[Encoded] = [list(kind) for kind in shapes]
        return [{TAG: [named, objects, self._written(root)]} for root in roots]

    def _with_number(self, roots: list[Encoded]) -> frozenset[int]:
        """Objects, containers that are met more than once, and those that would stand too deep."""
        met: dict[int, int] = {}
        waiting = [number for root in roots for number in references(root)]
        for number in waiting:  # grows while it is read
            met[number] = met.get(number, 0) + 1
            if met[number] == 1:
                waiting += references(list(self._entries[number].parts))
        kept = {
            number
            for number, count in met.items()
            if count > 1 or not self._entries[number].container
        }
        placed = [found for root in roots for found in _placed(root, 0)]
        seen: set[int] = set()
        for number, depth in placed:
            if depth > _MOST_INLINE:
                kept.add(number)
            if number not in seen:
                seen.add(number)
                start = 0 if number in kept else depth
                placed += _placed(list(self._entries[number].parts), start)
        return frozenset(kept)

    def _walk(self, roots: list[Encoded]) -> list[int]:
        """Number all that is reached, in the order of the first look."""
        found: list[int] = []
        waiting: list[Any] = list(reversed(roots))
        while waiting:
            part = waiting.pop()
            if is_reference(part):
                waiting += reversed(self._entered(part[REF], found))
            else:
                waiting += reversed(self._in_order(part))
        return found

    def _entered(self, number: int, found: list[int]) -> list[Encoded]:
        entry = self._entries[number]
        if number in self._kept:
            if number in self._numbers:
                return []
            self._numbers[number] = len(found)
            found.append(number)
        return self._in_order(in_place(entry)) if entry.container else list(entry.parts)

    def _in_order(self, part: Encoded) -> list[Encoded]:
        """What a part holds, in the order in which it is looked at."""
        match part:
            case list():
                return part
            case {"$s": list() as items} | {"$fs": list() as items}:
                return self._told_apart(items)
            case {"$d": list() as pairs} if not self._ordered:
                return self._told_apart(pairs)
            case dict():
                return [part[key] for key in sorted(part)]
            case _:
                return []

    def _told_apart(self, items: list[Encoded]) -> list[Encoded]:
        colours = self._colours
        if colours is None:
            return items
        if not self._ranks:
            return sorted(items, key=colours.text)

        def key(item: Encoded) -> tuple[str, str]:
            return colours.text(item), colours.ranked(item, self._ranks)

        return sorted(items, key=key)

    def _written(self, part: Encoded) -> Encoded:
        match part:
            case list():
                return [self._written(each) for each in part]
            case dict() if is_reference(part):
                (number,) = references(part)
                if number in self._kept:
                    return {REF: self._numbers[number]}
                return self._written(in_place(self._entries[number]))
            case dict():
                return {key: self._under(key, each) for key, each in part.items()}
            case _:
                return part

    def _under(self, key: str, part: Encoded) -> Encoded:
        written = self._written(part)
        if isinstance(written, list) and (key in SETS or (key == "$d" and not self._ordered)):
            return sorted(written, key=canonical)
        return written


def _placed(value: Encoded, depth: int) -> Iterator[tuple[int, int]]:
    """The objects that a part means, and how deep each reference stands."""
    waiting: list[tuple[Encoded, int]] = [(value, depth)]
    while waiting:
        match waiting.pop():
            case {"$ref": int() as number}, deep:
                yield number, deep
            case dict() as part, deep:
                waiting += [(each, deep + 1) for each in part.values()]
            case list() as part, deep:
                waiting += [(each, deep + 1) for each in part]
            case _:
                pass


def _sets(value: Encoded) -> bool:
    """Whether a set in a value holds a reference."""
    match value:
        case list():
            return any(map(_sets, value))
        case {"$s": list() as items} | {"$fs": list() as items}:
            return next(references(items), None) is not None
        case dict():
            return any(map(_sets, value.values()))
        case _:
            return False
