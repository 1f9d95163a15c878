"""An argument more, of what the file or the place has, or one less."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.names import names_in, visible
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_MOST: Final = 24
_PLAIN: Final = ("0", "1", "None", "True", "False", "2", "-1")


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for node in unit.of(cst.Call):
        if any(arg.star or arg.keyword for arg in node.args):
            continue
        given = {name for arg in node.args for name in names_in(arg)}
        seen = [n for n in visible(unit, node) if n not in ("self", "cls") and n not in given]
        outer = [n for n in sorted(unit.module_names) if n not in given and not n.islower()]
        more = dict.fromkeys([*outer, *reversed(seen), *_PLAIN])
        for place, name in enumerate(list(more)[:_MOST]):
            yield _with(unit, node, name, 1.0 + place / 10)


def _with(unit: Unit, node: cst.Call, more: str, weight: float) -> Change:
    inner = unit.code(node)[:-1].rstrip().removesuffix(",")
    comma = ", " if node.args else ""
    return unit.replace(node, f"{inner}{comma}{more})", weight=weight)


RECIPE = Recipe(
    name="any_argument",
    title="any argument more",
    edits=_edits,
    cost=2.6,
    examples=(
        Example(
            "DOWN = 1\ndef f(a):\n    return g(a)\n", "DOWN = 1\ndef f(a):\n    return g(a, DOWN)\n"
        ),
        Example("def f(a, xs):\n    return g(*xs, a)\n", None),
    ),
)
