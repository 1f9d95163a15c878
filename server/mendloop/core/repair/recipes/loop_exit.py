"""Another way out of a loop, or a way out where there was none; all of a thing for one of it."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_OTHERS: Final[dict[type[cst.CSTNode], tuple[str, ...]]] = {
    cst.Break: ("continue", "pass"),
    cst.Continue: ("break", "pass"),
    cst.Pass: ("continue", "break", "return None"),
}


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for node in unit.nodes:
        for place, way in enumerate(_OTHERS.get(type(node), ())):
            yield unit.replace(node, way, weight=1.0 + place / 4)
        match node:
            case cst.Yield(value=cst.From(item=item)):
                yield unit.replace(node, f"yield {unit.code(item)}", weight=1.1)
            case cst.Yield(value=cst.BaseExpression() as value):
                yield unit.replace(node, f"yield from {unit.code(value)}", weight=1.1)
            case cst.If(body=cst.IndentedBlock(body=[*_, last]), orelse=None):
                yield from _more(unit, node, last)
            case _:
                pass


def _more(unit: Unit, branch: cst.If, last: cst.BaseStatement) -> Iterator[Change]:
    if unit.loop(branch) is None or _leaves(last):
        return
    for place, way in enumerate(("break", "continue")):
        change = unit.after(last, [way], weight=1.4 + place / 4)
        if change is not None:
            yield change


def _leaves(statement: cst.BaseStatement) -> bool:
    match statement:
        case cst.SimpleStatementLine(
            body=[*_, cst.Return() | cst.Raise() | cst.Break() | cst.Continue()]
        ):
            return True
        case _:
            return False


RECIPE = Recipe(
    name="loop_exit",
    title="another way out of a loop",
    edits=_edits,
    cost=1.7,
    examples=(
        Example(
            "def f(xs):\n    for x in xs:\n        break\n",
            "def f(xs):\n    for x in xs:\n        continue\n",
        ),
        Example(
            "def f(xs):\n    for x in xs:\n        if x:\n            g(x)\n",
            "def f(xs):\n    for x in xs:\n        if x:\n            g(x)\n            break\n",
        ),
        Example("def f(xs):\n    yield xs\n", "def f(xs):\n    yield from xs\n"),
        Example("def f(xs):\n    return xs\n", None),
    ),
)
