"""A snapshot as JSON with the closed set of tags; in the writer's thread, where time is cheaper.

The set is that of ``mendloop.model.value``, written as ``mendloop.worker.codec`` writes it, so that
what is recorded here can be replayed there and compared.
"""

from __future__ import annotations

import datetime as dt
import decimal
import json
import pathlib
import sys
import uuid
from itertools import chain
from typing import Any, Callable, NamedTuple

from mendloop.recorder.classes import class_name, kind_of
from mendloop.recorder.graphs import GRAPH, OBJECT, Pool, Ref, Thing
from mendloop.recorder.reach import grouped, met_again, numbered, reached_by
from mendloop.recorder.snapshot import (
    MOST_CHARACTERS,
    MOST_DEPTH,
    TOO_DEEP,
    TOO_LARGE,
    Part,
    snapshot,
)

_MOST_INT_BITS = 14_000
"""Python refuses to turn longer ones into decimal digits and back (4,300 digits)."""
_PLAIN_INT = 1 << 53
_LEAVES = frozenset({type(None), bool, int, float, str})
_JSON = _LEAVES | {dict, list}
_VALUES: Callable[[Any], Any] = getattr(dict, "values")  # noqa: B009  typed for any dict
_SAFE_ZONES = frozenset({type(None), dt.timezone})


class _FullError(Exception):
    """The text takes more characters than may be kept."""


def text_of(value: Any) -> str:
    """Tagged JSON as one line of ASCII."""
    return _JSON_TEXT(value)


def encode(value: Any) -> Any:
    """The tagged JSON of a snapshot, or the mark of what is too large. Never raises."""
    try:
        return _Encoder().value(value, 0)
    except _FullError:
        return {TOO_LARGE.tag: TOO_LARGE.content}
    except Exception:
        return {"$opaque": "could not be read"}


class Encoded(NamedTuple):
    """The tagged JSON of one value."""

    tree: Any
    text: str


def encoded(taken: Any) -> Encoded:
    """The tagged JSON of a snapshot, and its text. Never raises."""
    if _is_plain(taken):
        try:
            text = text_of(taken)
        except ValueError:  # a float that is no number
            text = ""
        if 0 < len(text) <= MOST_CHARACTERS and '"$' not in text:
            return Encoded(taken, text)
    tree = encode(taken)
    return Encoded(tree, text_of(tree))


def _is_plain(value: Any) -> bool:
    """Whether a snapshot is JSON as it is, but for names that look like tags; level by level."""
    level = [value]
    for _ in range(MOST_DEPTH):
        kinds = set(map(kind_of, level))
        if not kinds <= _JSON or (int in kinds and not _small(level)):
            return False
        if kinds <= _LEAVES:
            return True
        dicts = [part for part in level if kind_of(part) is dict]
        if not {str}.issuperset(map(kind_of, chain.from_iterable(dicts))):
            return False
        lists = [part for part in level if kind_of(part) is list]
        level = list(chain(chain.from_iterable(map(_VALUES, dicts)), chain.from_iterable(lists)))
    return False


def _small(level: list[Any]) -> bool:
    """Whether every JSON reader keeps these integers."""
    numbers: list[int] = [part for part in level if kind_of(part) is int]
    return min(numbers) >= -_PLAIN_INT and max(numbers) <= _PLAIN_INT


def holds_opaque(value: Any) -> bool:
    """Whether some part of tagged JSON could not be kept."""
    kind = kind_of(value)
    if kind is dict:
        return "$opaque" in value or any(map(holds_opaque, value.values()))
    return kind is list and any(map(holds_opaque, value))


class _Encoder:
    """Encodes one value, within a budget of characters."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = MOST_CHARACTERS

    def value(self, value: Any, depth: int) -> Any:  # noqa: PLR0911  a sum of the plain types
        """The tagged JSON of a part."""
        kind = kind_of(value)
        if kind is str:
            self._spend(len(value) + 2)
            return value
        self._spend(2)
        if value is None or kind is bool or (kind is int and -_PLAIN_INT <= value <= _PLAIN_INT):
            return value
        if kind is float:
            return value if value - value == 0.0 else {"$f": repr(value)}
        if depth >= MOST_DEPTH:
            return {TOO_DEEP.tag: TOO_DEEP.content}
        builder = _BUILDERS.get(kind)
        if builder is not None:
            return builder(self, value, depth)
        if kind in _TEXTS:
            return self._text(kind, value)
        # only a key comes to here as it is: its object cannot change while a dict holds it
        return self.part(_as_part(value), depth)

    def _spend(self, characters: int) -> None:
        self._left -= characters
        if self._left < 0:
            raise _FullError

    def _text(self, kind: Any, value: Any) -> Any:
        if kind in _ZONED and not _safe_zone(value.tzinfo):
            return {"$opaque": class_name(kind)}
        tag, form = _TEXTS[kind]
        text = form(value)
        self._spend(len(text))
        return {tag: text}

    def an_int(self, value: Any, _depth: int) -> Any:
        """An integer that not every JSON reader keeps."""
        if value.bit_length() > _MOST_INT_BITS:
            return {"$opaque": "builtins.int"}
        text = str(value)
        self._spend(len(text))
        return {"$i": text}

    def a_list(self, value: Any, depth: int) -> Any:
        """A list."""
        return [self.value(part, depth + 1) for part in value]

    def a_tuple(self, value: Any, depth: int) -> Any:
        """A tuple."""
        return {"$t": self.a_list(value, depth + 1)}

    def a_dict(self, value: Any, depth: int) -> Any:
        """A dict."""
        if all(type(key) is str and not key.startswith("$") for key in value):
            self._spend(sum(map(len, value)))
            return {key: self.value(part, depth + 1) for key, part in value.items()}
        return {"$d": [self._pair(pair, depth) for pair in value.items()]}

    def a_bytes(self, value: Any, _depth: int) -> Any:
        """Bytes."""
        self._spend(2 * len(value))
        return {"$b": value.hex()}

    def a_complex(self, value: Any, _depth: int) -> Any:
        """A complex number."""
        return {"$c": [repr(value.real), repr(value.imag)]}

    def part(self, part: Part, depth: int) -> Any:
        """What the snapshot has tagged already."""
        tag, content = part.tag, part.content
        if tag == GRAPH:
            pool, place = content
            return _graph(pool, place)
        if tag in {"$opaque", "$enum"}:
            self._spend(sum(map(len, content)))
            return {tag: content}
        if tag == "$d":
            return {tag: [self._pair(pair, depth) for pair in content]}
        if tag == "$dataclass":
            name, fields = content
            self._spend(len(name) + sum(map(len, fields)))
            kept = {field: self.value(value, depth + 3) for field, value in fields.items()}
            return {tag: [name, kept]}
        return {tag: sorted(self.a_list(content, depth + 1), key=_sort_key)}

    def _pair(self, pair: Any, depth: int) -> Any:
        key, value = pair
        return [self.value(key, depth + 3), self.value(value, depth + 3)]


class _GraphEncoder(_Encoder):
    """Encodes what some values of a pool reach together."""

    __slots__ = ("_kept", "_numbers", "_things")

    def __init__(self, things: list[Thing], numbers: list[int], many: set[int]) -> None:
        super().__init__()
        self._things = things
        kept = [n for n in numbers if numbered(things[n], many=n in many)]
        self._numbers = {number: place for place, number in enumerate(kept)}

    def table(self) -> list[Any]:
        """Shapes and objects."""
        shapes: dict[tuple[str, ...], int] = {}
        objects: list[Any] = []
        for number in self._numbers:
            thing = self._things[number]
            parts: list[Any] = [self.value(part, 3) for part in thing.parts]
            self._spend(10)
            if thing.kind == OBJECT:
                if thing.names not in shapes:
                    self._spend(sum(map(len, thing.names)))
                objects.append([shapes.setdefault(thing.names, len(shapes)), *parts])
            elif thing.kind == "dict":
                objects.append(["dict", *map(list, zip(parts[::2], parts[1::2]))])
            else:
                objects.append([thing.kind, *parts])
        return [[list(names) for names in shapes], objects]

    def reference(self, ref: Ref, depth: int) -> Any:
        """A number, or in its place what is met once and what cannot change."""
        number = ref.number
        if number in self._numbers:
            self._spend(len(str(number)) + 7)
            return {"$ref": self._numbers[number]}
        thing: Thing = self._things[number]
        if thing.kind == "list":
            return self.a_list(thing.parts, depth)
        if thing.kind == "dict":
            return self._pairs_of(thing.parts, depth)
        tag = "$s" if thing.kind == "set" else thing.kind
        parts = self.a_list(thing.parts, depth + 1)
        return {tag: parts if tag == "$t" else sorted(parts, key=_sort_key)}

    def _pairs_of(self, parts: list[Any], depth: int) -> Any:
        keys, values = parts[::2], parts[1::2]
        if all(type(key) is str and not key.startswith("$") for key in keys):
            return self.a_dict(dict(zip(keys, values)), depth)
        return {"$d": [self._pair(pair, depth) for pair in zip(keys, values)]}


def _graph(pool: Pool, place: int) -> Any:
    """The tagged JSON of one value of a pool; all of them are made when the first is asked for."""
    if pool.texts is None:
        pool.texts = _graphs(pool)
    return pool.texts[place]


def _graphs(pool: Pool) -> list[Any]:
    """The values that reach a common thing have the same table, and so have equal tables."""
    made, texts = _of_groups(pool, grouped(pool))
    if len(set(texts)) < len(texts):
        made, _ = _of_groups(pool, [list(range(len(pool.roots)))])
    return made


def _of_groups(pool: Pool, groups: list[list[int]]) -> tuple[list[Any], list[str]]:
    made: list[Any] = [None] * len(pool.roots)
    texts: list[str] = []
    for group in groups:
        roots = [pool.roots[place] for place in group]
        numbers = reached_by(pool, roots)
        try:
            encoder = _GraphEncoder(pool.things, numbers, met_again(pool, roots, numbers))
            table = encoder.table()
            texts.append(text_of(table))
            for place, root in zip(group, roots):
                made[place] = {GRAPH: [*table, encoder.value(root, 2)]}
        except _FullError:
            for place in group:
                made[place] = {TOO_LARGE.tag: TOO_LARGE.content}
    return made, texts


def _as_part(key: Any) -> Part:
    """A key of a class that is not built in."""
    taken = snapshot(key)
    return taken if type(taken) is Part else Part("$opaque", class_name(kind_of(key)))


def _sort_key(encoded: Any) -> str:
    return json.dumps(encoded, sort_keys=True)


def _safe_zone(zone: Any) -> bool:
    """Whether a time zone is one of the library's, so that to ask it runs no foreign code."""
    if kind_of(zone) in _SAFE_ZONES:
        return True
    zoneinfo = sys.modules.get("zoneinfo")
    return zoneinfo is not None and kind_of(zone) is zoneinfo.ZoneInfo


def _duration(value: dt.timedelta) -> str:
    """Seconds with six decimals, exact."""
    micros = (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds
    whole, rest = divmod(abs(micros), 1_000_000)
    return f"{'-' if micros < 0 else ''}{whole}.{rest:06d}"


def _referred(encoder: _Encoder, ref: Any, depth: int) -> Any:
    assert isinstance(encoder, _GraphEncoder)  # noqa: S101  only a pool holds one
    return encoder.reference(ref, depth)


_JSON_TEXT = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_ZONED = frozenset({dt.datetime, dt.time})
_TEXTS: dict[type[Any], tuple[str, Callable[[Any], str]]] = {
    dt.datetime: ("$datetime", dt.datetime.isoformat),
    dt.date: ("$date", dt.date.isoformat),
    dt.time: ("$time", dt.time.isoformat),
    dt.timedelta: ("$timedelta", _duration),
    decimal.Decimal: ("$decimal", str),
    uuid.UUID: ("$uuid", str),
    pathlib.PurePosixPath: ("$path", str),
    pathlib.PosixPath: ("$path", str),
    pathlib.PureWindowsPath: ("$path", str),
    pathlib.WindowsPath: ("$path", str),
}
_BUILDERS: dict[type[Any], Callable[[_Encoder, Any, int], Any]] = {
    int: _Encoder.an_int,
    list: _Encoder.a_list,
    tuple: _Encoder.a_tuple,
    dict: _Encoder.a_dict,
    bytes: _Encoder.a_bytes,
    complex: _Encoder.a_complex,
    Part: _Encoder.part,
    Ref: _referred,
}
