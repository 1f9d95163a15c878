"""A wrapping more or less: without the call, or with the absolute value, a bound, an order."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.names import dotted
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_KEPT: Final = (cst.Attribute, cst.Name)


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for node in unit.nodes:
        match node:
            case cst.Call(func=function, args=args) if isinstance(function, _KEPT):
                yield from _without(unit, node, args)
            case cst.Return(value=cst.BaseExpression() as value):
                yield from _within(unit, value, ("sorted", "abs", "list", "round", "bool"), 1.6)
                yield unit.replace(value, f"max({unit.code(value)}, 0)", weight=1.9)
                yield unit.replace(value, f"not {unit.atom(value)}", weight=1.9)
            case cst.BinaryOperation(operator=cst.Subtract(), left=left):
                if not isinstance(left, cst.BaseString):
                    yield from _within(unit, node, ("abs",), 1.3)
                    yield unit.replace(node, f"max({unit.code(node)}, 0)", weight=1.5)
            case cst.For(iter=iterated) | cst.CompFor(iter=iterated):
                yield from _within(unit, iterated, ("reversed", "sorted", "set"), 1.4)
            case cst.BinaryOperation(operator=cst.Divide()):
                yield from _within(unit, node, ("int", "round"), 1.6)
            case _:
                pass


def _without(unit: Unit, node: cst.Call, args: Sequence[cst.Arg]) -> Iterator[Change]:
    if args and not args[0].star and args[0].keyword is None:
        yield unit.replace(node, unit.atom(args[0].value), weight=1.0)
    for arg, following in pairwise(args):
        start, stop = unit.spans[arg][0], unit.spans[following][0]
        yield _cut(unit, node, start, stop)
    if len(args) > 1:
        yield _cut(unit, node, unit.spans[args[-2]][1], unit.spans[args[-1]][1])
    if isinstance(node.func, cst.Attribute):
        yield unit.replace(node, unit.code(node.func.value), weight=1.4)


def _cut(unit: Unit, call: cst.Call, start: int, stop: int) -> Change:
    begin, end = unit.spans[call]
    return unit.replace(call, unit.text[begin:start] + unit.text[stop:end], weight=1.5)


def _within(
    unit: Unit, value: cst.BaseExpression, names: tuple[str, ...], weight: float
) -> Iterator[Change]:
    known = dotted(value.func) if isinstance(value, cst.Call) else ""
    code = unit.code(value)
    for place, name in enumerate(name for name in names if name != known):
        yield unit.replace(value, f"{name}({code})", weight=weight + place / 4)


RECIPE = Recipe(
    name="wrapped_call",
    title="a call more or less around a value",
    edits=_edits,
    cost=1.7,
    examples=(
        Example("def f(x):\n    g(abs(x))\n", "def f(x):\n    g(x)\n"),
        Example("def f(a, b):\n    g(a, b)\n", "def f(a, b):\n    g(b)\n"),
        Example("def f(a, b):\n    g(a, b)\n", "def f(a, b):\n    g(a)\n"),
        Example("def f(s):\n    g(s.strip())\n", "def f(s):\n    g(s)\n"),
        Example("def f(a, b):\n    g(a - b)\n", "def f(a, b):\n    g(abs(a - b))\n"),
        Example("def f(xs):\n    return xs\n", "def f(xs):\n    return sorted(xs)\n"),
        Example(
            "def f(xs):\n    for x in xs:\n        g(x)\n",
            "def f(xs):\n    for x in reversed(xs):\n        g(x)\n",
        ),
        Example("def f(x):\n    x = 1\n", None),
    ),
)
