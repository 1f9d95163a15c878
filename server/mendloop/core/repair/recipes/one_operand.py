"""One operand alone, where two were joined."""

from collections.abc import Iterator

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for node in unit.nodes:
        match node:
            case cst.BinaryOperation(left=left, right=right):
                yield unit.replace(node, unit.atom(left), weight=1.0)
                yield unit.replace(node, unit.atom(right), weight=1.1)
            case cst.IfExp(body=body, orelse=orelse):
                yield unit.replace(node, unit.atom(body), weight=1.2)
                yield unit.replace(node, unit.atom(orelse), weight=1.3)
            case _:
                pass


RECIPE = Recipe(
    name="one_operand",
    title="one operand alone",
    edits=_edits,
    cost=1.7,
    examples=(
        Example("def f(a):\n    return 1 + g(a)\n", "def f(a):\n    return g(a)\n"),
        Example(
            "def f(a, b):\n    return (a - b) * 2\n",
            "def f(a, b):\n    return (a - b)\n",
        ),
        Example("def f(a, b):\n    return a if b else 0\n", "def f(a, b):\n    return a\n"),
        Example("def f(a):\n    return g(a)\n", None),
    ),
)
