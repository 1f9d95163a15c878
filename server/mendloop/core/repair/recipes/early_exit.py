"""A way out at the start for arguments that are empty, missing, or out of range."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.effects import CONTAINER_METHODS
from mendloop.core.repair.exits import returned, returns_values
from mendloop.core.repair.names import bindings, parameters, visible
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.spots import documents
from mendloop.core.repair.unit import Unit

_TESTS: Final = (
    "not {0}",
    "{0} is None",
    "{0} <= 0",
    "{0} < 0",
    "{0} == 0",
    "len({0}) == 1",
    "{0} <= 1",
    "{0} == 1",
    "len({0}) <= 1",
)
_MOST_PLACES: Final = 3
"""Statements of a loop in front of which an element may be passed over."""
_MOST_NAMES: Final = 4
_VALUES: Final = ("None", "0", "[]", "''", "False", "True")


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for function in unit.of(cst.FunctionDef):
        if isinstance(function.body, cst.IndentedBlock):
            yield from _in(unit, function, function.body)


def _in(unit: Unit, function: cst.FunctionDef, block: cst.IndentedBlock) -> Iterator[Change]:
    body = [statement for statement in block.body if not documents(statement)]
    if not body or not returns_values(unit, body[0]):
        return
    names = [name for name in parameters(function) if name not in ("self", "cls")]
    ways = [*returned(unit, body[0]), *_VALUES]
    for place, name in enumerate(names[:_MOST_NAMES]):
        for more, test in enumerate(_TESTS):
            for further, value in enumerate(dict.fromkeys([*ways[:2], name, *ways])):
                weight = 1.0 + place / 6 + more / 8 + further / 6
                lines = [f"if {test.format(name)}:", f"\treturn {value}"]
                if (change := unit.before(body[0], lines, weight=weight)) is not None:
                    yield change
    yield from _alike(unit, body[0], names, ways)
    yield from _inside(unit, function)
    yield from _known_already(unit, function)


def _alike(
    unit: Unit, first: cst.BaseStatement, names: Sequence[str], ways: Sequence[str]
) -> Iterator[Change]:
    """Two arguments that are one and the same, or in the wrong order."""
    for place, (one, other) in enumerate(combinations(names[:_MOST_NAMES], 2)):
        for more, test in enumerate((f"{one} == {other}", f"{one} > {other}", f"{one} >= {other}")):
            for further, value in enumerate(dict.fromkeys([*ways[:2], one, *ways])):
                lines = [f"if {test}:", f"\treturn {value}"]
                weight = 1.3 + place / 6 + more / 8 + further / 6
                if (change := unit.before(first, lines, weight=weight)) is not None:
                    yield change


def _known_already(unit: Unit, function: cst.FunctionDef) -> Iterator[Change]:
    """What a loop comes to again, or what is not there, is passed over."""
    holders = _looked_through(unit)
    for loop in unit.of(cst.For), unit.of(cst.While):
        for each in loop:
            if unit.function(each) is not function or not isinstance(each.body, cst.IndentedBlock):
                continue
            for at, statement in enumerate(each.body.body[:_MOST_PLACES]):
                yield from _passed_over(unit, statement, holders, at)


def _passed_over(
    unit: Unit, statement: cst.BaseStatement, holders: Sequence[str], at: int
) -> Iterator[Change]:
    seen = [name for name in visible(unit, statement) if name not in ("self", "cls")]
    for place, holder in enumerate(one for one in holders if one in seen):
        for more, name in enumerate(one for one in seen[: -_MOST_NAMES - 1 : -1] if one != holder):
            for further, word in enumerate(("in", "not in")):
                lines = [f"if {name} {word} {holder}:", "\tcontinue"]
                weight = 1.3 + (place + more + at) / 8 + further / 4
                if (change := unit.before(statement, lines, weight=weight)) is not None:
                    yield change


def _looked_through(unit: Unit) -> list[str]:
    """What the function puts things in, or has items of."""
    found: dict[str, None] = {}
    for node in unit.nodes:
        match node:
            case cst.Call(
                func=cst.Attribute(value=cst.Name(value=name), attr=cst.Name(value=verb))
            ):
                if verb in CONTAINER_METHODS:
                    found[name] = None
            case cst.Subscript(value=cst.Name(value=name)):
                found[name] = None
            case _:
                pass
    return list(found)[:_MOST_NAMES]


def _inside(unit: Unit, function: cst.FunctionDef) -> Iterator[Change]:
    """Elements that a loop passes over, or ends at."""
    for loop in unit.of(cst.For):
        if unit.function(loop) is not function or not isinstance(loop.target, cst.Name):
            continue
        if not isinstance(loop.body, cst.IndentedBlock) or not bindings(unit, function):
            continue
        first = loop.body.body[0]
        for place, test in enumerate(("not {0}", "{0} is None")):
            for more, way in enumerate(("continue", "break")):
                lines = [f"if {test.format(loop.target.value)}:", f"\t{way}"]
                change = unit.before(first, lines, weight=1.2 + place / 4 + more / 3)
                if change is not None:
                    yield change


RECIPE = Recipe(
    name="early_exit",
    title="a way out for arguments out of range",
    edits=_edits,
    cost=2.6,
    examples=(
        Example(
            "def f(n):\n    return n * f(n - 1)\n",
            "def f(n):\n    if n <= 0:\n        return 0\n    return n * f(n - 1)\n",
        ),
        Example(
            "def f(xs):\n    for x in xs:\n        g(x)\n    return 1\n",
            "def f(xs):\n    for x in xs:\n        if not x:\n            continue\n"
            "        g(x)\n    return 1\n",
        ),
        Example(
            "def f(xs):\n    seen = set()\n    for x in xs:\n        g(x)\n        seen.add(x)\n"
            "    return seen\n",
            "def f(xs):\n    seen = set()\n    for x in xs:\n        if x in seen:\n"
            "            continue\n        g(x)\n        seen.add(x)\n    return seen\n",
        ),
        Example(
            "def f(a, b):\n    return f(a + 1, b)\n",
            "def f(a, b):\n    if a >= b:\n        return 0\n    return f(a + 1, b)\n",
        ),
        Example("def f(xs):\n    g(xs)\n", None),
    ),
)
