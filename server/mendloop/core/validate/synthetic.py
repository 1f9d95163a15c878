"""Reads a target's own file of cases: one JSON object a line.

    {"args": [3, "de"], "kwargs": {"net": true}, "expected": 3.57}
    {"args": [-1], "raises": "ValueError"}

A case that names neither an answer nor an error says only that the call must not fail. Empty lines
and lines that begin with ``#`` are left out.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Final, NoReturn, cast

from mendloop.core.validate.cases import Exactly, NoFailure, Origin, RaisesClearly, TestCase, Wanted
from mendloop.errors import InvalidInput
from mendloop.model.graph import fault_within
from mendloop.model.observation import Case
from mendloop.model.settled import settled
from mendloop.model.value import MOST_CHARACTERS, MOST_DEPTH, Encoded

KEYS: Final = frozenset({"args", "kwargs", "expected", "raises"})


def synthetic(lines: Iterable[str]) -> tuple[TestCase, ...]:
    """Read the lines of a file of cases.

    Args:
        lines: With or without their line ends.

    Returns:
        A case a line, named by the number of its line.

    Raises:
        InvalidInput: A line is no such object; the message names the line.
    """
    numbered = ((number, line.strip()) for number, line in enumerate(lines, start=1))
    return tuple(_case(number, line) for number, line in numbered if line and line[0] != "#")


def _case(number: int, line: str) -> TestCase:
    raw = _object(number, line)
    unknown = sorted(raw.keys() - KEYS)
    if unknown:
        raise _bad(number, f"has the unknown key {unknown[0]!r}")
    args, kwargs = raw.get("args", []), raw.get("kwargs", {})
    if not isinstance(args, list):
        raise _bad(number, "has args that are no list")
    if not isinstance(kwargs, dict):
        raise _bad(number, "has kwargs that are no object")
    values = settled([*args, *kwargs.values()])
    args, kwargs = values[: len(args)], dict(zip(kwargs, values[len(args) :], strict=True))
    return TestCase(
        case=Case(id=f"synthetic-{number}", args=tuple(args), kwargs=kwargs),
        origin=Origin.SYNTHETIC,
        wanted=_wanted(number, raw),
    )


def _wanted(number: int, raw: Mapping[str, Encoded]) -> Wanted:
    if "expected" in raw and "raises" in raw:
        raise _bad(number, "has both expected and raises")
    if "expected" in raw:
        return Exactly(settled([raw["expected"]])[0])
    if "raises" not in raw:
        return NoFailure()
    match raw["raises"]:
        case str() as one:
            return RaisesClearly((one,))
        case [*several] if several and all(isinstance(one, str) for one in several):
            return RaisesClearly(tuple(one for one in several if isinstance(one, str)))
        case _:
            raise _bad(number, "has raises that names no type of error")


def _object(number: int, line: str) -> dict[str, Encoded]:
    if len(line) > MOST_CHARACTERS:
        raise _bad(number, f"is longer than {MOST_CHARACTERS} characters")
    try:
        raw: object = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _bad(number, "is no JSON") from None
    if not isinstance(raw, dict):
        raise _bad(number, "is no JSON object")
    read = cast("dict[str, Encoded]", raw)
    if _depth(read) > MOST_DEPTH:
        raise _bad(number, f"is nested deeper than {MOST_DEPTH} levels")
    if wrong := fault_within(read):
        raise _bad(number, f"has a `$graph` that cannot be: {wrong}")
    return read


def _no_constant(name: str) -> NoReturn:
    """Refuse ``NaN`` and ``Infinity``, which are no JSON.

    Raises:
        ValueError: Always.
    """
    raise ValueError(name)


def _depth(value: Encoded) -> int:
    """How deep a value is nested; without recursion, for its depth is a stranger's choice."""
    level: list[Encoded] = [value]
    deep = 0
    while level:
        deep += 1
        level = [part for one in level for part in _parts(one)]
    return deep


def _parts(value: Encoded) -> list[Encoded]:
    match value:
        case list():
            return value
        case dict():
            return list(value.values())
        case _:
            return []


def _bad(number: int, what: str) -> InvalidInput:
    """What is wrong with a line."""
    return InvalidInput(
        f"Line {number} of the cases {what}.",
        hint='Write one object a line, as {"args": [1], "kwargs": {}, "expected": 2}.',
    )
