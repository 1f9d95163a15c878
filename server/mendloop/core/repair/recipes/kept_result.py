"""A result kept that was lost, or added to what there was."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.names import visible
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_MOST: Final = 4
_SIGNS: Final = ("+=", "-=", "*=", "|=")


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for node in unit.of(cst.Expr):
        if isinstance(node.value, cst.Call):
            yield from _kept(unit, node.value)
    for assignment in unit.of(cst.Assign):
        yield from _added(unit, assignment)


def _kept(unit: Unit, call: cst.Call) -> Iterator[Change]:
    names = [unit.code(arg.value) for arg in call.args if isinstance(arg.value, cst.Name)]
    others = [name for name in reversed(visible(unit, call)) if name not in names]
    wanted = [name for name in [*names, *others] if name not in ("self", "cls")]
    for place, name in enumerate(wanted[:_MOST]):
        yield unit.replace(call, f"{name} = {unit.code(call)}", weight=1.2 + place / 6)
    yield unit.replace(call, f"return {unit.code(call)}", weight=1.5)


def _added(unit: Unit, node: cst.Assign) -> Iterator[Change]:
    match node:
        case cst.Assign(
            targets=[cst.AssignTarget(target=cst.Name(value=name) as target)], value=value
        ) if name in visible(unit, value) and not isinstance(value, cst.BaseNumber):
            for place, sign in enumerate(_SIGNS):
                code = f"{unit.code(target)} {sign} {unit.code(value)}"
                yield unit.replace(node, code, weight=1.0 + place / 4)
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Subscript() as target)]):
            code = f"{unit.code(target)} += {unit.code(node.value)}"
            yield unit.replace(node, code, weight=1.2)
        case _:
            pass


RECIPE = Recipe(
    name="kept_result",
    title="keep a result, or add it to what there was",
    edits=_edits,
    cost=1.8,
    examples=(
        Example("def f(xs):\n    sorted(xs)\n", "def f(xs):\n    xs = sorted(xs)\n"),
        Example(
            "def f(xs):\n    n = 0\n    for x in xs:\n        n = x\n",
            "def f(xs):\n    n = 0\n    for x in xs:\n        n += x\n",
        ),
        Example("def f(xs):\n    return xs\n", None),
    ),
)
