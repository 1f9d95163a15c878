"""A value's place in a text, and the key path that leads to it."""

import re
from typing import Final, TypeAlias

from mendloop.core.repair.refusal import DoesNotApply
from mendloop.noun import dataclass

Scalar: TypeAlias = bool | int | float | str

_PART: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|\'([^\']*)\'|\[(\d{1,6})\]|([^.\[\]"\']+)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The characters of a text that are a value."""

    start: int
    stop: int
    value: Scalar


class NoPlace(Exception):
    """Ends a search for a value; caught where the search began."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.refusal = DoesNotApply(reason, hint)


def key_parts(key: str) -> tuple[str, ...]:
    """Split ``servers."a.b".ports[0]`` at its dots; empty where it is no key path."""
    parts: list[str] = []
    at = 0
    while at < len(key):
        match = _PART.match(key, at)
        if match is None:
            return ()
        double, single, index, plain = match.groups()
        quoted = re.sub(r"\\(.)", r"\1", double) if double is not None else single
        parts.append(quoted if quoted is not None else (index or plain.strip()))
        at = match.end()
        if key[at : at + 1] == ".":
            at += 1
            if at == len(key):
                return ()
        elif at < len(key) and key[at] != "[":
            return ()
    return tuple(parts)


def missing(key: str, part: str, known: list[str]) -> NoPlace:
    """Nothing has that name, but these are there."""
    there = ", ".join(known[:10]) or "nothing"
    return NoPlace(
        f"There is no `{part}` of the key `{key}`.", f"Name one that exists; at its place: {there}."
    )


def no_scalar(key: str, what: str) -> NoPlace:
    """The key leads to something that is no single value."""
    return NoPlace(
        f"`{key}` is {what}, not a number, a truth value or a text.",
        "Name the key of a single value.",
    )


def index_of(part: str, length: int) -> int | None:
    """The position in a list that a part of a key path names."""
    return int(part) if part.isdecimal() and int(part) < length else None
