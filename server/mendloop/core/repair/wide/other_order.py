"""Loops in another order, and the last statements of a block after it."""

from collections.abc import Iterator

import libcst as cst

from mendloop.core.repair import describe
from mendloop.core.repair.change import Change, Splice
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for node in unit.of(cst.For):
        inner = list(_nested(node))
        for place in range(1, len(inner)):
            yield _turned(unit, inner[: place + 1], 1.0 + place / 10)
            yield _turned(unit, [inner[place], *inner[:place]], 1.1 + place / 10, onto=inner)
    for block in unit.of(cst.IndentedBlock):
        for many in (2, 3):
            if len(block.body) > many:
                yield from _outwards(unit, block, many)


def _nested(node: cst.For) -> Iterator[cst.For]:
    """A loop, the loop that is all its body, and so on."""
    yield node
    match node.body:
        case cst.IndentedBlock(body=[cst.For() as inner]):
            yield from _nested(inner)
        case _:
            return


def _turned(
    unit: Unit, loops: list[cst.For], weight: float, onto: list[cst.For] | None = None
) -> Change:
    """The heads of some loops in each other's place: the innermost first, the others behind it."""
    onto = onto or loops
    order = loops if onto is not loops else [loops[-1], *loops[1:-1], loops[0]]
    line = unit.line(onto[0])
    splices = [
        Splice(start=unit.spans[old][0], stop=unit.spans[old][1], new=unit.code(new))
        for head, other in zip(onto, order, strict=False)
        for old, new in ((head.target, other.target), (head.iter, other.iter))
    ]
    heads = ", ".join(unit.code(one.target) for one in order)
    return Change(
        splices=tuple(splices),
        line=line,
        description=f"line {line}: the loops go by {describe.short(heads)}",
        weight=weight,
    )


def _outwards(unit: Unit, block: cst.IndentedBlock, many: int) -> Iterator[Change]:
    """The last statements of a loop or a branch, after it instead of in it."""
    around, last = unit.parents.get(block), list(block.body[-many:])
    if not isinstance(around, cst.For | cst.While | cst.If) or around.orelse is not None:
        return
    codes = [unit.code(one) for one in last]
    if not all(isinstance(one, cst.SimpleStatementLine) for one in last) or "\n" in "".join(codes):
        return
    moved = unit.after(around, codes)
    cuts = [unit.remove(one).splices[0] for one in last]
    if moved is None or moved.splices[0].start < cuts[-1].stop:
        return
    line = unit.line(last[0])
    told = describe.short("; ".join(codes))
    yield Change(
        splices=(*cuts, moved.splices[0]),
        line=line,
        description=f"line {line}: `{told}` move out of their block",
        weight=1.2,
    )


RECIPE = Recipe(
    name="other_order",
    title="loops or statements in another order",
    edits=_edits,
    cost=2.2,
    examples=(
        Example(
            "def f(n):\n    for i in range(n):\n        for k in n:\n            g(i, k)\n",
            "def f(n):\n    for k in n:\n        for i in range(n):\n            g(i, k)\n",
        ),
        Example(
            "def f(p, q):\n    while p and q:\n        if p.n == q.n:\n            g(p)\n"
            "            p = p.next\n            q = q.next\n    return p\n",
            "def f(p, q):\n    while p and q:\n        if p.n == q.n:\n            g(p)\n"
            "        p = p.next\n        q = q.next\n    return p\n",
        ),
        Example("def f(n):\n    for i in n:\n        g(i)\n", None),
    ),
)
