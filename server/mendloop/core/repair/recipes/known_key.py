"""Another key: one that the recorded calls' own mappings have."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_MOST: Final = 12
_ASKING: Final = frozenset({"get", "pop", "setdefault"})


def _edits(unit: Unit, hints: Hints) -> Iterator[Change]:
    for node in unit.of(cst.SimpleString):
        own = node.evaluated_value
        if not isinstance(own, str) or not _is_key(unit, node):
            continue
        quote = "'" if node.value.endswith("'") else '"'
        others = [key for key in hints.keys if key != own and quote not in key and "\\" not in key]
        for place, key in enumerate(others[:_MOST]):
            yield unit.replace(node, f"{quote}{key}{quote}", weight=1.0 + place / 8)


def _is_key(unit: Unit, node: cst.SimpleString) -> bool:
    """Whether a mapping is asked for it."""
    match unit.parents.get(node):
        case cst.Index():
            return True
        case cst.Comparison(comparisons=[cst.ComparisonTarget(cst.In() | cst.NotIn()), *_]):
            return True
        case cst.Arg() as arg:
            call = unit.parents.get(arg)
            return (
                isinstance(call, cst.Call)
                and call.args[0] is arg
                and isinstance(call.func, cst.Attribute)
                and call.func.attr.value in _ASKING
            )
        case _:
            return False


_KEYS: Final = Hints(keys=("left", "right"))

RECIPE = Recipe(
    name="known_key",
    title="another key of what is given",
    edits=_edits,
    cost=1.8,
    examples=(
        Example(
            "def f(tree):\n    return g(tree['left'])\n",
            "def f(tree):\n    return g(tree['right'])\n",
            _KEYS,
        ),
        Example(
            'def f(tree):\n    return tree.get("left", 0)\n',
            'def f(tree):\n    return tree.get("right", 0)\n',
            _KEYS,
        ),
        Example("def f(tree):\n    return tree == 'left'\n", None, _KEYS),
        Example("def f(tree):\n    return tree['left']\n", None),
    ),
)
