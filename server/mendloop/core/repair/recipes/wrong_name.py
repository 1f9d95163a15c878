"""Another variable: one that the place can see, or the one that a misspelt name resembles."""

import builtins
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher, get_close_matches
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.names import bindings, is_called, loads, stores, visible
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_BUILTINS: Final = frozenset(dir(builtins))
_THEMSELVES: Final = frozenset({"self", "cls"})
_MOST: Final = 8


def _edits(unit: Unit, hints: Hints) -> Iterator[Change]:
    inner = {function.name.value for function in unit.of(cst.FunctionDef)}
    for node in unit.of(cst.Name):
        if loads(unit, node):
            yield from _read(unit, node, inner | unit.module_names, hints)
        elif stores(unit, node):
            yield from _target(unit, node)


def _read(
    unit: Unit, node: cst.Name, outer: frozenset[str] | set[str], hints: Hints
) -> Iterator[Change]:
    seen = [name for name in visible(unit, node) if name not in _THEMSELVES]
    name = node.value
    if name in seen:
        if not is_called(unit, node):
            for place, other in enumerate(_nearest(name, seen)):
                yield unit.replace(node, other, weight=1.0 + place / 5)
    elif name not in outer and name not in _BUILTINS:
        factor = 0.25 if hints.raised("NameError", "UnboundLocalError") else 1.0
        meant = get_close_matches(name, sorted({*seen, *outer, *_BUILTINS}), n=3, cutoff=0.6)
        for place, other in enumerate(dict.fromkeys([*meant, *seen[:_MOST]])):
            yield unit.replace(node, other, weight=factor * (1.0 + place / 5))


def _target(unit: Unit, node: cst.Name) -> Iterator[Change]:
    function = unit.function(node)
    if function is None or not isinstance(unit.parents.get(node), cst.AssignTarget | cst.AugAssign):
        return
    others = [name for name in bindings(unit, function) if name not in _THEMSELVES]
    for place, other in enumerate(_nearest(node.value, others)):
        yield unit.replace(node, other, weight=1.8 + place / 5)


def _nearest(name: str, others: Sequence[str]) -> list[str]:
    """The other names, those that are spelt alike first: they are the ones mistaken."""

    def unlike(other: str) -> float:
        return -SequenceMatcher(None, name, other, autojunk=False).ratio()

    return sorted((other for other in others if other != name), key=unlike)[:_MOST]


RECIPE = Recipe(
    name="wrong_name",
    title="another variable in a place",
    edits=_edits,
    cost=1.6,
    examples=(
        Example("def f(low, high):\n    return low\n", "def f(low, high):\n    return high\n"),
        Example(
            "def f(xs):\n    total = 0\n    for x in xs:\n        totl += x\n    return total\n",
            "def f(xs):\n    total = 0\n    for x in xs:\n        total += x\n    return total\n",
        ),
        Example(
            "LIMIT = 3\ndef f(x):\n    return x + LIMTI\n",
            "LIMIT = 3\ndef f(x):\n    return x + LIMIT\n",
        ),
        Example(
            "def f(xs, y):\n    return [x for x in xs if y]\n",
            "def f(xs, y):\n    return [y for x in xs if y]\n",
        ),
        Example("def f(x):\n    return abs(x)\n", None),
        Example("def f(self):\n    return self.x\n", None),
    ),
)
