"""A statement that is run under a condition only, or not any more."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair import describe
from mendloop.core.repair.change import Change
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.spots import documents
from mendloop.core.repair.unit import Unit
from mendloop.core.repair.wide.conditions import Conditions

_MOST: Final = 60
_PLAIN: Final = (cst.Assign, cst.AugAssign, cst.Expr, cst.Return, cst.Break, cst.Continue)


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    conditions = Conditions(unit)
    for node in unit.of(cst.SimpleStatementLine):
        if documents(node) or not isinstance(node.body[0], _PLAIN) or "\n" in unit.code(node):
            continue
        if not isinstance(unit.parents.get(node), cst.IndentedBlock):
            continue
        for place, test in enumerate(conditions.at(node)[:_MOST]):
            change = unit.before(node, [f"if {test}:", f"\t{unit.code(node)}"])
            if change is not None:
                yield _instead(unit, node, change, test, 1.0 + place / 20)


def _instead(unit: Unit, node: cst.BaseStatement, put: Change, test: str, weight: float) -> Change:
    """The statement under its condition where it stood alone."""
    gone = unit.remove(node).splices[0]
    new = put.splices[0].new
    line = unit.line(node)
    code = describe.short(unit.code(node))
    return Change(
        splices=(type(gone)(start=gone.start, stop=gone.stop, new=new),),
        line=line,
        description=f"line {line}: `{code}` only if `{describe.short(test)}`",
        weight=weight,
    )


RECIPE = Recipe(
    name="any_guard",
    title="a statement under a condition",
    edits=_edits,
    cost=2.4,
    examples=(
        Example(
            "def f(spot, node):\n    node.next = spot.next\n    spot.next.prev = node\n",
            "def f(spot, node):\n    node.next = spot.next\n    if spot.next is not None:\n"
            "        spot.next.prev = node\n",
        ),
        Example('def f(a):\n    """Doc."""\n', None),
    ),
)
