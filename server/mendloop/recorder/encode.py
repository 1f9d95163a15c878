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

from mendloop.recorder.snapshot import (
    MOST_CHARACTERS,
    MOST_DEPTH,
    TOO_DEEP,
    TOO_LARGE,
    Part,
    class_name,
    kind_of,
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
}
