"""Return something else than a plain value: what is known at that place, or a test of it."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.exits import constant, returned
from mendloop.core.repair.names import visible
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_MOST_NAMES: Final = 6
_PLAIN: Final = ("True", "False", "None", "0", "[]", "''")


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for node in unit.of(cst.Return):
        value = node.value
        if value is None:
            for place, other in enumerate(_names(unit, node)):
                yield unit.replace(node, f"return {other}", weight=1.0 + place / 8)
        elif constant(value):
            for place, other in enumerate(_others(unit, node, value)):
                yield unit.replace(value, other, weight=1.0 + place / 12)
        elif isinstance(value, cst.Name):
            plain = dict.fromkeys([*returned(unit, node), *_PLAIN])
            for place, other in enumerate(plain):
                yield unit.replace(value, other, weight=1.2 + place / 8)


def _others(unit: Unit, node: cst.Return, value: cst.BaseExpression) -> Iterator[str]:
    names = _names(unit, node)
    match value:
        case cst.Name(value="True" | "False"):
            for name in names:
                yield from (f"not {name}", f"{name} == 0", f"bool({name})")
        case cst.List(elements=()):
            yield "[[]]"
            yield from (f"[{name}]" for name in names)
        case cst.Tuple(elements=()):
            yield from (f"({name},)" for name in names)
        case _:
            pass
    yield from names
    yield from (other for other in returned(unit, node) if other != unit.code(value))
    if unit.code(value) != "None":
        yield "None"


def _names(unit: Unit, node: cst.Return) -> list[str]:
    names = [name for name in visible(unit, node) if name not in ("self", "cls")]
    return names[: -_MOST_NAMES - 1 : -1]


RECIPE = Recipe(
    name="other_return",
    title="return something else than a plain value",
    edits=_edits,
    cost=2.0,
    examples=(
        Example(
            "def f(n):\n    if n == 1:\n        return []\n    return g(n)\n",
            "def f(n):\n    if n == 1:\n        return [n]\n    return g(n)\n",
        ),
        Example(
            "def f(xs):\n    depth = g(xs)\n    return True\n",
            "def f(xs):\n    depth = g(xs)\n    return depth == 0\n",
        ),
        Example("def f(n):\n    return\n", "def f(n):\n    return n\n"),
        Example("def f(n):\n    return n + 1\n", None),
    ),
)
