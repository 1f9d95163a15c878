"""Bring two sides to one type, where one is a text and the other a number, and so on."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.names import stores
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_SUMS: Final = (cst.Add, cst.Subtract, cst.Multiply, cst.Divide, cst.FloorDivide, cst.Modulo)
_ORDERS: Final = (cst.LessThan, cst.LessThanEqual, cst.GreaterThan, cst.GreaterThanEqual)
_TEXT_HINTS: Final = ("must be str", "can only concatenate str", "expected str")


def _edits(unit: Unit, hints: Hints) -> Iterator[Change]:
    text_first = any(hint in hints.messages() for hint in _TEXT_HINTS)
    kinds = ("str", "float", "int") if text_first else ("float", "int", "str")
    for node in unit.nodes:
        for side in _mixed(node):
            yield from _converted(unit, side, kinds, 1.0)
        for value, wanted, weight in _places(node):
            yield from _converted(unit, value, wanted, weight)
        match node:
            case cst.Call(func=cst.Attribute(attr=cst.Name(value="join")), args=[only]):
                yield unit.replace(only.value, f"map(str, {_argument(unit, only.value)})")
            case _:
                pass


def _mixed(node: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    """Operands that need one type."""
    match node:
        case cst.BinaryOperation(left=left, operator=operator, right=right):
            if isinstance(operator, _SUMS):
                yield from (left, right)
        case cst.Comparison(left=left, comparisons=[cst.ComparisonTarget(operator, right)]):
            if isinstance(operator, _ORDERS):
                yield from (left, right)
        case cst.AugAssign(value=value):
            yield value
        case _:
            return


def _places(
    node: cst.CSTNode,
) -> Iterator[tuple[cst.BaseExpression, tuple[str, ...], float]]:
    """Values in places that need a certain type, with the types and how unlikely it is."""
    match node:
        case cst.Index(value=value, star=None):
            yield value, ("int", "str", "tuple"), 1.2
        case cst.Return(value=cst.BaseExpression() as value):
            yield value, ("list", "str", "int", "float"), 1.8
        case cst.Call(func=cst.Name(value="range" | "len"), args=args):
            yield from ((arg.value, ("int", "list"), 1.3) for arg in args)
        case _:
            return


def _argument(unit: Unit, value: cst.BaseExpression) -> str:
    return unit.atom(value) if isinstance(value, cst.GeneratorExp) else unit.code(value)


def _converted(
    unit: Unit, value: cst.BaseExpression, kinds: tuple[str, ...], weight: float
) -> Iterator[Change]:
    if not isinstance(value, cst.Name | cst.Attribute | cst.Subscript | cst.Call):
        return
    if isinstance(value, cst.Call) and _is_conversion(value):
        return
    if stores(unit, value) or (isinstance(value, cst.Name) and value.value in ("self", "None")):
        return
    for place, kind in enumerate(kinds):
        yield unit.replace(value, f"{kind}({unit.code(value)})", weight=weight + place / 10)


def _is_conversion(call: cst.Call) -> bool:
    return isinstance(call.func, cst.Name) and call.func.value in ("str", "int", "float", "list")


RECIPE = Recipe(
    name="convert_type",
    title="convert a value to the type that its place needs",
    edits=_edits,
    cost=1.1,
    fits=frozenset({"TypeError"}),
    examples=(
        Example("def f(a, b):\n    a = b * a.n\n", "def f(a, b):\n    a = b * float(a.n)\n"),
        Example("def f(a):\n    g('n: ' + a)\n", "def f(a):\n    g('n: ' + str(a))\n"),
        Example("def f(a):\n    g(a < 3)\n", "def f(a):\n    g(int(a) < 3)\n"),
        Example(
            "def f(xs):\n    g(','.join(x for x in xs))\n",
            "def f(xs):\n    g(','.join(map(str, (x for x in xs))))\n",
        ),
        Example("def f(xs, i):\n    g(xs[i])\n", "def f(xs, i):\n    g(xs[int(i)])\n"),
        Example("def f(n):\n    g(1 + 2, int(n))\n", None),
    ),
)
