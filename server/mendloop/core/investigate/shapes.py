"""What the arguments of a call look like: types and shapes, place by place.

A place is an argument, or what it holds: ``argument 1['sku']``, ``argument 1[]`` for all items. Its
type is what a programmer calls it; its shape says a little more: empty, negative, not ASCII, what a
list holds. Values themselves are not told, but for short ones that come again and again.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from mendloop.model.execution import Execution
from mendloop.model.graph import TAG
from mendloop.model.value import Encoded
from mendloop.noun import dataclass

MOST_PLACES: Final = 60
_DEEPEST: Final = 3
_WIDEST: Final = 20
_ROW: Final = 6
"""A longer tuple is a sequence, and no row of fields."""
_MOST_VISITED: Final = 400
_LOOKED_INTO: Final = 50
_LONGEST_NAME: Final = 60
_SHORT: Final = 24
_TAGS: Final = {
    "$t": "tuple", "$s": "set", "$fs": "frozenset", "$b": "bytes", "$i": "int", "$f": "float",
    "$d": "dict", "$decimal": "Decimal", "$datetime": "datetime", "$date": "date",
    "$dataclass": "dataclass",
}  # fmt: skip
ABSENT: Final = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What stands at one place."""

    type: str
    shape: str
    """Begins with the type."""
    value: str = ""
    """A short value as text; empty where it is long, or a container."""


def looks(execution: Execution) -> Mapping[str, Look]:
    """What stands at every place of a call's arguments; all items of a list are one place."""
    found: dict[str, dict[str, Look]] = {}
    every = (pair for place, value in _arguments(execution) for pair in _walk(place, value, 0))
    for name, inner in islice(every, _MOST_VISITED):
        if name in found or len(found) < MOST_PLACES:
            one = look(inner)
            found.setdefault(name, {})[one.shape] = one
    return {name: _merged(tuple(some.values())) for name, some in found.items()}


def _merged(some: Sequence[Look]) -> Look:
    """What the items of one place look like together."""
    if len(some) == 1:
        return some[0]
    return Look(
        type=" | ".join(sorted({one.type for one in some})),
        shape=" | ".join(sorted(one.shape for one in some)),
    )


def look(value: Encoded) -> Look:
    """What one value looks like."""
    kind = type_of(value)
    detail = _detail(value)
    return Look(type=kind, shape=f"{kind} {detail}" if detail else kind, value=_short(value))


def type_of(value: Encoded) -> str:
    """The type of a value, as a programmer calls it."""
    match value:
        case None:
            return "None"
        case dict():
            tag = next((key for key in value if key.startswith("$")), "")
            if tag == TAG:
                return _type_of_graph(value)
            return _TAGS.get(tag, tag.lstrip("$")[:_LONGEST_NAME]) if tag else "dict"
        case _:
            return type(value).__name__


def _type_of_graph(value: dict[str, Encoded]) -> str:
    """The class of an object, or the kind of container that holds some."""
    match value[TAG]:
        case [list() as shapes, list() as objects, {"$ref": int() as number}]:
            entry: Any = objects[number]
            kind: Any = entry[0] if isinstance(entry[0], str) else shapes[entry[0]]
            return kind if isinstance(kind, str) else kind[0].rpartition(":")[2][:_LONGEST_NAME]
        case [_, _, root]:
            return type_of(root)
        case _:
            return "object"


def _arguments(execution: Execution) -> Iterator[tuple[str, Encoded]]:
    for number, value in enumerate(execution.args, start=1):
        yield f"argument {number}", value
    for name, value in execution.kwargs.items():
        yield f"argument {name[:_LONGEST_NAME]!r}", value


def _walk(place: str, value: Encoded, depth: int) -> Iterator[tuple[str, Encoded]]:
    yield place, value
    if depth >= _DEEPEST:
        return
    for name, inner in _parts(value):
        yield from _walk(f"{place}{name}", inner, depth + 1)


def _parts(value: Encoded) -> Iterator[tuple[str, Encoded]]:
    """What a container holds: an object by its keys, a short tuple by position, else all alike."""
    match value:
        case list():
            yield from (("[]", inner) for inner in value[:_WIDEST])
        case {"$t": list(items)} if len(items) <= _ROW:
            yield from ((f"[{number}]", inner) for number, inner in enumerate(items))
        case {"$t": list(items)} | {"$s": list(items)} | {"$fs": list(items)}:
            yield from (("[]", inner) for inner in items[:_WIDEST])
        case dict() if not any(key.startswith("$") for key in value):
            for key in sorted(value)[:_WIDEST]:
                yield f"[{key[:_LONGEST_NAME]!r}]", value[key]
        case _:
            pass


def _detail(value: Encoded) -> str:
    match value:
        case bool() | None:
            return ""
        case int() | float():
            return "zero" if value == 0 else "negative" if value < 0 else ""
        case str():
            return _text(value)
        case list():
            return _items(value)
        case dict():
            return _object(value)


def _text(value: str) -> str:
    if not value:
        return "empty"
    if not value.strip():
        return "blank"
    return "" if value.isascii() else "not ASCII"


def _items(items: list[Encoded]) -> str:
    if not items:
        return "empty"
    kinds = sorted({type_of(each) for each in items[:_LOOKED_INTO]})
    return f"of {' | '.join(kinds)}"


def _object(value: dict[str, Encoded]) -> str:
    if not value:
        return "empty"
    for key, inner in value.items():
        if key == TAG:
            return ""
        if key.startswith("$"):
            if isinstance(inner, list) and key != "$dataclass":
                return _items(inner)
            return "" if not isinstance(inner, str) or inner else "empty"
    return ""


def _short(value: Encoded) -> str:
    match value:
        case bool() | int() | None:
            text = repr(value)
        case str():
            text = repr(value)
        case _:
            return ""
    return text if len(text) <= _SHORT else ""
