"""Another function called: one that the same function calls elsewhere, or the file has."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_MOST: Final = 6


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    called = dict.fromkeys(
        node.func.value for node in unit.of(cst.Call) if isinstance(node.func, cst.Name)
    )
    near = [name for name in sorted(unit.module_names) if name not in called and name.islower()]
    for node in unit.of(cst.Call):
        if not isinstance(node.func, cst.Name):
            continue
        own = node.func.value
        others = [name for name in called if name != own]
        alike = [name for name in _alike(own, near) if name != own]
        for place, other in enumerate([*others[:_MOST], *alike[:_MOST]]):
            yield unit.replace(node.func, other, weight=1.0 + place / 8)


def _alike(name: str, others: list[str]) -> list[str]:
    def unlike(other: str) -> tuple[float, str]:
        return -SequenceMatcher(None, name, other, autojunk=False).ratio(), other

    return sorted(others, key=unlike)


RECIPE = Recipe(
    name="other_callee",
    title="call another function",
    edits=_edits,
    cost=2.0,
    examples=(
        Example("def f(a):\n    return g(h(a))\n", "def f(a):\n    return h(h(a))\n"),
        Example(
            "def prefix(a):\n    return a\ndef suffix(a):\n    return a\n"
            "def f(a):\n    return prefix(a)\n",
            "def prefix(a):\n    return a\ndef suffix(a):\n    return a\n"
            "def f(a):\n    return suffix(a)\n",
        ),
        Example("def f(a):\n    return a.b(1)\n", None),
    ),
)
