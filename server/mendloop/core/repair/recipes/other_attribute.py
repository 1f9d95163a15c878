"""Another attribute of the same thing, among those that the function uses somewhere."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.names import is_called
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_MOST: Final = 8


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    plain, called = _used(unit)
    for node in unit.of(cst.Attribute):
        known = called if is_called(unit, node) else plain
        others = [name for name in known if name != node.attr.value]
        for place, other in enumerate(others[:_MOST]):
            yield unit.replace(node.attr, other, weight=1.0 + place / 8)


def _used(unit: Unit) -> tuple[list[str], list[str]]:
    """The names of attributes that are read, and of those that are called."""
    plain: dict[str, None] = {}
    called: dict[str, None] = {}
    for node in unit.of(cst.Attribute):
        (called if is_called(unit, node) else plain).setdefault(node.attr.value)
    return list(plain), list(called)


RECIPE = Recipe(
    name="other_attribute",
    title="another attribute of the same thing",
    edits=_edits,
    cost=1.6,
    examples=(
        Example(
            "def f(node):\n    return node.left or node.left\n",
            None,
        ),
        Example(
            "def f(node):\n    return node.left, node.right\n",
            "def f(node):\n    return node.right, node.right\n",
        ),
        Example(
            "def f(xs, ys):\n    xs.append(1)\n    ys.extend(2)\n",
            "def f(xs, ys):\n    xs.extend(1)\n    ys.extend(2)\n",
        ),
    ),
)
