"""Any number or text that is near, usual, or written elsewhere in the function or the file."""

import re
from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.names import dotted, visible
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_MOST: Final = 10
_LONGEST: Final = 40
_USUAL: Final = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 24, 26, 30, 32, 50, 60, 64, 90, 97, 99,
                 100, 128, 255, 256, 360, 365, 400, 999, 1000, 1024, 3600, 86400)  # fmt: skip
_TEXTS: Final = ("''", "' '", "','", "', '", "'.'", "'-'", "'_'", "':'", "'/'", "'\\n'", "'0'")


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    texts = list(dict.fromkeys([node.value for node in unit.of(cst.SimpleString)]))
    texts = [text for text in texts if len(text) < _LONGEST and not text.startswith(('"""', "'''"))]
    firsts = _firsts(unit)
    for node in unit.nodes:
        match node:
            case cst.Integer(value=value) if re.fullmatch(r"[0-9]{1,12}", value):
                names = [name for name in visible(unit, node) if name not in ("self", "cls")]
                numbers = [str(one) for one in _near(int(value))]
                others = [*numbers, *(firsts if value in ("0", "1") else ()), *names[-_MOST:]]
                for place, other in enumerate(dict.fromkeys(others)):
                    if other != value:
                        yield unit.replace(node, other, weight=1.0 + place / 10, loose=True)
            case cst.SimpleString(value=value) if value in texts:
                for place, other in enumerate([*texts[:_MOST], *_TEXTS]):
                    if other != value:
                        yield unit.replace(node, other, weight=1.4 + place / 8)
            case _:
                pass


def _firsts(unit: Unit) -> list[str]:
    """What a search for the best may begin with, in place of nought."""
    found = [unit.code(node) for node in unit.of(cst.Attribute) if dotted(node)]
    return ["float('-inf')", "float('inf')", "None", *dict.fromkeys(found)][:_MOST]


def _near(value: int) -> Iterator[int]:
    yield from (value + 1, value - 1, -value, value + 2, value - 2)
    for factor in (2, 10, 100, 1000):
        yield value * factor
        if value % factor == 0:
            yield value // factor
    usual = sorted(_USUAL, key=lambda one: abs(one - value))
    yield from usual[:_MOST]


RECIPE = Recipe(
    name="any_constant",
    title="another number or text in a place",
    edits=_edits,
    cost=2.2,
    examples=(
        Example("def f(a):\n    return a + 5\n", "def f(a):\n    return a + 50\n"),
        Example("def f(a):\n    return a > 20\n", "def f(a):\n    return a > 18\n"),
        Example("def f(a):\n    return ','.join(a)\n", "def f(a):\n    return '-'.join(a)\n"),
        Example("def f(a):\n    return a\n", None),
    ),
)
