"""Any condition that the function's variables offer, added to a test or put in its place."""

from collections.abc import Iterator

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit
from mendloop.core.repair.wide.conditions import Conditions


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    conditions = Conditions(unit)
    for node in unit.nodes:
        match node:
            case (
                cst.If(test=test)
                | cst.While(test=test)
                | cst.IfExp(test=test)
                | cst.CompIf(test=test)
                | cst.Return(value=cst.BooleanOperation() | cst.Comparison() as test)
            ):
                yield from _more(unit, test, conditions)
            case cst.CompFor(iter=value, ifs=[]):
                yield from _filtered(unit, node, value, conditions)
            case _:
                pass


def _more(unit: Unit, test: cst.BaseExpression, conditions: Conditions) -> Iterator[Change]:
    code = unit.code(test)
    base = f"({code})" if isinstance(test, cst.BooleanOperation | cst.IfExp) else code
    for place, atom in enumerate(conditions.at(test)):
        weight = 1.0 + place / 20
        for more, new in enumerate(
            (f"{base} and {atom}", f"{base} or {atom}", f"{atom} and {base}", f"{atom} or {base}")
        ):
            yield unit.replace(test, new, weight=weight + more / 50, loose=True)
        yield unit.replace(test, atom, weight=weight + 1.0, loose=True)


def _filtered(
    unit: Unit, node: cst.CompFor, value: cst.BaseExpression, conditions: Conditions
) -> Iterator[Change]:
    code = unit.code(value)
    for place, atom in enumerate(conditions.at(node, _targets(node.target))):
        yield unit.replace(value, f"{code} if {atom}", weight=1.6 + place / 20)


def _targets(target: cst.BaseExpression) -> list[str]:
    match target:
        case cst.Name(value=name):
            return [name]
        case cst.Tuple(elements=elements):
            return [one.value.value for one in elements if isinstance(one.value, cst.Name)]
        case _:
            return []


RECIPE = Recipe(
    name="any_condition",
    title="any condition more, or another one",
    edits=_edits,
    cost=2.2,
    examples=(
        Example(
            "def f(r, c, xs):\n    if r < 0 or c >= len(xs):\n        return 1\n    return 2\n",
            "def f(r, c, xs):\n    if (r < 0 or c >= len(xs)) or c < 0:\n        return 1\n"
            "    return 2\n",
        ),
        Example(
            "def f(xs, y):\n    return [x for x in xs]\n",
            "def f(xs, y):\n    return [x for x in xs if x != y]\n",
        ),
        Example("def f(a):\n    return a\n", None),
    ),
)
