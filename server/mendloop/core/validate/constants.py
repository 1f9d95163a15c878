"""Reads a change to a constant: is it that constant alone, and does it stay in its range?"""

import ast
import json
import tomllib
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, Final, cast

from mendloop.core.validate.tree import read, walk
from mendloop.core.validate.wording import clean
from mendloop.model.proposal import Flag, StaticFinding
from mendloop.model.target import Target
from mendloop.model.value import Encoded, canonical
from mendloop.noun import dataclass

_GONE: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """What reading a change to a constant has shown."""

    alone: bool
    """Whether nothing else in the file has another value."""
    flags: frozenset[Flag]
    findings: tuple[StaticFinding, ...]


def review_constant(target: Target, old_value: Encoded, new_value: Encoded) -> Tuned:
    """Read a change of one value to another.

    Args:
        target: The constant; its range is what counts.
        old_value: What the file holds.
        new_value: What it would hold.

    Returns:
        Whether it stays in its range, and keeps its type.
    """
    flags = set[Flag]()
    findings: list[StaticFinding] = []
    if _type(old_value) != _type(new_value):
        message = f"It would be {_type(new_value)} instead of {_type(old_value)}."
        findings.append(
            _finding(target, "type", message, blocks=not _numbers(old_value, new_value))
        )
    if target.range is not None and not _within(target, new_value):
        flags.add(Flag.OUT_OF_RANGE)
        message = (
            f"{clean(canonical(new_value), 60)} is not within"
            f" {target.range.low:g} to {target.range.high:g}."
        )
        findings.append(_finding(target, "range", message, blocks=False))
    return Tuned(alone=True, flags=frozenset(flags), findings=tuple(findings))


def read_constant(target: Target, old: str, new: str) -> Tuned | None:
    """Read a change to the file of a constant.

    Args:
        target: The constant; its selector is a name in a Python file, or a key path.
        old: The file so far.
        new: The file as it would be.

    Returns:
        What was shown; ``None`` where either text, or the constant in it, cannot be read.
    """
    before, after = _read(target, old), _read(target, new)
    if before is None or after is None:
        return None
    tuned = review_constant(target, before.value, after.value)
    alone = before.rest == after.rest
    if not alone:
        message = f"More than {target.selector} changes."
        findings = (*tuned.findings, _finding(target, "alone", message, blocks=False))
        return Tuned(alone=False, flags=tuned.flags, findings=findings)
    return tuned


@dataclass(frozen=True, slots=True)
class _Held:
    value: Encoded
    rest: str
    """All else in the file, as one text."""


def _read(target: Target, text: str) -> _Held | None:
    match target.path.rpartition(".")[2].lower():
        case "py":
            return _in_python(target.selector, text)
        case "json":
            return _in_data(target.selector, _loaded(json.loads, text))
        case "toml":
            return _in_data(target.selector, _loaded(tomllib.loads, text))
        case "yaml" | "yml":
            return _in_data(target.selector, _yaml(text))
        case _:
            return None


def _yaml(text: str) -> object:
    from mendloop.core.validate.structured import (  # noqa: PLC0415  its reader of YAML is slow to load
        MOST_CHARACTERS,
        UnreadableError,
        document_of,
    )

    if len(text) > MOST_CHARACTERS:
        return _GONE
    try:
        return cast("object", document_of("a.yaml", text))
    except UnreadableError:
        return _GONE


def _loaded(load: Any, text: str) -> object:
    try:
        return cast("object", load(text))
    except (ValueError, RecursionError):
        return _GONE


def _in_data(selector: str, data: object) -> _Held | None:
    """Take the value at a key path out of the data; what is left is the rest."""
    keys = selector.split(".")
    inner = data
    for key in keys[:-1]:
        inner = _step(inner, key)
    value = _step(inner, keys[-1])
    if value is _GONE:
        return None
    return _Held(_encoded(value), repr(_without(data, keys)))


def _step(data: object, key: str) -> object:
    if isinstance(data, Mapping):
        return cast("Mapping[str, object]", data).get(key, _GONE)
    if isinstance(data, list) and key.isdecimal() and int(key) < len(cast("list[object]", data)):
        return cast("list[object]", data)[int(key)]
    return _GONE


def _without(data: object, keys: Sequence[str]) -> object:
    """The same data with the value at a key path left out."""
    first, rest = keys[0], keys[1:]
    if isinstance(data, Mapping):
        return {
            key: (_without(part, rest) if rest else "") if key == first else part
            for key, part in cast("Mapping[str, object]", data).items()
        }
    if isinstance(data, list):
        return [
            (_without(part, rest) if rest else "") if str(number) == first else part
            for number, part in enumerate(cast("list[object]", data))
        ]
    return data


def _in_python(selector: str, text: str) -> _Held | None:
    """The literal that is bound to a name at the top of a module or of a class in it."""
    tree = read(text)  # a tree of its own: it is changed here
    if isinstance(tree, SyntaxError):
        return None
    for node in walk(tree):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.expr() as value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ) if name == selector.rpartition(".")[2]:
                try:
                    held = cast("object", ast.literal_eval(value))
                except (ValueError, TypeError, MemoryError, RecursionError):
                    return None
                node.value = ast.Constant(value=None)
                return _Held(_encoded(held), ast.dump(tree))
            case _:
                pass
    return None


def _encoded(value: object) -> Encoded:
    """A value read from a file, near enough to be compared: what JSON cannot hold is its text."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if isfinite(value) else {"$f": str(value)}
        case list():
            return [_encoded(part) for part in cast("list[object]", value)]
        case dict():
            items = cast("dict[object, object]", value).items()
            return {str(key): _encoded(part) for key, part in items}
        case _:
            return {"$opaque": repr(value)}


def _within(target: Target, value: Encoded) -> bool:
    if target.range is None:
        return True
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and target.range.low <= cast("float", value) <= target.range.high


def _numbers(*values: Encoded) -> bool:
    return all(_type(value) in {"int", "float"} for value in values)


def _type(value: Encoded) -> str:
    match value:
        case dict():
            return next((key for key in value if key.startswith("$")), "object")
        case _:
            return type(value).__name__


def _finding(target: Target, rule: str, message: str, *, blocks: bool) -> StaticFinding:
    return StaticFinding(rule=rule, message=message, path=target.path, line=1, blocks=blocks)
