"""Any expression of the function in any place, as it is or with one variable for another."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.names import is_called, loads, visible
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_MOST: Final = 40
_MOST_NAMES: Final = 5
_LONGEST: Final = 60
_WORTH: Final = (
    cst.Attribute,
    cst.BinaryOperation,
    cst.BooleanOperation,
    cst.Call,
    cst.Comparison,
    cst.Subscript,
    cst.Tuple,
    cst.UnaryOperation,
)

_SIMPLE: Final = (cst.Attribute, cst.Call, cst.Subscript)


class _Part(NamedTuple):
    """An expression of the function: its variables, where it stands, and how closely it binds."""

    needs: set[str]
    begin: int
    simple: bool


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    parts = _parts(unit)
    for node in unit.nodes:
        if not isinstance(node, (*_WORTH, cst.Name)) or not _read(unit, node):
            continue
        code = unit.code(node)
        seen = {*visible(unit, node), *unit.module_names, "self", "cls"}
        start, stop = unit.spans[node]
        place = 0
        for other, part in parts.items():
            if other == code or not part.needs <= seen or start <= part.begin < stop:
                continue
            yield unit.replace(node, other, weight=1.0 + place / 12, loose=not part.simple)
            place += 1
            if place == _MOST:
                break


def _read(unit: Unit, node: cst.CSTNode) -> bool:
    """Whether it is a value that is used where it stands."""
    parent = unit.parents.get(node)
    if isinstance(node, cst.Name) and not loads(unit, node):
        return False
    if isinstance(parent, cst.Call) and parent.func is node:
        return False
    return not isinstance(
        parent,
        cst.AssignTarget | cst.AugAssign | cst.Attribute | cst.Expr | cst.Del | cst.For
        | cst.FormattedStringExpression | cst.Decorator,
    )  # fmt: skip


def _parts(unit: Unit) -> dict[str, _Part]:
    """The expressions of the function by their text, with their variables and where they begin."""
    found: dict[str, _Part] = {}
    variants: dict[str, _Part] = {}
    for node in unit.nodes:
        if not isinstance(node, _WORTH) or isinstance(unit.parents.get(node), cst.Expr):
            continue
        code = unit.code(node)
        if len(code) > _LONGEST or "\n" in code:
            continue
        start, stop = unit.spans[node]
        names = [n for n in unit.of(cst.Name) if start <= unit.spans[n][0] < stop]
        variables = [name for name in names if loads(unit, name) and not is_called(unit, name)]
        needs = {name.value for name in variables}
        simple = isinstance(node, _SIMPLE)
        found.setdefault(code, _Part(needs, start, simple))
        others = [n for n in visible(unit, node) if n not in ("self", "cls")]
        for name in variables:
            at, end = unit.spans[name][0] - start, unit.spans[name][1] - start
            for other in others[-_MOST_NAMES:]:
                text = code[:at] + other + code[end:]
                variants.setdefault(text, _Part((needs - {name.value}) | {other}, start, simple))
    return dict(sorted(found.items(), key=_length)) | {
        text: part for text, part in sorted(variants.items(), key=_length) if text not in found
    }


def _length(entry: tuple[str, _Part]) -> int:
    return len(entry[0])


RECIPE = Recipe(
    name="any_expression",
    title="any expression of the function in a place",
    edits=_edits,
    cost=2.6,
    examples=(
        Example(
            "def f(xs, i, j):\n    i += 1\n    return xs[i] + j\n",
            "def f(xs, i, j):\n    i += 1\n    return xs[i] + xs[j]\n",
        ),
        Example("def f(a):\n    return a\n", None),
    ),
)
