"""JSON: the standard decoder skips values, so that the place of one is known."""

import json
import re
from collections.abc import Sequence
from typing import Final

from mendloop.core.repair.formats.place import Place, Scalar, missing, no_scalar

_BLANK: Final = re.compile(r"[ \t\r\n]*")
_DECODER: Final = json.JSONDecoder()


def find(text: str, key: str, parts: Sequence[str]) -> Place:
    """The place of a value.

    Raises:
        NoPlace: There is none, or it is no single value.
        ValueError: The text is not JSON.
    """
    json.loads(text)
    at = _after_blanks(text, 0)
    for part in parts:
        members = _members(text, at)
        if part not in members:
            raise missing(key, part, list(members))
        at = members[part]
    value, stop = _DECODER.raw_decode(text, at)
    if isinstance(value, bool | int | float | str):
        return Place(start=at, stop=stop, value=value)
    raise no_scalar(key, "null" if value is None else "an object or a list")


def read(text: str, key: str, parts: Sequence[str]) -> Scalar:
    """A value.

    Raises:
        NoPlace: There is none, or it is no single value.
        ValueError: The text is not of the format.
    """
    return find(text, key, parts).value


def write(text: str, key: str, parts: Sequence[str], value: Scalar) -> str:
    """The text with another value at its place.

    Raises:
        NoPlace: There is none, or it is no single value.
        ValueError: The text is not JSON.
    """
    place = find(text, key, parts)
    escaped = text.isascii()
    return text[: place.start] + json.dumps(value, ensure_ascii=escaped) + text[place.stop :]


def _after_blanks(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return at if match is None else match.end()


def _members(text: str, at: int) -> dict[str, int]:
    """Where the members of an object or a list begin; of members of one name the last counts."""
    opening = text[at]
    if opening not in "{[":
        return {}
    members: dict[str, int] = {}
    at = _after_blanks(text, at + 1)
    while text[at] not in "}]":
        name = str(len(members))
        if opening == "{":
            name, at = _DECODER.raw_decode(text, at)
            at = _after_blanks(text, _after_blanks(text, at) + 1)
        members[name] = at
        _, at = _DECODER.raw_decode(text, at)
        at = _after_blanks(text, at)
        if text[at] == ",":
            at = _after_blanks(text, at + 1)
    return members
