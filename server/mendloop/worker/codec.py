"""Values as JSON with a closed set of tags, and back.

The set is that of ``mendloop.model.value``. Exact builtin types only: an object of a subclass may
say anything about itself, so it is opaque. An enumeration member and a dataclass are kept by name
and by field. Libraries are asked for only once a value of theirs turns up: each page that a process
holds is paid for by every fork of it.
"""

from __future__ import annotations

import enum
import importlib
import json
import sys
from typing import Any, Callable, Optional

from mendloop.worker import classes, durations, graphs
from mendloop.worker.loading import kind_of

MOST_DEPTH = 200
"""How deep the JSON may nest; a tagged value counts for the levels it takes."""
MOST_INT_BITS = 14_000
"""Python refuses to turn longer ones into decimal digits and back (4,300 digits)."""
_PLAIN_INT = 1 << 53
_FIELDS = "__dataclass_fields__"
"""What makes a class a dataclass."""


class TooLargeError(Exception):
    """The value takes more than it may."""


class _MetError(Exception):
    """There is an object of the workspace's own classes in it, or it holds itself."""


class NotRebuiltError(Exception):
    """The text does not stand for a value that can be built here."""


def class_name(cls: type[Any]) -> str:
    """The name under which a class is written down."""
    return f"{cls.__module__}.{cls.__qualname__}"[:200]


def _iso(value: Any) -> str:
    text: str = value.isoformat()
    return text


_BY_NAME: dict[str, tuple[tuple[str, str, Callable[[Any], str]], ...]] = {
    "datetime": (
        ("datetime", "$datetime", _iso),
        ("date", "$date", _iso),
        ("time", "$time", _iso),
        ("timedelta", "$timedelta", durations.text),
    ),
    "decimal": (("Decimal", "$decimal", str),),
    "pathlib": (("PosixPath", "$path", str), ("PurePosixPath", "$path", str)),
    "uuid": (("UUID", "$uuid", str),),
}
"""Classes of libraries: by module the name, the tag, and what makes the text."""
_texts: dict[type[Any], tuple[str, Callable[[Any], str]]] = {}
"""Those of the modules that have been imported by now."""


def _library(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


def _made_by(module: str, name: str) -> Callable[[Any], Any]:
    """What rebuilds a value of a class of a library."""

    def make(text: Any) -> Any:
        return _library(module, name)(text)

    return make


def _text_of(kind: type[Any]) -> tuple[str, Callable[[Any], str]] | None:
    """The tag and the text of a class of a library; an object of one means that it is loaded."""
    if kind in _texts:
        return _texts[kind]
    for module in [name for name in _BY_NAME if name in sys.modules]:
        for name, tag, make in _BY_NAME[module]:
            _texts[getattr(sys.modules[module], name, Encoder)] = (tag, make)
    return _texts.get(kind)


class Encoder:
    """Turns one value into tagged JSON, within a budget of characters."""

    def __init__(self, most: int) -> None:
        self._left = most
        self._open: set[int] = set()
        self._numbers: Optional[dict[int, int]] = None
        """The number of each object, where a graph is written."""

    def value(self, value: Any, depth: int = 0) -> Any:
        """The tagged JSON of a value.

        Raises:
            TooLargeError: The budget is used up.
        """
        self._spend(2)
        kind = kind_of(value)
        if value is None or kind is bool:
            return value
        if kind is str:
            self._spend(len(value))
            return value
        if kind is int:
            return self._int(value)
        if kind is float:
            finite = value - value == 0.0
            return value if finite else {"$f": repr(value)}
        if id(value) in self._open:
            raise _MetError
        if depth >= MOST_DEPTH:
            return {"$opaque": class_name(kind)}
        return self._compound(kind, value, depth)

    def _spend(self, characters: int) -> None:
        self._left -= characters
        if self._left < 0:
            raise TooLargeError

    def _int(self, value: int) -> Any:
        if -_PLAIN_INT <= value <= _PLAIN_INT:
            return value
        if value.bit_length() > MOST_INT_BITS:
            return {"$opaque": "builtins.int"}
        text = str(value)
        self._spend(len(text))
        return {"$i": text}

    def _compound(self, kind: type[Any], value: Any, depth: int) -> Any:
        if self._numbers is not None and id(value) in self._numbers:
            self._spend(10)
            return {graphs.REF: self._numbers[id(value)]}
        self._open.add(id(value))
        try:
            builder = _COMPOUND.get(kind)
            if builder is not None:
                return builder(self, value, depth)
            known = _text_of(kind)
            if known is not None:
                text = known[1](value)
                self._spend(len(text))
                return {known[0]: text}
            if issubclass(kind, enum.Enum):
                name = str(value.name)
                self._spend(len(name))
                return {"$enum": [class_name(kind), name]}
            return self._foreign(kind, value, depth)
        finally:
            self._open.discard(id(value))

    def a_list(self, value: Any, depth: int) -> Any:
        """The tagged JSON of a list."""
        return [self.value(part, depth + 1) for part in value]

    def a_tuple(self, value: Any, depth: int) -> Any:
        """The tagged JSON of a tuple."""
        return {"$t": self.a_list(value, depth + 1)}

    def a_set(self, value: Any, depth: int) -> Any:
        """The tagged JSON of a set."""
        tag = "$s" if type(value) is set else "$fs"
        return {tag: sorted(self.a_list(value, depth + 1), key=_sort_key)}

    def a_dict(self, value: Any, depth: int) -> Any:
        """The tagged JSON of a dict."""
        if all(type(key) is str and not key.startswith("$") for key in value):
            self._spend(sum(map(len, value)))
            return {key: self.value(part, depth + 1) for key, part in value.items()}
        pairs = [
            [self.value(key, depth + 3), self.value(part, depth + 3)] for key, part in value.items()
        ]
        return {"$d": pairs}

    def a_bytes(self, value: Any, depth: int) -> Any:  # noqa: ARG002  one shape for all builders
        """The tagged JSON of a bytes."""
        self._spend(2 * len(value))
        return {"$b": value.hex()}

    def a_complex(self, value: Any, depth: int) -> Any:  # noqa: ARG002  one shape for all builders
        """The tagged JSON of a complex."""
        return {"$c": [repr(value.real), repr(value.imag)]}

    def _foreign(self, kind: type[Any], value: Any, depth: int) -> Any:
        """The tagged JSON of an object of some other class."""
        if self._numbers is not None:
            return {"$opaque": class_name(kind)}
        if hasattr(kind, _FIELDS):
            return self._dataclass(kind, value, depth)
        if classes.home_name(kind):
            raise _MetError
        return {"$opaque": class_name(kind)}

    def _dataclass(self, kind: type[Any], value: Any, depth: int) -> Any:
        parts = {
            field.name: self.value(getattr(value, field.name, None), depth + 3)
            for field in _library("dataclasses", "fields")(kind)
        }
        return {"$dataclass": [class_name(kind), parts]}


_LEAVES = frozenset({type(None), bool, int, float, str, bytes})
_HOLDERS = frozenset({list, tuple, set, frozenset, dict})
_COMPOUND: dict[type[Any], Callable[[Encoder, Any, int], Any]] = {
    list: Encoder.a_list,
    tuple: Encoder.a_tuple,
    set: Encoder.a_set,
    frozenset: Encoder.a_set,
    dict: Encoder.a_dict,
    bytes: Encoder.a_bytes,
    complex: Encoder.a_complex,
}


def _sort_key(encoded: Any) -> str:
    return json.dumps(encoded, sort_keys=True)


def encode(value: Any, most: int) -> Any:
    """The tagged JSON of a value.

    Raises:
        TooLargeError: Its text takes more than about ``most`` characters.
    """
    try:
        return Encoder(most).value(value)
    except _MetError:
        return _Graph(most, value).whole(value)


class _Graph(Encoder):
    """Writes down a value with objects that may refer to each other."""

    def __init__(self, most: int, value: Any) -> None:
        super().__init__(most)
        try:
            self._objects = graphs.Found(value, _enters).objects
        except graphs.TooManyError as error:
            raise TooLargeError from error
        self._numbers = {id(one): number for number, one in enumerate(self._objects)}

    def whole(self, value: Any) -> Any:
        """The graph."""
        shapes: dict[tuple[str, ...], int] = {}
        table = [self._entry(one, shapes) for one in self._objects]
        return {graphs.TAG: [[list(shape) for shape in shapes], table, self.value(value, 2)]}

    def _entry(self, one: Any, shapes: dict[tuple[str, ...], int]) -> list[Any]:
        self._spend(10)
        kind = kind_of(one)
        if kind is dict:
            return ["dict", *([self.value(k, 3), self.value(v, 3)] for k, v in one.items())]
        if kind is list or kind is set:
            return [kind.__name__, *(self.value(part, 3) for part in one)]
        found = graphs.attributes(one)
        shape = (classes.home_name(kind), *(name for name, _ in found))
        if shape not in shapes:
            self._spend(sum(map(len, shape)))
        return [shapes.setdefault(shape, len(shapes)), *(self.value(part, 3) for _, part in found)]


def _enters(value: Any) -> bool:
    """Whether a value is looked into for objects."""
    kind = kind_of(value)
    return kind in _HOLDERS or (kind not in _LEAVES and classes.home_name(kind) != "")


def _find(name: Any) -> type:
    """A dataclass or enumeration by its name, among what has been imported already."""
    parts = str(name).split(".")
    for cut in range(len(parts) - 1, 0, -1):
        found: Any = sys.modules.get(".".join(parts[:cut]))
        for part in parts[cut:]:
            found = getattr(found, part, None)
        if isinstance(found, type) and (hasattr(found, _FIELDS) or issubclass(found, enum.Enum)):
            return found
    raise NotRebuiltError(f"there is no class {str(name)[:100]}")


_new: Callable[[Any], Any] = object.__new__
_Within = Optional[graphs.Rebuilt]
"""The objects that references mean, and the graphs that have been built; none where none may."""


def _dataclass(parts: Any, within: _Within) -> Any:
    """A dataclass object from its fields, without running its own code."""
    kind = _find(parts[0])
    if not hasattr(kind, _FIELDS):
        raise NotRebuiltError(f"{str(parts[0])[:100]} is no dataclass")
    built: Any = _new(kind)
    for field in _library("dataclasses", "fields")(kind):
        if field.name in parts[1]:
            object.__setattr__(built, field.name, decode(parts[1][field.name], within))
    return built


def _set(parts: Any, within: _Within) -> Any:
    if within is not None:
        return within.hashed(set(), parts)
    return {decode(part) for part in parts}


def _dict(parts: Any, within: _Within) -> Any:
    if within is not None:
        return within.hashed({}, parts)
    return {decode(key): decode(part) for key, part in parts}


def _graph(parts: Any, within: _Within) -> Any:
    if within is None:
        raise NotRebuiltError("objects of the workspace's classes are rebuilt in the sandbox only")
    return within.graph(parts)


def _reference(number: Any, within: _Within) -> Any:
    if within is None:
        raise NotRebuiltError("a reference stands in no graph")
    return within.reference(number)


_HOLDING: dict[str, Callable[[Any, _Within], Any]] = {
    "$t": lambda parts, within: tuple(decode(part, within) for part in parts),
    "$s": _set,
    "$fs": lambda parts, within: frozenset(decode(part, within) for part in parts),
    "$d": _dict,
    "$dataclass": _dataclass,
    graphs.TAG: _graph,
    graphs.REF: _reference,
}
"""Tags of what may hold other values."""


def _member(parts: Any) -> Any:
    kind: Any = _find(parts[0])
    return kind[parts[1]]


_REBUILD: dict[str, Callable[[Any], Any]] = {
    "$b": bytes.fromhex,
    "$i": int,
    "$f": float,
    "$c": lambda parts: complex(float(parts[0]), float(parts[1])),
    "$datetime": lambda text: _library("datetime", "datetime").fromisoformat(text),
    "$date": lambda text: _library("datetime", "date").fromisoformat(text),
    "$time": lambda text: _library("datetime", "time").fromisoformat(text),
    "$timedelta": durations.value,
    "$decimal": _made_by("decimal", "Decimal"),
    "$uuid": _made_by("uuid", "UUID"),
    "$path": _made_by("pathlib", "Path"),
    "$enum": _member,
}


def decode_call(args: Any, kwargs: Any) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of one call, which may share objects. In the sandbox only.

    Raises:
        Exception: As ``decode``.
    """
    within = graphs.Rebuilt(decode)
    named = {name: decode(part, within) for name, part in kwargs.items()}
    return [decode(part, within) for part in args], named


def decode(value: Any, within: _Within = None) -> Any:
    """The value that some tagged JSON stands for.

    Raises:
        NotRebuiltError: It is opaque, or names a class that is not there.
        Exception: Whatever a malformed text makes of itself.
    """
    kind = kind_of(value)
    if kind is list:
        return [decode(part, within) for part in value]
    if kind is not dict:
        return value
    if len(value) == 1:
        ((tag, content),) = value.items()
        if tag in _HOLDING:
            return _HOLDING[tag](content, within)
        if tag in _REBUILD:
            return _REBUILD[tag](content)
        if tag.startswith("$"):
            raise NotRebuiltError(f"{str(content)[:100]} could not be kept when it was recorded")
    return {key: decode(part, within) for key, part in value.items()}
