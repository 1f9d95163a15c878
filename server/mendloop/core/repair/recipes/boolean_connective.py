"""Another connective of conditions: and for or, a ``not`` more or less, one side alone."""

from collections.abc import Iterator

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for node in unit.nodes:
        match node:
            case cst.BooleanOperation():
                yield from _connected(unit, node)
            case cst.UnaryOperation(operator=cst.Not(), expression=inner):
                yield unit.replace(node, unit.code(inner), weight=1.1, loose=True)
            case cst.If(test=test) | cst.While(test=test) | cst.IfExp(test=test):
                yield from _negated(unit, test)
            case cst.CompIf(test=test):
                yield from _negated(unit, test)
            case _:
                pass


def _connected(unit: Unit, node: cst.BooleanOperation) -> Iterator[Change]:
    other = "and" if isinstance(node.operator, cst.Or) else "or"
    yield unit.replace(node.operator, other, weight=1.0)
    for side, weight in ((node.left, 1.6), (node.right, 1.6)):
        yield unit.replace(node, unit.atom(side), weight=weight)


def _negated(unit: Unit, test: cst.BaseExpression) -> Iterator[Change]:
    # a comparison has its own opposites, and ``not not`` is dropped elsewhere
    if isinstance(test, cst.Comparison | cst.UnaryOperation):
        return
    yield unit.replace(test, f"not {unit.atom(test)}", weight=1.3)


RECIPE = Recipe(
    name="boolean_connective",
    title="connect conditions in another way",
    edits=_edits,
    cost=1.2,
    examples=(
        Example(
            "def f(a, b):\n    return a and  b\n",
            "def f(a, b):\n    return a or  b\n",
        ),
        Example(
            "def f(a, b):\n    return a > 0 or b\n",
            "def f(a, b):\n    return (a > 0)\n",
        ),
        Example("def f(a):\n    return not a\n", "def f(a):\n    return a\n"),
        Example(
            "def f(a):\n    if a:\n        return 1\n    return 2\n",
            "def f(a):\n    if not a:\n        return 1\n    return 2\n",
        ),
        Example("def f(a):\n    return [x for x in a if x > 1]\n", None),
    ),
)
