"""Again and again instead of once, or once instead of again and again."""

from collections.abc import Iterator

import libcst as cst

from mendloop.core.repair import describe
from mendloop.core.repair.change import Change, Splice
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for node in unit.nodes:
        match node:
            case cst.While(orelse=None) if not _left_early(unit, node):
                yield _as(unit, node, "while", "if", 1.2)
            case cst.If(orelse=None) if unit.code(node).startswith("if"):
                yield _as(unit, node, "if", "while", 1.0)
            case _:
                pass


def _left_early(unit: Unit, loop: cst.While) -> bool:
    """Whether a statement leaves or begins the loop again, which a branch has no use for."""
    every = (*unit.of(cst.Break), *unit.of(cst.Continue))
    return any(unit.loop(node) is loop for node in every)


def _as(unit: Unit, node: cst.CSTNode, word: str, other: str, weight: float) -> Change:
    start, line = unit.spans[node][0], unit.line(node)
    return Change(
        splices=(Splice(start=start, stop=start + len(word), new=other),),
        line=line,
        description=describe.replaced(line, word, other),
        weight=weight,
    )


RECIPE = Recipe(
    name="loop_form",
    title="again and again, or once",
    edits=_edits,
    cost=1.9,
    examples=(
        Example(
            "def f(xs):\n    if xs and xs[-1] == 0:\n        xs.pop()\n    return xs\n",
            "def f(xs):\n    while xs and xs[-1] == 0:\n        xs.pop()\n    return xs\n",
        ),
        Example(
            "def f(n):\n    while n > 9:\n        n -= 9\n    return n\n",
            "def f(n):\n    if n > 9:\n        n -= 9\n    return n\n",
        ),
        Example("def f(n):\n    while n:\n        break\n    return n\n", None),
        Example(
            "def f(n):\n    for k in n:\n        g(k)\n    return n if n else None\n",
            None,
        ),
    ),
)
