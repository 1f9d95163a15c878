"""Another comparison: the boundary first, then the direction, then the opposite."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_NEIGHBOURS: Final[tuple[tuple[type[cst.BaseCompOp], tuple[str, ...]], ...]] = (
    (cst.LessThanEqual, ("<", ">=", ">", "==", "!=")),
    (cst.LessThan, ("<=", ">", ">=", "!=", "==")),
    (cst.GreaterThanEqual, (">", "<=", "<", "==", "!=")),
    (cst.GreaterThan, (">=", "<", "<=", "!=", "==")),
    (cst.Equal, ("!=", "<=", ">=", "in")),
    (cst.NotEqual, ("==", "<", ">", "not in")),
    (cst.NotIn, ("in", "!=")),
    (cst.In, ("not in", "==")),
    (cst.IsNot, ("is", "!=")),
    (cst.Is, ("is not", "==")),
)


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for node in unit.of(cst.ComparisonTarget):
        for place, sign in enumerate(_others(node.operator)):
            yield unit.replace(node.operator, sign, weight=1.0 + place / 4)


def _others(operator: cst.BaseCompOp) -> tuple[str, ...]:
    return next((signs for kind, signs in _NEIGHBOURS if isinstance(operator, kind)), ())


RECIPE = Recipe(
    name="comparison_operator",
    title="compare in another way",
    edits=_edits,
    cost=1.0,
    examples=(
        Example("def f(a, b):\n    return a<b\n", "def f(a, b):\n    return a<=b\n"),
        Example("def f(a, b):\n    return a >= b\n", "def f(a, b):\n    return a > b\n"),
        Example("def f(a, b):\n    return a == b\n", "def f(a, b):\n    return a != b\n"),
        Example("def f(a, b):\n    return a  not in b\n", "def f(a, b):\n    return a  in b\n"),
        Example("def f(a):\n    return a is None\n", "def f(a):\n    return a is not None\n"),
        Example("def f(a, b):\n    return a < 0 < b\n", "def f(a, b):\n    return a < 0 <= b\n"),
        Example("def f(a, b):\n    return a + b\n", None),
    ),
)
