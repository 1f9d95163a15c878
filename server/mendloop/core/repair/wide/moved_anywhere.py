"""A statement in another block: one level in or out, before or after a loop or a branch; or none.

Also a branch whose body is always run, or that goes with its body.
"""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair import describe
from mendloop.core.repair.change import Change, Splice
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.spots import documents, spots
from mendloop.core.repair.unit import Unit

_NEAR: Final = 8
"""Lines over which a statement is moved."""


def _edits(unit: Unit, hints: Hints) -> Iterator[Change]:
    places = spots(unit, hints)
    for node in unit.of(cst.SimpleStatementLine):
        if documents(node) or "\n" in unit.code(node) or _alone(unit, node):
            continue
        line = unit.line(node)
        gone = unit.remove(node)
        yield unit.remove(node, weight=2.0)
        cut = gone.splices[0]
        for spot in places:
            put = spot.put([unit.code(node)], weight=1.0)
            away = abs(unit.line(spot.statement) - line)
            if put is None or away > _NEAR or spot.statement is node:
                continue
            splice = put.splices[0]
            if cut.start <= splice.start <= cut.stop and not spot.after:
                continue
            if cut.start < splice.start < cut.stop:
                continue
            where = "after" if spot.after else "before"
            yield Change(
                splices=(cut, Splice(start=splice.start, stop=splice.stop, new=splice.new)),
                line=line,
                description=f"line {line}: `{describe.short(unit.code(node))}` moves {where} line "
                f"{unit.line(spot.statement)}",
                weight=1.0 + away / 10,
            )
    yield from _bare(unit)


def _alone(unit: Unit, node: cst.SimpleStatementLine) -> bool:
    block = unit.parents.get(node)
    return not isinstance(block, cst.IndentedBlock) or len(block.body) == 1


def _bare(unit: Unit) -> Iterator[Change]:
    """A branch that goes."""
    for node in unit.of(cst.If):
        above = unit.parents.get(node)
        if node.orelse is None and isinstance(above, cst.IndentedBlock) and len(above.body) > 1:
            yield unit.remove(node, weight=1.6)


RECIPE = Recipe(
    name="moved_anywhere",
    title="a statement in another block, or none",
    edits=_edits,
    cost=2.4,
    examples=(
        Example(
            "def f(xs):\n    n = 0\n    for x in xs:\n        g(x)\n    n += x\n    return n\n",
            "def f(xs):\n    n = 0\n    for x in xs:\n        g(x)\n        n += x\n    return n\n",
        ),
        Example(
            "def f(xs):\n    n = 0\n    if not xs:\n        return 1\n    return n\n",
            "def f(xs):\n    n = 0\n    return n\n",
        ),
        Example("def f(a):\n    return a\n", None),
    ),
)
