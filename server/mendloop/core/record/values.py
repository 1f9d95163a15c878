"""Values from outside, made into tagged JSON of bounded size and depth.

The writer may be a recorder, which knows the tags, or an agent that writes plain JSON by hand. So
what is no well-formed tag is taken for what it looks like: a dict whose key begins with ``$``.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Final, TypeGuard, cast

from mendloop.core.record.texts import one_line
from mendloop.model.graph import TAG, fault, has_graph, is_reference, looks_like
from mendloop.model.settled import settled
from mendloop.model.value import MOST_CHARACTERS, MOST_DEPTH, Encoded, canonical

TOO_LARGE: Final[Encoded] = {"$opaque": "too large"}
TOO_DEEP: Final[Encoded] = {"$opaque": "too deep"}

_EXACT: Final = 2**53
"""Up to here every JSON reader keeps an integer exactly."""
_MOST_BITS: Final = 10_000
_PAIR_LEVELS: Final = 3
"""A dict written as pairs stands this much deeper than one written as an object."""
_INT: Final = re.compile(r"-?\d{1,4300}")
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})*")


class Malformed(Exception):
    """Ends the reading of a record; the message is the reason, and names the field."""


def encoded(value: object, where: str) -> Encoded:
    """The tagged JSON of a parsed JSON value.

    Parts nested deeper than ``MOST_DEPTH`` become opaque; NaN, infinities and integers beyond
    2**53 get their tags.

    Raises:
        Malformed: A part is no JSON.
    """
    return _encode(value, where, MOST_DEPTH)


def answer(value: object, where: str) -> Encoded:
    """The tagged JSON of a result, or of one that is expected.

    Raises:
        Malformed: A part is no JSON.
    """
    return settled([encoded(value, where)])[0]


def encoded_call(
    args: tuple[Encoded, ...], kwargs: Mapping[str, Encoded]
) -> tuple[tuple[Encoded, ...], dict[str, Encoded]]:
    """The arguments of one call, with the graphs of objects in their one form."""
    values = [*args, *kwargs.values()]
    if not any(map(has_graph, values)):
        return args, dict(kwargs)
    parts = settled(values)
    return tuple(parts[: len(args)]), dict(zip(kwargs, parts[len(args) :], strict=True))


def fitting(value: Encoded) -> Encoded:
    """The value, or ``TOO_LARGE`` where its JSON text is longer than may be kept."""
    return value if len(canonical(value)) <= MOST_CHARACTERS else TOO_LARGE


def fitting_call(
    args: tuple[Encoded, ...], kwargs: Mapping[str, Encoded]
) -> tuple[tuple[Encoded, ...], dict[str, Encoded]]:
    """The arguments, of which each and all together are short enough to be kept."""
    whole = tuple(fitting(value) for value in args)
    named = {name: fitting(value) for name, value in kwargs.items()}
    if len(canonical([list(whole), named])) <= MOST_CHARACTERS:
        return whole, named
    share = MOST_CHARACTERS // (4 * (len(whole) + len(named)))
    whole = tuple(_at_most(value, share) for value in whole)
    named = {name: _at_most(value, share) for name, value in named.items()}
    if len(canonical([list(whole), named])) <= MOST_CHARACTERS:
        return whole, named
    return (TOO_LARGE,), {}


def fields(raw: object, where: str, known: frozenset[str]) -> Mapping[str, object]:
    """The fields of an object that may have only those known.

    Raises:
        Malformed: It has another, or is no object.
    """
    if not is_object(raw):
        raise Malformed(f"{where} must be an object.")
    read: dict[str, object] = {}
    for key, value in raw.items():
        if not isinstance(key, str) or key not in known:
            name = one_line(str(key), most=40)
            raise Malformed(f"{where} has no field `{name}`, only {', '.join(sorted(known))}.")
        read[key] = value
    return read


def is_object(value: object) -> TypeGuard[dict[object, object]]:
    """Whether a value is a dict, of whatever."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[object]]:
    """Whether a value is a list, of whatever."""
    return isinstance(value, list)


def _at_most(value: Encoded, most: int) -> Encoded:
    return value if len(canonical(value)) <= most else TOO_LARGE


def _encode(value: object, where: str, depth: int, *, within: bool = False) -> Encoded:
    if isinstance(value, (bool, str)) or value is None:
        return value
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$f": str(value)}
    if depth == 0:
        return TOO_DEEP
    if is_array(value):
        return _parts(value, where, depth, within=within)
    if is_object(value):
        return _object(value, where, depth, within=within)
    raise Malformed(f"{where} holds a {type(value).__name__}, which JSON does not have.")


def _integer(value: int) -> Encoded:
    if abs(value) <= _EXACT:
        return value
    return {"$i": str(value)} if value.bit_length() <= _MOST_BITS else TOO_LARGE


def _parts(values: list[object], where: str, depth: int, *, within: bool) -> list[Encoded]:
    # loops, not comprehensions: two interpreter frames a level are enough
    parts: list[Encoded] = []
    for part in values:
        parts.append(_encode(part, where, depth - 1, within=within))  # noqa: PERF401
    return parts


def _object(value: dict[object, object], where: str, depth: int, *, within: bool) -> Encoded:
    if within and is_reference(value):
        return cast("Encoded", value)  # the number was looked at with the graph
    if len(value) == 1 and looks_like(value.get(TAG)):
        if wrong := fault(value[TAG]):  # also where one graph stands in another
            raise Malformed(f"{where} has a `$graph` that cannot be: {wrong}.")
        within = True
    plain = _plain(value, where)
    left = depth - 1 if plain else depth - _PAIR_LEVELS
    if left < 0:
        return TOO_DEEP
    fields: dict[str, Encoded] = {}
    for key, part in value.items():
        fields[str(key)] = _encode(part, where, left, within=within)
    if plain:
        return fields
    return {"$d": [[key, part] for key, part in fields.items()]}


def _plain(value: dict[object, object], where: str) -> bool:
    """Whether an object stands for itself: no key begins with ``$``, or it is one known tag."""
    tagged = False
    for key in value:
        if not isinstance(key, str):
            raise Malformed(f"{where} has a key that is no text.")
        tagged = tagged or key.startswith("$")
    if not tagged:
        return True
    ((key, part), *others) = value.items()
    fits = _TAGS.get(str(key))
    return not others and fits is not None and fits(part)


def _texts(part: object) -> bool:
    return is_array(part) and len(part) == 2 and all(isinstance(each, str) for each in part)  # noqa: PLR2004  a pair


def _pairs(part: object) -> bool:
    return is_array(part) and all(is_array(pair) and len(pair) == 2 for pair in part)  # noqa: PLR2004  a pair


def _dataclass(part: object) -> bool:
    return (
        is_array(part) and len(part) == 2 and isinstance(part[0], str) and is_object(part[1])  # noqa: PLR2004  a pair
    )


def _text(part: object) -> bool:
    return isinstance(part, str)


def _like(form: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda part: isinstance(part, str) and form.fullmatch(part) is not None


_TAGS: Final[Mapping[str, Callable[[object], bool]]] = {
    "$t": is_array,
    "$s": is_array,
    "$fs": is_array,
    "$b": _like(_HEX),
    "$i": _like(_INT),
    "$f": _like(re.compile("nan|-?inf")),
    "$c": _texts,
    "$d": _pairs,
    "$enum": _texts,
    "$dataclass": _dataclass,
    "$opaque": _text,
    TAG: looks_like,
    "$datetime": _text,
    "$date": _text,
    "$time": _text,
    "$timedelta": lambda part: isinstance(part, (str, int, float, list)),
    "$decimal": _text,
    "$uuid": _text,
    "$path": _text,
}
