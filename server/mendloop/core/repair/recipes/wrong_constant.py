"""Another number: its neighbours, nought and one, the opposite sign; another truth value."""

import math
import re
from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_USUAL: Final = ("2", "7", "12", "24", "60", "100", "1000", "3600", "1024")
"""Of time and of shares."""


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    numbers = _numbers(unit)
    for node in unit.nodes:
        match node:
            case cst.Integer(value=value) if re.fullmatch(r"[0-9_]{1,12}", value):
                yield from _others(unit, node, _whole(int(value), _negative(unit, node), numbers))
            case cst.Float(value=value):
                yield from _others(unit, node, _fractions(float(value)))
            case cst.Name(value="True"):
                yield unit.replace(node, "False", weight=0.8)
            case cst.Name(value="False"):
                yield unit.replace(node, "True", weight=0.8)
            case _:
                pass


def _others(unit: Unit, node: cst.CSTNode, values: tuple[str, ...]) -> Iterator[Change]:
    old = unit.code(node)
    for place, value in enumerate(dict.fromkeys(values)):
        if value != old:
            yield unit.replace(node, value, weight=1.0 + place / 4, loose=value[0] == "-")


def _whole(value: int, negative: bool, numbers: tuple[str, ...]) -> tuple[str, ...]:  # noqa: FBT001  private
    near = [str(value + 1), *([str(value - 1)] if value else [])]
    usual = ["1", "0"] if value > 1 else []
    opposite = [] if negative or not value else [f"-{value}"]
    further = [str(value * 2), str(value * 10), str(value // 2), str(value // 10), *_USUAL]
    return (*near, *usual, *opposite, *numbers, *(further if value > 1 else ["2"]))


def _fractions(value: float) -> tuple[str, ...]:
    if not math.isfinite(value) or not value:
        return ("1.0",)
    complement = [repr(round(1 - value, 12))] if 0 < value < 1 else []
    near = [repr(round(value * factor, 12)) for factor in (10, 0.1, 100, 0.01)]
    return (*complement, *near, "1.0", "0.0", repr(value + 1), f"-{value!r}")


def _negative(unit: Unit, node: cst.CSTNode) -> bool:
    return isinstance(unit.parents.get(node), cst.UnaryOperation)


def _numbers(unit: Unit) -> tuple[str, ...]:
    """The other numbers of the function: one of them may have been meant."""
    return tuple(dict.fromkeys(node.value for node in unit.of(cst.Integer)))[:4]


RECIPE = Recipe(
    name="wrong_constant",
    title="another number in a place",
    edits=_edits,
    cost=1.7,
    examples=(
        Example("def f(a):\n    return a + 1\n", "def f(a):\n    return a + 2\n"),
        Example("def f(a):\n    return a + 1\n", "def f(a):\n    return a + 0\n"),
        Example("def f(a):\n    return a // 90\n", "def f(a):\n    return a // 60\n"),
        Example("def f(a):\n    return a ** 2\n", "def f(a):\n    return a ** (-2)\n"),
        Example("def f(a):\n    return a * 0.2\n", "def f(a):\n    return a * 0.8\n"),
        Example("def f(a):\n    return True\n", "def f(a):\n    return False\n"),
        Example("def f(a):\n    return 'text' + a\n", None),
    ),
)
