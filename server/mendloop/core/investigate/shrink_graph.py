"""Smaller variants of graphs of objects: fewer objects, fewer references, smaller values.

All arguments that have the same table have the same variant of it, so that they go on sharing
their objects. What is reached no more falls out when the call is brought into its one form.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

from mendloop.model.graph import REF, TAG, is_reference
from mendloop.model.settled import settled
from mendloop.model.value import Encoded, canonical

PIECES: Final = 16
"""The finest cut of the objects; also how many of them are looked into."""
_WHOLE: Final = frozenset({"$s", "$fs", "$d"})

Smaller = Callable[[Encoded], Iterator[Encoded]]


def tables(values: Sequence[Encoded]) -> list[list[Any]]:
    """The different tables of some arguments: shapes and objects."""
    found: dict[str, list[Any]] = {}
    for value in values:
        if isinstance(value, dict) and isinstance(content := value.get(TAG), list):
            found.setdefault(canonical(content[:2]), content[:2])
    return list(found.values())


def smaller_calls(values: Sequence[Encoded], smaller: Smaller) -> Iterator[list[Encoded]]:
    """Calls in which a table that arguments share is smaller.

    Args:
        values: All arguments, by position and by name.
        smaller: Simpler values in place of one that is no graph.
    """
    for table in tables(values):
        for other in _smaller_tables(table, smaller):
            yield settled([_with_table(value, table, other) for value in values])


def smaller_roots(content: list[Any], smaller: Smaller) -> Iterator[Encoded]:
    """A graph that begins elsewhere: with fewer objects, or at one that the root refers to."""
    shapes, objects, root = content
    for other in smaller(root):
        yield {TAG: [shapes, objects, other]}
    if is_reference(root):
        for number in _referred(objects[root[REF]])[:PIECES]:
            yield {TAG: [shapes, objects, {REF: number}]}


def _with_table(value: Encoded, table: list[Any], other: list[Any]) -> Encoded:
    match value:
        case {"$graph": [shapes, objects, root]} if [shapes, objects] == table:
            return {TAG: [*other, root]}
        case _:
            return value


def _smaller_tables(table: list[Any], smaller: Smaller) -> Iterator[list[Any]]:
    shapes, objects = table
    for start, stop in _cuts(len(objects)):
        dropped = range(start, stop)
        kept = [
            entry if number in dropped else [entry[0], *_without(entry[1:], dropped)]
            for number, entry in enumerate(objects)
        ]
        if kept != objects:
            yield [shapes, kept]
    for number, entry in enumerate(objects[:PIECES]):
        for parts in _smaller_entry(entry, smaller):
            yield [shapes, [*objects[:number], [entry[0], *parts], *objects[number + 1 :]]]


def _cuts(length: int) -> Iterator[tuple[int, int]]:
    """Pieces to be left out: halves, then ever finer ones; the last first."""
    pieces = 2
    while pieces <= max(PIECES, 2) and pieces // 2 < length:
        bounds = [length * number // pieces for number in range(pieces + 1)]
        yield from reversed([pair for pair in pairwise(bounds) if pair[0] < pair[1]])
        pieces *= 2


def _without(parts: list[Any], dropped: range) -> list[Any]:
    """Parts that refer to some objects no more: out of containers, or nothing in their place."""
    return [_less(part, dropped) for part in parts]


def _less(part: Encoded, dropped: range) -> Encoded:
    match part:
        case dict() if is_reference(part):
            return None if _means(part, dropped) else part
        case list():
            return [_less(each, dropped) for each in part if not _means(each, dropped)]
        case dict():
            return {key: _under(key, each, dropped) for key, each in part.items()}
        case _:
            return part


def _under(key: str, part: Encoded, dropped: range) -> Encoded:
    """What stands under one key; of a set or of pairs nothing else may change."""
    if key in _WHOLE and isinstance(part, list):
        return [each for each in part if not _means(each, dropped)]
    return _less(part, dropped)


def _means(part: Encoded, dropped: range) -> bool:
    return any(number in dropped for number in _referred([part]))


def _smaller_entry(entry: list[Any], smaller: Smaller) -> Iterator[list[Any]]:
    parts = entry[1:]
    if isinstance(entry[0], str):
        for number in range(min(len(parts), PIECES)):
            yield [*parts[:number], *parts[number + 1 :]]
        return
    for place, part in enumerate(parts[:PIECES]):
        for other in smaller(part):
            yield [*parts[:place], other, *parts[place + 1 :]]


def _referred(parts: Any) -> list[int]:
    found: list[int] = []
    waiting = [parts]
    while waiting:
        part = waiting.pop(0)
        if is_reference(part):
            found.append(part[REF])
        elif isinstance(part, dict):
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return found
