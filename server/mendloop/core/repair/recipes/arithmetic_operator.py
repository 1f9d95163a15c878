"""Another operator between the same operands."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_OTHERS: Final[dict[str, tuple[str, ...]]] = {
    "+": ("-", "*"),
    "-": ("+", "/"),
    "*": ("/", "+", "**", "//"),
    "/": ("//", "*", "-"),
    "//": ("/", "%", "*"),
    "%": ("//", "/"),
    "**": ("*",),
    "&": ("|", "^"),
    "|": ("&", "^"),
    "^": ("&", "|"),
    "<<": (">>",),
    ">>": ("<<",),
}


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for node in unit.of(cst.BinaryOperation):
        if not isinstance(node.left, cst.BaseString):
            yield from _signs(unit, node.operator, "")
    for assignment in unit.of(cst.AugAssign):
        yield from _signs(unit, assignment.operator, "=")
        yield unit.replace(assignment.operator, "=", weight=1.8)
    yield from _opposites(unit)


def _opposites(unit: Unit) -> Iterator[Change]:
    for node in unit.nodes:
        match node:
            case cst.UnaryOperation(operator=cst.Minus(), expression=inner):
                if not isinstance(inner, cst.BaseNumber):
                    yield unit.replace(node, unit.code(inner), weight=1.5, loose=True)
            case cst.Return(value=cst.BinaryOperation(left=left) as value):
                if not isinstance(left, cst.BaseString):
                    yield unit.replace(value, f"-{unit.atom(value)}", weight=2.5)
            case (
                cst.Index(value=cst.Name() as value)
                | cst.Slice(lower=cst.Name() as value)
                | cst.Slice(upper=cst.Name() as value)
                | cst.Arg(value=cst.Name() as value, star="")
            ):
                yield unit.replace(value, f"-{value.value}", weight=2.0)
            case _:
                pass


def _signs(unit: Unit, operator: cst.CSTNode, ending: str) -> Iterator[Change]:
    sign = unit.code(operator).strip().removesuffix(ending)
    for place, other in enumerate(_OTHERS.get(sign, ())):
        yield unit.replace(operator, other + ending, weight=1.0 + place / 3)


RECIPE = Recipe(
    name="arithmetic_operator",
    title="calculate with another operator",
    edits=_edits,
    cost=1.2,
    examples=(
        Example("def f(a, b):\n    return a+b\n", "def f(a, b):\n    return a-b\n"),
        Example("def f(a, b):\n    return a / b\n", "def f(a, b):\n    return a // b\n"),
        Example(
            "def f(a, b):\n    a ^= b\n    return 1\n", "def f(a, b):\n    a &= b\n    return 1\n"
        ),
        Example(
            "def f(a, b):\n    a += b\n    return 1\n", "def f(a, b):\n    a = b\n    return 1\n"
        ),
        Example("def f(a):\n    return g(-a)\n", "def f(a):\n    return g(a)\n"),
        Example("def f(a, n):\n    return a[n:]\n", "def f(a, n):\n    return a[-n:]\n"),
        Example("def f(a):\n    return '%s' % a\n", None),
    ),
)
