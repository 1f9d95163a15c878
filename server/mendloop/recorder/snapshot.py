"""A value as it is now, taken in microseconds, for another thread to write down.

What cannot change is kept as it is: no text is copied or turned into JSON here. Only containers
are copied, at C speed, so that whatever the tool does to its arguments later is not seen. No code
of the value's own class runs: no ``__eq__``, ``__hash__``, ``__repr__``, ``__reduce__``, no
property.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import pathlib
import types
import uuid
from itertools import chain
from typing import Any, Callable

from mendloop.recorder.classes import attributes, class_name, home_name, kind_of, lookup, state

MOST_CHARACTERS = 64_000
"""Of the JSON text of one value, as everywhere."""
MOST_DEPTH = 200
"""Of the JSON, as everywhere."""
MOST_ELEMENTS = MOST_CHARACTERS // 2
"""An element takes at least a character and a comma."""

ATOMS: frozenset[Any] = frozenset(
    {
        type(None), bool, int, float, str, bytes, complex,
        dt.datetime, dt.date, dt.time, dt.timedelta, decimal.Decimal, uuid.UUID,
        pathlib.PurePosixPath, pathlib.PosixPath, pathlib.PureWindowsPath, pathlib.WindowsPath,
    }
)  # fmt: skip
"""Classes of values that cannot change. An object of a subclass is none of them."""
_ROWS = frozenset({dict})
_PLAIN = frozenset({dict, list})
_HOLDERS = frozenset({dict, list, tuple, set, frozenset})
_MOST_LOOKED = 2_000
"""Containers that are looked at, to see whether a value holds itself."""
_NOT_PLAIN = MOST_ELEMENTS + 1
_COPY_ROW: Callable[[Any], Any] = getattr(dict, "copy")  # noqa: B009  typed for any dict
_VALUES: Callable[[Any], Any] = getattr(dict, "values")  # noqa: B009  the same
_FIELD: Any = getattr(dataclasses, "_FIELD")  # noqa: B009  the only way to tell its fields


class Part:
    """A part that has no plain form: its tag, and what stands under it."""

    __slots__ = ("content", "tag")

    def __init__(self, tag: str, content: Any) -> None:
        self.tag = tag
        self.content = content


TOO_LARGE = Part("$opaque", "too large")
TOO_DEEP = Part("$opaque", "too deep")
NOT_READ = Part("$opaque", "could not be read")
MET = Part("$opaque", "objects")
"""In place of a value that holds an object of the user's own classes, or that holds itself."""


class _FullError(Exception):
    """The value has more elements than may be kept."""


class _MetError(Exception):
    """There is an object of the user's own classes in it."""


def snapshot(value: Any) -> Any:
    """The value as it is now, or ``MET``: then ``graphs`` must look at it. Never raises."""
    kind = kind_of(value)
    if kind in ATOMS:
        long = (kind is str or kind is bytes) and len(value) > MOST_CHARACTERS
        return TOO_LARGE if long else value
    try:
        copied = _plain(value) if kind is dict or kind is list else None
        if copied is not None:
            return copied
        left = [MOST_ELEMENTS, 0]
        copied = _COPIERS.get(kind, _FOREIGN)(value, 0, left)
        return MET if left[1] and holds_itself(value) else copied
    except _MetError:
        return MET
    except _FullError:
        return MET if holds_itself(value) else TOO_LARGE
    except Exception:
        return NOT_READ


def foreign(value: Any) -> Part:
    """What stands for an object whose parts are not looked into."""
    kind = kind_of(value)
    name = class_name(kind)
    return _member(kind, value, name) if issubclass(kind, enum.Enum) else Part("$opaque", name)


def holds_itself(value: Any) -> bool:
    """Whether a container can be reached from itself, as far as is looked."""
    path: set[int] = set()
    waiting: list[Any] = [(value, False)]
    seen: set[int] = set()
    while waiting and len(seen) < _MOST_LOOKED:
        part, left = waiting.pop()
        if left:
            path.discard(id(part))
        elif id(part) in path:
            return True
        elif id(part) not in seen:
            seen.add(id(part))
            path.add(id(part))
            waiting.append((part, True))
            inner = _inside(part)
            if not ATOMS.issuperset(map(kind_of, inner)):
                waiting += [(each, False) for each in inner if kind_of(each) not in ATOMS]
    return False


def _inside(value: Any) -> Any:
    """What a container or an object of the user's own classes holds."""
    kind = kind_of(value)
    if kind is dict:
        return value.values()
    if kind in _HOLDERS:
        return value
    return [] if home_name(kind) is None else [part for _, part in state(value)]


def characters(value: Any, most: int) -> int:
    """How many characters the texts in a snapshot have, counted until they are more than most."""
    count, stack = 0, [value]
    while stack and count <= most:
        part = stack.pop()
        kind = kind_of(part)
        if kind is str or kind is bytes:
            count += len(part)
        elif kind is dict:
            stack.extend(part.values())
        elif kind is list or kind is tuple or kind is set or kind is frozenset:
            stack.extend(part)
        elif kind is Part:
            stack.append(part.content)
    return count


def _plain(value: Any) -> Any:
    """A dict or list of nothing but such and of what cannot change; ``None`` for all others.

    Most values are of this kind, and this is quicker than to call for each part. How deep it is
    does not matter: whoever encodes it cuts what is too deep.
    """
    left, top = MOST_ELEMENTS, value.copy()
    copies: list[Any] = [top]
    while copies:
        copied = copies.pop()
        more = _in_dict(copied, copies) if kind_of(copied) is dict else _in_list(copied, copies)
        left -= len(copied) + more
        if left < 0:
            return None  # not plain, too large, or it holds itself
    return top


def _in_dict(copied: dict[Any, Any], copies: list[Any]) -> int:
    """Copy what in a dict can change; these are still to be looked into."""
    key: Any = ""
    for key, part in copied.items():
        kind = kind_of(part)
        if kind not in ATOMS:
            # to set a key anew that is no text would run its own __hash__
            if kind not in _PLAIN or type(key) is not str:
                return _NOT_PLAIN
            copied[key] = inner = part.copy()
            copies.append(inner)
    # whose last key cannot change has, nearly always, no key that can
    return 0 if type(key) is str or kind_of(key) in ATOMS else _NOT_PLAIN


def _in_list(copied: list[Any], copies: list[Any]) -> int:
    """The same in a list, and how many elements of it need not be looked into; rows in one go."""
    if ATOMS.issuperset(map(kind_of, copied)):
        return 0
    if _ROWS.issuperset(map(kind_of, copied)):
        copied[:] = rows = list(map(_COPY_ROW, copied))
        plain = ATOMS.issuperset(map(kind_of, chain.from_iterable(map(_VALUES, rows))))
        if plain and ATOMS.issuperset(map(kind_of, rows[0] if rows else ())):
            return sum(map(len, rows))
        copies += rows
        return 0
    for place, part in enumerate(copied):
        kind = kind_of(part)
        if kind not in ATOMS:
            if kind not in _PLAIN:
                return _NOT_PLAIN
            copied[place] = inner = part.copy()
            copies.append(inner)
    return 0


def _spend(left: list[int], elements: int) -> None:
    """Count so many elements; before they are copied."""
    left[0] -= elements
    if left[0] < 0:
        raise _FullError


def _copy(value: Any, depth: int, left: list[int]) -> Any:
    """A part of the value, which may be an atom."""
    kind = kind_of(value)
    return value if kind in ATOMS else _COPIERS.get(kind, _FOREIGN)(value, depth, left)


def _dict(value: dict[Any, Any], depth: int, left: list[int]) -> Any:
    """A dict; where a key that is no text has a value that is no atom, as pairs."""
    if depth >= MOST_DEPTH:
        return _too_deep(left)
    _spend(left, len(value))
    copied = value.copy()
    if not ATOMS.issuperset(map(kind_of, copied)):
        for key in copied:
            _look_at_key(key)
    for key, part in copied.items():
        kind = kind_of(part)
        if kind not in ATOMS:
            if type(key) is not str:  # to set it anew would run its own __hash__
                return Part("$d", _pairs(copied, depth + 3, left))
            copied[key] = _COPIERS.get(kind, _FOREIGN)(part, depth + 1, left)
    return copied


def _look_at_key(key: Any) -> None:
    """Look for objects of the user's own classes, whose state may change while a dict holds them.

    Raises:
        _MetError: There is one.
    """
    waiting = [key]
    for part in waiting:  # grows while it is read
        kind = kind_of(part)
        if kind is tuple or kind is frozenset:
            waiting += part
            if len(waiting) > MOST_ELEMENTS:
                raise _FullError
        elif kind not in ATOMS and _ordinary(kind):
            raise _MetError


def _ordinary(kind: Any) -> bool:
    """Whether objects of a class are kept as they are by ``graphs`` only."""
    if issubclass(kind, enum.Enum) or home_name(kind) is None:
        return False
    return kind_of(lookup(kind, "__dataclass_fields__")) is not dict


def _pairs(copied: dict[Any, Any], depth: int, left: list[int]) -> list[Any]:
    return [[_copy(key, depth, left), _copy(part, depth, left)] for key, part in copied.items()]


def _list(value: list[Any], depth: int, left: list[int]) -> Any:
    """A list."""
    if depth >= MOST_DEPTH:
        return _too_deep(left)
    _spend(left, len(value))
    copied = value.copy()
    if ATOMS.issuperset(map(type, copied)):
        return copied
    return [_copy(part, depth + 1, left) for part in copied]


def _tuple(value: tuple[Any, ...], depth: int, left: list[int]) -> Any:
    """A tuple; itself where nothing in it can change."""
    if depth >= MOST_DEPTH:
        return _too_deep(left)
    _spend(left, len(value))
    if ATOMS.issuperset(map(type, value)):
        return value
    return tuple([_copy(part, depth + 2, left) for part in value])


def _set(value: Any, depth: int, left: list[int]) -> Any:
    """A set or frozenset."""
    if depth >= MOST_DEPTH:
        return _too_deep(left)
    _spend(left, len(value))
    kind = kind_of(value)
    parts = [_copy(part, depth + 2, left) for part in value.copy()]
    return Part("$s" if kind is set else "$fs", parts)


def _too_deep(left: list[int]) -> Part:
    left[1] = 1
    return TOO_DEEP


def _foreign(value: Any, depth: int, left: list[int]) -> Part:
    """An object of a class that is not built in."""
    kind = kind_of(value)
    name = class_name(kind)
    if depth >= MOST_DEPTH:
        return _too_deep(left)
    if issubclass(kind, enum.Enum):
        return _member(kind, value, name)
    fields: Any = lookup(kind, "__dataclass_fields__")
    if kind_of(fields) is not dict:
        if home_name(kind) is not None:
            raise _MetError
        return Part("$opaque", name)
    _spend(left, len(fields))
    parts: dict[str, Any] = {}
    for field in fields.values():
        # pseudo-fields (ClassVar, InitVar) are told from the others by this alone
        if kind_of(field) is dataclasses.Field and field._field_type is _FIELD:  # noqa: SLF001
            parts[field.name] = _copy(_field(kind, value, field.name), depth + 3, left)
    return Part("$dataclass", [name, parts])


def _member(kind: Any, value: Any, name: str) -> Part:
    """An enumeration's member; a combination of flags is none."""
    own = attributes(value).get("_name_")
    named = lookup(kind, "_member_map_")
    if kind_of(own) is str and kind_of(named) is dict and own in named:
        return Part("$enum", [name, own])
    return Part("$opaque", name)


def _field(kind: Any, value: Any, name: str) -> Any:
    """A field's content, where it can be had without running code of the class."""
    own = attributes(value)
    if name in own:
        return own[name]
    slot = lookup(kind, name)
    if kind_of(slot) is types.MemberDescriptorType:
        try:
            return slot.__get__(value)
        except AttributeError:
            return None
    return NOT_READ


def _as_it_is(value: Any, _depth: int, _left: list[int]) -> Any:
    return value


_Copier = Callable[[Any, int, "list[int]"], Any]
_FOREIGN: _Copier = _foreign
_COPIERS: dict[Any, _Copier] = {
    dict: _dict,
    list: _list,
    tuple: _tuple,
    set: _set,
    frozenset: _set,
    Part: _as_it_is,
}
