"""What the arguments of a call look like: types and shapes, place by place.

A place is an argument, or a key of an object in one, such as ``argument 1['sku']``. Its type is
what a programmer calls it; its shape says a little more: empty, negative, not ASCII, what a list
holds. Values themselves are not told, but for short ones that come again and again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from mendloop.model.execution import Execution
from mendloop.model.value import Encoded

MOST_PLACES: Final = 60
_DEEPEST: Final = 2
_WIDEST: Final = 20
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
    """What stands at every place of a call's arguments; places of one name are the same place."""
    found: dict[str, Look] = {}
    for place, value in _arguments(execution):
        for name, inner in _walk(place, value, 0):
            if len(found) >= MOST_PLACES:
                return found
            found[name] = look(inner)
    return found


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
            return _TAGS.get(tag, tag.lstrip("$")[:_LONGEST_NAME]) if tag else "dict"
        case _:
            return type(value).__name__


def _arguments(execution: Execution) -> Iterator[tuple[str, Encoded]]:
    for number, value in enumerate(execution.args, start=1):
        yield f"argument {number}", value
    for name, value in execution.kwargs.items():
        yield f"argument {name[:_LONGEST_NAME]!r}", value


def _walk(place: str, value: Encoded, depth: int) -> Iterator[tuple[str, Encoded]]:
    yield place, value
    if depth >= _DEEPEST or not isinstance(value, dict):
        return
    if any(key.startswith("$") for key in value):
        return
    for key in sorted(value)[:_WIDEST]:
        yield from _walk(f"{place}[{key[:_LONGEST_NAME]!r}]", value[key], depth + 1)


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
