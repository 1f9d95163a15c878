"""JSON-RPC messages, as far as they can be read. Both sides are strangers."""

import json
import re
from collections.abc import Mapping
from typing import Final, NoReturn, TypeAlias, TypeGuard

RequestId: TypeAlias = tuple[str, str | float]
"""With its type before it: ``1`` and ``"1"`` are two ids."""

_ID: Final = re.compile(rb'"id"\s*:\s*(?:(-?\d{1,18})(?=[\s,}])|("(?:[^"\\]|\\.){0,200}"))')
_NESTED: Final = re.compile(rb'"(?:params|result|error)"\s*:')


class Message:
    """One JSON-RPC message."""

    __slots__ = ("_fields", "faithful")

    def __init__(self, fields: Mapping[str, object], *, faithful: bool) -> None:
        self._fields = fields
        self.faithful = faithful
        """Whether its bytes were UTF-8: what was not is not as it was sent."""

    def text(self, name: str) -> str | None:
        """A field that is a text."""
        value = self._fields.get(name)
        return value if isinstance(value, str) else None

    def fields(self, name: str) -> Mapping[str, object]:
        """A field that is an object; an empty one where it is not."""
        value = self._fields.get(name)
        return value if is_object(value) else {}

    def get(self, name: str) -> object:
        """A field, whatever it is."""
        return self._fields.get(name)

    def has(self, name: str) -> bool:
        """Whether there is such a field."""
        return name in self._fields

    @property
    def id(self) -> RequestId | None:
        """Which request it is or answers."""
        return request_id(self._fields.get("id"))


def read_messages(line: bytes) -> tuple[Message, ...] | None:
    """The messages of a line or a body: one, or those of a batch. ``None`` where it is no JSON."""
    try:
        text, faithful = line.decode("utf-8"), True
    except UnicodeDecodeError:
        text, faithful = line.decode("utf-8", "replace"), False
    try:
        parsed: object = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    messages: list[object] = parsed if is_list(parsed) else [parsed]
    return tuple(Message(each, faithful=faithful) for each in messages if is_object(each))


def request_id(value: object) -> RequestId | None:
    """An id that a request may have."""
    if isinstance(value, str):
        return "text", value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "number", value
    return None


def id_in(head: bytes) -> RequestId | None:
    """The id of a message of which only the beginning is known, where it stands in that.

    Only before params, result or error: an ``"id"`` inside one of those is somebody else's.
    """
    nested = _NESTED.search(head)
    found = _ID.search(head, 0, nested.start() if nested else len(head))
    if found is None:
        return None
    try:
        return request_id(json.loads(found[1] or found[2]))
    except ValueError:
        return None


def is_object(value: object) -> TypeGuard[dict[str, object]]:
    """Whether a parsed value is an object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[object]]:
    """Whether a parsed value is an array."""
    return isinstance(value, list)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
