"""Near-misses of graphs of objects: another value in one, a reference less, another beginning.

Arguments that have the same table have the same near-miss of it: they go on sharing objects.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

from mendloop.model.graph import REF, TAG, is_reference, looks_like
from mendloop.model.settled import settled
from mendloop.model.value import Encoded, canonical

_OBJECTS: Final = 4
"""So many objects of a table are varied, and so many are begun at."""
_VARIANTS: Final = 3
"""Of one attribute."""

Near = Callable[[Encoded], Iterator[Encoded]]


def near_graphs(values: Sequence[Encoded], near: Near) -> Iterator[list[Encoded]]:
    """Arguments of calls that differ from one in a graph.

    Args:
        values: All arguments, by position and by name.
        near: Values close to one that is no graph.
    """
    tables = {canonical(found[:2]): found for found in map(_content, values) if found}
    for shapes, objects, _ in tables.values():
        for other in _near_tables(objects, near):
            yield settled([_with(value, [shapes, objects], other) for value in values])
    for place, value in enumerate(values):
        for root in _near_roots(_content(value)):
            yield settled([*values[:place], root, *values[place + 1 :]])


def _content(value: Encoded) -> list[Any]:
    if isinstance(value, dict) and isinstance(found := value.get(TAG), list) and looks_like(found):
        return found
    return []


def _with(value: Encoded, table: list[Any], objects: list[Any]) -> Encoded:
    content = _content(value)
    return {TAG: [table[0], objects, content[2]]} if content[:2] == table else value


def _near_tables(objects: list[Any], near: Near) -> Iterator[list[Any]]:
    for number, entry in enumerate(objects[:_OBJECTS]):
        if isinstance(entry[0], str):
            continue
        for place, part in enumerate(entry[1:], start=1):
            for other in islice(near(part), _VARIANTS):
                varied = [*entry[:place], other, *entry[place + 1 :]]
                yield [*objects[:number], varied, *objects[number + 1 :]]


def _near_roots(content: list[Any]) -> Iterator[Encoded]:
    """The same graph from another object of the same class."""
    if not content or not is_reference(content[2]):
        return
    shapes, objects, root = content
    kind = objects[root[REF]][0]
    alike = [n for n, entry in enumerate(objects) if entry[0] == kind and n != root[REF]]
    for number in alike[:_OBJECTS]:
        yield {TAG: [shapes, objects, {REF: number}]}
