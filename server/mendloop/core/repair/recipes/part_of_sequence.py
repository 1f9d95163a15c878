"""A part of a sequence instead of all of it, or all instead of a part."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.names import loads, visible
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_MOST_NAMES: Final = 4
_TAKERS: Final = frozenset(["enumerate", "len", "list", "max", "min", "reversed", "sorted", "sum"])


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for node in unit.nodes:
        match node:
            case cst.For(iter=value) | cst.CompFor(iter=value):
                yield from _parts(unit, value, 1.0)
            case cst.Call(func=cst.Name(value=name), args=[cst.Arg(value=value), *_]):
                if name in _TAKERS:
                    yield from _parts(unit, value, 1.4)
            case cst.Return(value=cst.BaseExpression() as value):
                yield from _parts(unit, value, 1.7)
            case cst.Arg(value=value, star="", keyword=None):
                yield from _parts(unit, value, 1.8)
            case cst.Subscript(
                value=value, slice=[cst.SubscriptElement(slice=cst.Slice() as part)]
            ):
                yield from _whole(unit, node, value, part)
            case _:
                pass


def _parts(unit: Unit, value: cst.BaseExpression, weight: float) -> Iterator[Change]:
    if not isinstance(value, cst.Name | cst.Attribute):
        return
    if isinstance(value, cst.Name) and not (
        loads(unit, value) and value.value in visible(unit, value)
    ):
        return
    code = unit.code(value)
    names = [name for name in visible(unit, value) if name not in ("self", "cls", code)]
    places = ["[1:]", "[:-1]", "[::-1]"]
    for name in reversed(names[-_MOST_NAMES:]):
        places += [f"[{name}:]", f"[:{name}]"]
    for place, part in enumerate(places):
        yield unit.replace(value, code + part, weight=weight + place / 8)


def _whole(
    unit: Unit, node: cst.Subscript, value: cst.BaseExpression, part: cst.Slice
) -> Iterator[Change]:
    code = unit.code(value)
    if part.lower is not None and part.upper is not None:
        yield unit.replace(node, f"{code}[:{unit.code(part.upper)}]", weight=1.1)
        yield unit.replace(node, f"{code}[{unit.code(part.lower)}:]", weight=1.1)
    yield unit.replace(node, code, weight=1.2)


RECIPE = Recipe(
    name="part_of_sequence",
    title="a part of a sequence, or all of it",
    edits=_edits,
    cost=2.0,
    examples=(
        Example(
            "def f(xs, k):\n    for x in xs:\n        g(x)\n",
            "def f(xs, k):\n    for x in xs[k:]:\n        g(x)\n",
        ),
        Example("def f(xs):\n    g(sum(xs))\n", "def f(xs):\n    g(sum(xs[1:]))\n"),
        Example("def f(xs):\n    g(xs[1:2])\n", "def f(xs):\n    g(xs[1:])\n"),
        Example("def f(xs):\n    g(xs[1:])\n", "def f(xs):\n    g(xs)\n"),
        Example("def f(xs):\n    g(xs[1], len(f()))\n", None),
    ),
)
