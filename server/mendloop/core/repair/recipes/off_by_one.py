"""One more or one less: bounds of a range, places in a sequence, ends of a slice, lengths."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_ARITHMETIC: Final = (cst.Add, cst.Subtract, cst.Multiply, cst.FloorDivide, cst.Modulo, cst.Power)
_LOOSER: Final = (
    cst.BooleanOperation,
    cst.Comparison,
    cst.IfExp,
    cst.Lambda,
    cst.NamedExpr,
    cst.UnaryOperation,
)


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for node in unit.nodes:
        match node:
            case cst.Call(func=cst.Name(value="range"), args=args):
                yield from _range(unit, args)
            case cst.Slice():
                yield from _slice(unit, node)
            case cst.Call(func=cst.Name(value="len")):
                yield from _both(unit, node, 1.6)
            case cst.Comparison(left=cst.Call(func=cst.Name(value="len")) as left):
                yield from _few(unit, node, left)
            case _:
                for value, weight in _places(node):
                    if _counts(value):
                        yield from _both(unit, value, weight)


def _places(node: cst.CSTNode) -> Iterator[tuple[cst.BaseExpression, float]]:
    """Where a number may be one off, and how unlikely it is."""
    match node:
        case cst.Index(value=value, star=None):
            yield value, 1.2
        case cst.Return(value=cst.BaseExpression() as value):
            yield value, 1.8
        case cst.Assign(value=value):
            yield value, 2.0
        case cst.ComparisonTarget(comparator=value):
            yield value, 1.9
        case cst.Arg(value=value, star="", keyword=None):
            yield value, 2.2
        case cst.Element(value=value):
            yield value, 2.2
        case cst.BinaryOperation(right=cst.Name() as value):
            yield value, 2.4
        case _:
            return


def shifted(unit: Unit, node: cst.BaseExpression, by: int) -> str:
    """The code of a value one higher or lower, without a heap of terms: ``n - 1 + 1`` is ``n``."""
    code = unit.code(node)
    match node:
        case cst.Integer(value=value) if re.fullmatch(r"[0-9]{1,9}", value):
            return str(int(value) + by)
        case cst.UnaryOperation(operator=cst.Minus(), expression=cst.Integer(value=value)) if (
            re.fullmatch(r"[0-9]{1,9}", value)
        ):
            return str(by - int(value))
        case cst.BinaryOperation(
            left=left, operator=cst.Add() | cst.Subtract() as sign, right=cst.Integer(value="1")
        ) if isinstance(sign, cst.Add) == (by < 0):
            return unit.atom(left) if left.lpar else unit.code(left)
        case cst.BinaryOperation(operator=operator) if not isinstance(operator, _ARITHMETIC):
            code = f"({code})"
        case _ if isinstance(node, _LOOSER):
            code = f"({code})"
        case _:
            pass
    return f"{code} {'+' if by > 0 else '-'} 1"


def _both(unit: Unit, node: cst.BaseExpression, weight: float) -> Iterator[Change]:
    for by in (-1, 1):
        yield unit.replace(node, shifted(unit, node, by), weight=weight, loose=True)


def _counts(value: cst.BaseExpression) -> bool:
    """Whether it may well be a whole number: no text, no display, no comparison."""
    match value:
        case cst.BinaryOperation(operator=operator, left=left):
            return isinstance(operator, _ARITHMETIC) and not isinstance(left, cst.BaseString)
        case cst.UnaryOperation(operator=cst.Minus()):
            return True
        case cst.Name(value=name):
            return name not in ("None", "True", "False", "self", "cls")
        case _:
            return isinstance(value, cst.Integer)


def _range(unit: Unit, args: Sequence[cst.Arg]) -> Iterator[Change]:
    plain = [arg.value for arg in args if not arg.star and arg.keyword is None]
    if not plain or len(plain) != len(args):
        return
    stop = plain[0] if len(plain) == 1 else plain[1]
    yield from _both(unit, stop, 0.9)
    if len(plain) == 1:
        yield unit.replace(stop, f"1, {unit.code(stop)}", weight=1.2)
        yield unit.replace(stop, f"1, {shifted(unit, stop, 1)}", weight=1.3)
    else:
        yield from _both(unit, plain[0], 1.0)


def _few(unit: Unit, node: cst.Comparison, left: cst.Call) -> Iterator[Change]:
    """None, or none and one: the case that ends a recursion may be either."""
    match node.comparisons:
        case [cst.ComparisonTarget(cst.Equal(), cst.Integer(value="0" | "1" as value))]:
            other = "<= 1" if value == "0" else "== 0"
            yield unit.replace(node, f"{unit.code(left)} {other}", weight=1.0, loose=True)
        case _:
            return


def _slice(unit: Unit, node: cst.Slice) -> Iterator[Change]:
    for end in (node.lower, node.upper):
        if end is not None:
            yield from _both(unit, end, 1.2)
    if node.lower is not None and node.upper is not None and node.step is None:
        for by in (1, -1):
            both = f"{shifted(unit, node.lower, by)} : {shifted(unit, node.upper, by)}"
            yield unit.replace(node, both, weight=1.4)
    if node.lower is None:
        yield unit.replace(node, f"1{unit.code(node)}", weight=1.5)
    if node.upper is None and node.step is None and node.lower is not None:
        yield unit.replace(node, f"{unit.code(node.lower)}:-1", weight=1.5)


RECIPE = Recipe(
    name="off_by_one",
    title="one more or one less in a bound, an index or a slice",
    edits=_edits,
    cost=1.2,
    examples=(
        Example(
            "def f(n):\n    return list(range(n))\n", "def f(n):\n    return list(range(n + 1))\n"
        ),
        Example(
            "def f(n):\n    return list(range(n))\n", "def f(n):\n    return list(range(1, n))\n"
        ),
        Example(
            "def f(n):\n    return sum(range(1, n - 1))\n",
            "def f(n):\n    return sum(range(1, n))\n",
        ),
        Example("def f(xs, i):\n    return xs[i]\n", "def f(xs, i):\n    return xs[i - 1]\n"),
        Example("def f(xs):\n    return xs[:3]\n", "def f(xs):\n    return xs[:4]\n"),
        Example("def f(xs):\n    return xs[1:]\n", "def f(xs):\n    return xs[2:]\n"),
        Example(
            "def f(xs):\n    return 2 * len(xs)\n", "def f(xs):\n    return 2 * (len(xs) - 1)\n"
        ),
        Example("def f(x):\n    return x if x else None\n", None),
        Example("def f(x):\n    return 'a' + x.b\n", None),
    ),
)
