"""YAML: ruamel.yaml composes the nodes with their marks, so that the place of one is known."""

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from mendloop.core.repair.formats.place import (
    NoPlace,
    Scalar,
    missing,
    no_scalar,
)
from mendloop.core.repair.lines import bracket_depth
from mendloop.noun import dataclass

MOST_CHARACTERS: Final = 200_000
"""The composer is written in Python and takes about a second for as many."""

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*")
_NOT_PLAIN: Final = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
"""Words that some reader takes for something else than a text."""
_MOST_DEPTH: Final = 100
_TAGS: Final = ("bool", "int", "float", "str")


def read(text: str, key: str, parts: Sequence[str]) -> Scalar:
    """A value.

    Raises:
        NoPlace: There is none, or it is no single value, or other keys share it.
        ValueError: The text is not YAML, or several documents.
    """
    return _find(text, key, parts).value


def write(text: str, key: str, parts: Sequence[str], value: Scalar) -> str:
    """The text with another value at its place.

    Raises:
        NoPlace: There is none, or it is no single value, or other keys share it.
        ValueError: The text is not YAML, or several documents.
    """
    place = _find(text, key, parts)
    if place.style in ("|", ">"):
        raise no_scalar(key, "a block of text")
    return text[: place.start] + _rendered(value, place.style) + text[place.stop :]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scalar:
    """What is needed of ruamel.yaml's node, which has no types."""

    start: int
    stop: int
    value: Scalar
    style: str | None


def _find(text: str, key: str, parts: Sequence[str]) -> _Scalar:
    node = _composed(text)
    for part in parts:
        members = _members(node)
        if part not in members:
            raise missing(key, part, list(members))
        node = members[part]
        if node.anchor:
            raise NoPlace(
                f"`{part}` of the key `{key}` bears an anchor: what other keys are would change.",
                "Write the value out at its key, without an anchor or alias.",
            )
    kind = str(node.tag).rpartition(":")[2]
    if node.id != "scalar":
        raise no_scalar(key, "a mapping or a list")
    if kind not in _TAGS:
        raise no_scalar(key, "null" if kind == "null" else f"a {kind}")
    reader: Any = YAML(typ="safe", pure=True)
    return _Scalar(
        start=node.start_mark.index,
        stop=node.end_mark.index,
        value=reader.constructor.construct_object(node),
        style=node.style,
    )


def _composed(text: str) -> Any:
    if len(text) > MOST_CHARACTERS:
        raise NoPlace(
            f"The file has {len(text)} characters; {MOST_CHARACTERS} are the most for YAML.",
            "Move the constant to a smaller file.",
        )
    if bracket_depth(text) > _MOST_DEPTH:
        raise RecursionError
    reader: Any = YAML(typ="rt", pure=True)
    try:
        return reader.compose(text)
    except YAMLError as problem:
        raise ValueError(" ".join(str(problem).split())) from problem


def _members(node: Any) -> dict[str, Any]:
    match getattr(node, "id", None):
        case "mapping":
            return {str(name.value): value for name, value in node.value}
        case "sequence":
            return {str(at): value for at, value in enumerate(node.value)}
        case _:
            return {}


def _rendered(value: Scalar, style: str | None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        # YAML 1.1 reads ``1e-07`` as a text: a point makes it a number to every reader
        number, mark, exponent = repr(value).partition("e")
        return number + ("" if "." in number or not mark else ".0") + mark + exponent
    if style == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if style is None and _PLAIN.fullmatch(value) and value.lower() not in _NOT_PLAIN:
        return value
    return json.dumps(value, ensure_ascii=False)
