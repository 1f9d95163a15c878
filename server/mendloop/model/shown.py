"""Values as a text to be read: graphs of objects in words, all else as it is kept."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from mendloop.model.graph import has_graph, is_reference, looks_like
from mendloop.model.value import Encoded, call_text, canonical

_MOST: Final = 24
"""Objects of one graph that are written out."""


def shown(value: Encoded) -> str:
    """A value; ``→0 where 0 = Node(next=→1, value='a'); ...`` for a graph."""
    if not has_graph(value):
        return canonical(value)
    return "; ".join(_parts([value]))


def shown_call(args: tuple[Encoded, ...], kwargs: Mapping[str, Encoded]) -> str:
    """The arguments of a call; a table that several have in common is written once."""
    if not any(map(has_graph, (*args, *kwargs.values()))):
        return call_text(args, kwargs)
    texts = [*map(_root, args), *(f"{name}={_root(value)}" for name, value in kwargs.items())]
    tables = "; ".join(islice(_tables([*args, *kwargs.values()]), _MOST))
    return f"({', '.join(texts)}) where {tables}"


def _parts(values: list[Encoded]) -> Iterator[str]:
    first, *rest = _tables(values)
    yield f"{', '.join(map(_root, values))} where {first}"
    yield from rest[:_MOST]
    if len(rest) > _MOST:
        yield f"... {len(rest) - _MOST} more"


def _root(value: Encoded) -> str:
    match value:
        case {"$graph": [list(), list(), root]}:
            return _text(root)
        case _:
            return _text(value)


def _tables(values: list[Encoded]) -> Iterator[str]:
    """The objects of each table, once."""
    told = set[str]()
    for content in _graphs(values):
        text = canonical(content[:2])
        if text not in told:
            told.add(text)
            shapes, objects, _ = content
            yield from (f"{at} = {_entry(one, shapes)}" for at, one in enumerate(objects))


def _graphs(value: Encoded) -> Iterator[list[Any]]:
    match value:
        case list():
            for part in value:
                yield from _graphs(part)
        case {"$graph": list() as content} if looks_like(content):
            yield content
        case dict():
            for part in value.values():
                yield from _graphs(part)
        case _:
            return


def _entry(entry: list[Any], shapes: list[Any]) -> str:
    head, *parts = entry
    if isinstance(head, str):
        return f"{head}({', '.join(map(_text, parts))})"
    name, *names = shapes[head]
    pairs = (f"{at}={_text(part)}" for at, part in zip(names, parts, strict=True))
    return f"{name.rpartition(':')[2]}({', '.join(pairs)})"


def _text(value: Encoded) -> str:
    match value:
        case list():
            return f"[{', '.join(map(_text, value))}]"
        case dict() if is_reference(value):
            return f"→{value['$ref']}"
        case dict():
            return _tagged(value)
        case None | bool() | str():
            return repr(value)
        case _:
            return canonical(value)


def _tagged(value: dict[str, Encoded]) -> str:
    match value:
        case {"$t": list() as items}:
            return f"({', '.join(map(_text, items))})"
        case {"$s": list() as items} | {"$fs": list() as items}:
            return f"{{{', '.join(map(_text, items))}}}"
        case {"$d": list() as pairs}:
            parts = (
                ": ".join(map(_text, pair)) if isinstance(pair, list) else "" for pair in pairs
            )
            return f"{{{', '.join(parts)}}}"
        case dict() if not any(key.startswith("$") for key in value):
            return f"{{{', '.join(f'{key!r}: {_text(part)}' for key, part in value.items())}}}"
        case _:
            return canonical(value)
