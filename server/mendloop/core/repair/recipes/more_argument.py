"""One argument more: a variable that the call was not given."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.names import names_in, parameters, visible
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_MOST: Final = 5
_THEMSELVES: Final = frozenset({"self", "cls"})


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    keywords = _keywords(unit)
    for node in unit.of(cst.Call):
        if any(arg.star for arg in node.args):
            continue
        given = {name for arg in node.args for name in names_in(arg)}
        seen = [name for name in visible(unit, node) if name not in _THEMSELVES]
        named = [name for name in _own(unit, node) if name not in given]
        for place, name in enumerate(named[:_MOST]):
            yield _with(unit, node, f"{name}={name}", 1.0 + place / 8)
        near = [name for name in reversed(seen) if name not in given][:_MOST]
        nearest = dict.fromkeys([*near, *named[:_MOST]])
        for place, name in enumerate(nearest):
            if not any(arg.keyword for arg in node.args):
                yield _with(unit, node, name, 1.3 + place / 8)
        for place, keyword in enumerate(keywords.get(unit.code(node.func), ())):
            if keyword.partition("=")[0].strip() not in given:
                yield _with(unit, node, keyword, 1.1 + place / 8)


def _own(unit: Unit, node: cst.CSTNode) -> list[str]:
    """The parameters of the function around, which are often handed on by their names."""
    function = unit.function(node)
    return [] if function is None else [n for n in parameters(function) if n not in _THEMSELVES]


def _keywords(unit: Unit) -> dict[str, dict[str, None]]:
    """The keyword arguments that each function is given elsewhere."""
    found: dict[str, dict[str, None]] = {}
    for node in unit.of(cst.Call):
        for arg in node.args:
            if arg.keyword is not None:
                text = f"{arg.keyword.value}={unit.code(arg.value)}"
                found.setdefault(unit.code(node.func), {}).setdefault(text)
    return found


def _with(unit: Unit, node: cst.Call, more: str, weight: float) -> Change:
    code = unit.code(node)
    inner = code[:-1].rstrip()
    comma = "" if inner.endswith(("(", ",")) else ","
    blank = " " if node.args else ""
    return unit.replace(node, f"{inner}{comma}{blank}{more})", weight=weight)


RECIPE = Recipe(
    name="more_argument",
    title="one argument more",
    edits=_edits,
    cost=2.0,
    examples=(
        Example(
            "def f(xs, default):\n    return g(xs)\n",
            "def f(xs, default):\n    return g(xs, default=default)\n",
        ),
        Example("def f(a, b):\n    return g()\n", "def f(a, b):\n    return g(b)\n"),
        Example(
            "def f(a):\n    g(1, key=2)\n    g(a)\n",
            "def f(a):\n    g(1, key=2)\n    g(a, key=2)\n",
        ),
        Example("def f(a):\n    return g(a)\n", None),
    ),
)
