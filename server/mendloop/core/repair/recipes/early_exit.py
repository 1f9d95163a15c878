"""A way out at the start for arguments that are empty, missing, or out of range."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.exits import returned, returns_values
from mendloop.core.repair.names import bindings, parameters
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_TESTS: Final = ("not {0}", "{0} is None", "{0} <= 0", "{0} < 0", "{0} == 0", "len({0}) == 1")
_MOST_NAMES: Final = 4
_VALUES: Final = ("None", "0", "[]", "''", "False", "True")


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for function in unit.of(cst.FunctionDef):
        if isinstance(function.body, cst.IndentedBlock):
            yield from _in(unit, function, function.body)


def _in(unit: Unit, function: cst.FunctionDef, block: cst.IndentedBlock) -> Iterator[Change]:
    body = [statement for statement in block.body if not _documents(statement)]
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
    yield from _inside(unit, function)


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


def _documents(statement: cst.BaseStatement) -> bool:
    match statement:
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.BaseString())]):
            return True
        case _:
            return False


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
        Example("def f(xs):\n    g(xs)\n", None),
    ),
)
