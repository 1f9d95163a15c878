"""Another text in a place: one that the function has elsewhere, or none, or a blank."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_MOST: Final = 6
_MARKS: Final = ("''", "' '", "','", "'-'", "'_'", "'.'", "'/'", "'\\n'", "':'")
_SHORT: Final = 5
"""The longest text, quotes included, that is likely to be a mark between others."""


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    texts = [node for node in unit.of(cst.SimpleString) if _is_value(unit, node)]
    known = list(dict.fromkeys(unit.code(node) for node in texts))
    for node in texts:
        own = unit.code(node)
        marks = _MARKS if len(own) <= _SHORT else ()
        others = dict.fromkeys([*known[:_MOST], *marks])
        for place, other in enumerate(other for other in others if _text(other) != _text(own)):
            yield unit.replace(node, other, weight=1.0 + place / 8)


def _text(code: str) -> str:
    return code.strip("'\"")


def _is_value(unit: Unit, node: cst.SimpleString) -> bool:
    """Whether it is more than a documentation."""
    return not isinstance(unit.parents.get(node), cst.Expr)


RECIPE = Recipe(
    name="other_text",
    title="another text in a place",
    edits=_edits,
    cost=2.2,
    examples=(
        Example("def f(a):\n    return a.split(', ')\n", "def f(a):\n    return a.split(' ')\n"),
        Example(
            "def f(a):\n    return a['paid'] - a['total']\n",
            "def f(a):\n    return a['paid'] - a['paid']\n",
        ),
        Example("def f(a):\n    'Doc.'\n    return a\n", None),
    ),
)
