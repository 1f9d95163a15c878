"""Take what people type: blanks around it, commas between thousands, capitals."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.names import dotted, loads, visible
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_NUMBERS: Final = frozenset({"int", "float", "Decimal", "decimal.Decimal", "Fraction"})
_CLEANED: Final = ('.replace(",", "")', ".strip()", '.replace("_", "")', '.replace("$", "")')
_FOLDED: Final = (".lower()", ".strip()", ".strip().lower()", ".upper()", ".casefold()")


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for node in unit.nodes:
        match node:
            case cst.Call(func=function, args=[cst.Arg(value=value, star="")]) if (
                dotted(function) in _NUMBERS
            ):
                yield from _number(unit, value, dotted(function))
            case cst.Comparison(left=left, comparisons=[cst.ComparisonTarget(comparator=right)]):
                if isinstance(left, cst.SimpleString) or isinstance(right, cst.SimpleString):
                    for side in (left, right):
                        yield from _folded(unit, side, 1.0)
            case _:
                for key in _keys(unit, node):
                    yield from _folded(unit, key, 1.3)


def _keys(unit: Unit, node: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    """What is looked up."""
    match node:
        case cst.Index(value=value, star=None):
            yield value
        case cst.ComparisonTarget(operator=cst.In() | cst.NotIn()):
            around = unit.parents[node]
            if isinstance(around, cst.Comparison):
                yield around.left
        case cst.Call(func=cst.Attribute(attr=cst.Name(value="get")), args=[first, *_]):
            yield first.value
        case _:
            return


def _number(unit: Unit, value: cst.BaseExpression, kind: str) -> Iterator[Change]:
    if not _plain(unit, value):
        return
    code = unit.atom(value)
    for place, method in enumerate(_CLEANED):
        yield unit.replace(value, code + method, weight=1.0 + place / 5)
    if kind == "int":
        yield unit.replace(value, f"float({unit.code(value)})", weight=1.2)
    yield unit.replace(value, f"{code} or 0", weight=1.6, loose=True)


def _folded(unit: Unit, value: cst.BaseExpression, weight: float) -> Iterator[Change]:
    if not _plain(unit, value):
        return
    for place, method in enumerate(_FOLDED):
        yield unit.replace(value, unit.atom(value) + method, weight=weight + place / 5)


def _plain(unit: Unit, value: cst.BaseExpression) -> bool:
    """Whether it is a variable, or part of one, that has not been treated already."""
    match value:
        case cst.Name(value=name):
            return loads(unit, value) and name in visible(unit, value)
        case cst.Attribute() | cst.Subscript():
            return True
        case _:
            return False


RECIPE = Recipe(
    name="normalise_input",
    title="take blanks, commas and capitals out of an input",
    edits=_edits,
    cost=1.1,
    fits=frozenset({"ValueError", "KeyError", "InvalidOperation"}),
    examples=(
        Example(
            "def f(price):\n    return float(price)\n",
            'def f(price):\n    return float(price.replace(",", ""))\n',
        ),
        Example(
            "def f(row):\n    return int(row['n'])\n",
            "def f(row):\n    return int(row['n'].strip())\n",
        ),
        Example("def f(n):\n    return int(n)\n", "def f(n):\n    return int(float(n))\n"),
        Example("def f(d, k):\n    return d[k]\n", "def f(d, k):\n    return d[k.lower()]\n"),
        Example(
            "def f(kind):\n    return kind == 'a'\n",
            "def f(kind):\n    return kind.strip().lower() == 'a'\n",
        ),
        Example("def f(d):\n    return d[0] + int('3')\n", None),
    ),
)
