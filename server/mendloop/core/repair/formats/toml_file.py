"""TOML: tomlkit keeps the style of everything that is not touched."""

import tomllib
from collections.abc import MutableMapping, MutableSequence, Sequence
from typing import Final, cast

import tomlkit
from tomlkit.exceptions import TOMLKitError

from mendloop.core.repair.formats.place import NoPlace, Scalar, index_of, missing, no_scalar

MOST_CHARACTERS: Final = 500_000


def read(text: str, key: str, parts: Sequence[str]) -> Scalar:
    """A value.

    Raises:
        NoPlace: There is none, or it is no single value.
        ValueError: The text is not TOML.
    """
    node: object = tomllib.loads(_bounded(text))
    for part in parts:
        node = _member(node, key, part)
    if isinstance(node, bool | int | float | str):
        return node
    raise no_scalar(key, "a table or a list" if isinstance(node, dict | list) else "a date")


def write(text: str, key: str, parts: Sequence[str], value: Scalar) -> str:
    """The text with another value at its place.

    Raises:
        NoPlace: There is none, or it is no single value.
        ValueError: The text is not TOML.
    """
    old = read(text, key, parts)
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as problem:
        raise ValueError(str(problem)) from problem
    node: object = document
    for part in parts[:-1]:
        node = _member(node, key, part)
    match node:
        case MutableMapping():
            node[parts[-1]] = value
        case MutableSequence():
            node[int(parts[-1])] = value
        case _:
            raise no_scalar(key, "part of a value")
    after = tomlkit.dumps(document)
    if not isinstance(old, str) and _lines_changed(text, after) > 1:
        raise NoPlace(
            f"Other lines than that of `{key}` would change.",
            "Write the key as `name = value` on a line of its own.",
        )
    return after


def _bounded(text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        raise NoPlace(
            f"The file has {len(text)} characters; {MOST_CHARACTERS} are the most for TOML.",
            "Move the constant to a smaller file.",
        )
    return text


def _member(node: object, key: str, part: str) -> object:
    match node:
        case MutableMapping():
            names = cast("MutableMapping[str, object]", node)
            if part in names:
                return names[part]
            raise missing(key, part, list(names))
        case MutableSequence():
            items = cast("MutableSequence[object]", node)
            at = index_of(part, len(items))
            if at is not None:
                return items[at]
            raise missing(key, part, [f"[0] to [{len(items) - 1}]"])
        case _:
            raise missing(key, part, [])


def _lines_changed(old: str, new: str) -> int:
    before, after = old.split("\n"), new.split("\n")
    if len(before) != len(after):
        return max(len(before), len(after))
    return sum(was != now for was, now in zip(before, after, strict=True))
