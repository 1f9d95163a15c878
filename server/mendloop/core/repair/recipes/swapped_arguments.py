"""Two values in each other's place: arguments, operands, elements, subscripts."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

import libcst as cst

from mendloop.core.repair import describe
from mendloop.core.repair.change import Change, Splice
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_ORDERED: Final = (cst.Subtract, cst.Divide, cst.FloorDivide, cst.Modulo, cst.Power)
_TEXTS: Final = (cst.SimpleString, cst.FormattedString, cst.ConcatenatedString)
_MOST: Final = 4
"""Arguments of a call that are tried in pairs; of more, only neighbours."""


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for node in unit.nodes:
        match node:
            case cst.Call(args=args):
                yield from _pairs(unit, node, _positional(args), 1.0)
            case cst.BinaryOperation(left=left, operator=operator, right=right):
                weight = _order_counts(left, operator)
                if weight:
                    yield _swapped(unit, node, left, right, weight)
            case cst.Tuple(elements=elements):
                values = [e.value for e in elements if isinstance(e, cst.Element)]
                yield from _pairs(unit, node, values, 1.6)
            case cst.Subscript():
                yield from _places(unit, node)
            case cst.IfExp(body=body, orelse=orelse):
                yield _swapped(unit, node, body, orelse, 1.4)
            case _:
                pass


def _places(unit: Unit, node: cst.Subscript) -> Iterator[Change]:
    """Two subscripts, one after the other or side by side."""
    if isinstance(node.value, cst.Subscript):
        yield _swapped(unit, node, node.value.slice[0], node.slice[0], 1.5)
    indexes = [part.slice for part in node.slice if isinstance(part.slice, cst.Index)]
    yield from _pairs(unit, node, [index.value for index in indexes], 1.3)


def _order_counts(left: cst.BaseExpression, operator: cst.BaseBinaryOp) -> float:
    """How unlikely it is that operands were mistaken for each other; 0 where it is no matter."""
    if isinstance(operator, cst.Add):  # of texts and lists
        return 1.6
    return 1.2 if isinstance(operator, _ORDERED) and not isinstance(left, _TEXTS) else 0


def _positional(args: Sequence[cst.Arg]) -> list[cst.BaseExpression]:
    return [arg.value for arg in args if not arg.star and arg.keyword is None]


def _pairs(
    unit: Unit, node: cst.CSTNode, values: Sequence[cst.BaseExpression], weight: float
) -> Iterator[Change]:
    for (at, one), (further, other) in combinations(enumerate(values), 2):
        if further - at == 1 or len(values) <= _MOST:
            yield _swapped(unit, node, one, other, weight + (further - at - 1) / 10)


def _swapped(
    unit: Unit, around: cst.CSTNode, one: cst.CSTNode, other: cst.CSTNode, weight: float
) -> Change:
    first, second = _code(unit, around, one), _code(unit, around, other)
    splices = tuple(
        Splice(start=unit.spans[node][0], stop=unit.spans[node][1], new=new)
        for node, new in ((one, second), (other, first))
    )
    line = unit.line(around)
    start, stop = unit.spans[around]
    change = Change(
        splices=tuple(
            Splice(start=s.start - start, stop=s.stop - start, new=s.new) for s in splices
        ),
        line=line,
        description="",
    )
    return Change(
        splices=splices,
        line=line,
        description=describe.replaced(
            line, unit.text[start:stop], change.of(unit.text[start:stop])
        ),
        weight=weight,
    )


def _code(unit: Unit, around: cst.CSTNode, node: cst.CSTNode) -> str:
    """Between commas as it stands; an operand in parentheses, unless it is simple."""
    if isinstance(around, cst.BinaryOperation | cst.IfExp) and isinstance(node, cst.BaseExpression):
        return unit.atom(node)
    return unit.code(node)


RECIPE = Recipe(
    name="swapped_arguments",
    title="swap two values",
    edits=_edits,
    cost=1.4,
    examples=(
        Example(
            "def f(a, b):\n    return g(a,  b, key=1)\n",
            "def f(a, b):\n    return g(b,  a, key=1)\n",
        ),
        Example("def f(a, b):\n    return a - b\n", "def f(a, b):\n    return b - a\n"),
        Example("def f(a, b):\n    return a + 1 - b\n", "def f(a, b):\n    return b - (a + 1)\n"),
        Example("def f(a, b):\n    return a, b\n", "def f(a, b):\n    return b, a\n"),
        Example("def f(m, i, j):\n    return m[i][j]\n", "def f(m, i, j):\n    return m[j][i]\n"),
        Example("def f(m, i, j):\n    return m[i, j]\n", "def f(m, i, j):\n    return m[j, i]\n"),
        Example("def f(a, b):\n    return g(a, *b) * a\n", None),
        Example("def f(a):\n    return '%s' % a\n", None),
    ),
)
