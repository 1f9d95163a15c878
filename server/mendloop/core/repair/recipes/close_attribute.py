"""Another attribute of the same object: one that the function uses, or one spelt alike."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher, get_close_matches
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.names import dotted
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_WORDS: Final = re.compile(r"\.([A-Za-z_]\w*)")
_SUGGESTED: Final = re.compile(r"Did you mean:? '(\w+)'")
_MOST: Final = 5
_MOST_FILE: Final = 100_000


def _edits(unit: Unit, hints: Hints) -> Iterator[Change]:
    raised = hints.raised("AttributeError")
    suggested = _SUGGESTED.findall(hints.messages())
    siblings = _siblings(unit)
    used = {name: None for names in siblings.values() for name in names}
    everywhere = sorted(set(_WORDS.findall((unit.head + unit.tail)[:_MOST_FILE] + unit.text)))
    for node in unit.of(cst.Attribute):
        name = node.attr.value
        others = [*suggested, *_alike(name, siblings.get(dotted(node.value), {}))]
        others += _alike(name, used)
        if raised:
            others += get_close_matches(name, everywhere, n=4, cutoff=0.6)
            if f"attribute '{name}'" in hints.messages():
                others += get_close_matches(name, _common(), n=3, cutoff=0.6)
        factor = 0.4 if raised and f"attribute '{name}'" in hints.messages() else 1.0
        for place, other in enumerate(dict.fromkeys(others)):
            if other != name:
                yield unit.replace(node.attr, other, weight=factor * (1.0 + place / 5))


def _siblings(unit: Unit) -> dict[str, dict[str, None]]:
    """The attributes that the function uses, by the object."""
    found: dict[str, dict[str, None]] = {}
    for node in unit.of(cst.Attribute):
        holder = dotted(node.value)
        if holder:
            found.setdefault(holder, {})[node.attr.value] = None
    return found


def _alike(name: str, others: dict[str, None]) -> list[str]:
    def unlike(other: str) -> float:
        return -SequenceMatcher(None, name, other, autojunk=False).ratio()

    return sorted((other for other in others if other != name), key=unlike)[:_MOST]


def _common() -> list[str]:
    """What the usual containers and texts have."""
    kinds = (str, list, dict, set, bytes)
    return sorted({name for kind in kinds for name in dir(kind) if not name.startswith("_")})


RECIPE = Recipe(
    name="close_attribute",
    title="another attribute of the same object",
    edits=_edits,
    cost=1.6,
    examples=(
        Example(
            "def f(self):\n    g(self.low, self.high)\n",
            "def f(self):\n    g(self.high, self.high)\n",
        ),
        Example(
            "def f(xs, x):\n    xs.apend(x)\n",
            "def f(xs, x):\n    xs.append(x)\n",
            Hints(errors=(("AttributeError", "'list' object has no attribute 'apend'", 2),)),
        ),
        Example("def f(a):\n    return a.b\n", None),
    ),
)
