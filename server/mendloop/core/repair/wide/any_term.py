"""One term more, one less, or another order of operations in what is computed."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.names import visible
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.sorts import numeric
from mendloop.core.repair.unit import Unit

_MOST_NAMES: Final = 8
_LINE: Final = (cst.Add, cst.Subtract)
_POINT: Final = (cst.Multiply, cst.Divide, cst.FloorDivide, cst.Modulo)
_SIGNS: Final = (*_LINE, *_POINT)
_VALUES: Final = (
    cst.Name,
    cst.Attribute,
    cst.Subscript,
    cst.BinaryOperation,
    cst.Call,
    cst.Integer,
)


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    counted = numeric(unit)
    lengths = _measured(unit)
    for node in unit.nodes:
        value, weight = _place(node)
        if value is not None and isinstance(value, _VALUES):
            yield from _more(unit, value, weight, counted, lengths)
        if isinstance(node, cst.BinaryOperation):
            yield from _ordered(unit, node)
            yield unit.replace(node, unit.code(node.left), weight=1.6)
            yield unit.replace(node, unit.code(node.right), weight=1.6)


def _place(node: cst.CSTNode) -> tuple[cst.BaseExpression | None, float]:
    found: tuple[cst.BaseExpression | None, float] = (None, 0.0)
    match node:
        case cst.Index(value=value, star=None) | cst.ComparisonTarget(comparator=value):
            found = value, 1.2
        case cst.Comparison(left=value):
            found = value, 1.3
        case cst.Return(value=cst.BaseExpression() as value) | cst.Assign(value=value):
            found = value, 1.3
        case cst.AugAssign(value=value) | cst.Arg(value=value, star="", keyword=None):
            found = value, 1.4
        case cst.Element(value=value) | cst.Slice(lower=cst.BaseExpression() as value):
            found = value, 1.5
        case cst.DictElement(value=value):
            found = value, 1.5
        case _:
            pass
    return found


def _more(
    unit: Unit,
    value: cst.BaseExpression,
    weight: float,
    counted: frozenset[str],
    lengths: list[str],
) -> Iterator[Change]:
    code = unit.code(value)
    base = f"({code})" if isinstance(value, cst.BinaryOperation) else code
    names = [n for n in reversed(visible(unit, value)) if n in counted and n != code][:_MOST_NAMES]
    seen = {*visible(unit, value), "self"}
    terms = [*names, *(one for one in lengths if one[4:-1].partition(".")[0] in seen), "1", "2"]
    for place, term in enumerate(terms):
        more = weight + place / 10
        yield unit.replace(value, f"{code} + {term}", weight=more, loose=True)
        yield unit.replace(value, f"{code} - {term}", weight=more + 0.02, loose=True)
        if term != "1":
            yield unit.replace(value, f"{base} * {term}", weight=more + 0.1, loose=True)
            yield unit.replace(value, f"{base} // {term}", weight=more + 0.2, loose=True)
            yield unit.replace(value, f"{base} % {term}", weight=more + 0.2, loose=True)
    yield unit.replace(value, f"-{base}", weight=weight + 0.3, loose=True)
    others = [n for n in reversed(visible(unit, value)) if n not in (*counted, "self", "cls", code)]
    for place, name in enumerate(others[:_MOST_NAMES]):
        for more, new in enumerate((f"{name} + {code}", f"{code} + {name}", f"{code} + [{name}]")):
            yield unit.replace(value, new, weight=weight + 0.2 + place / 10 + more / 20, loose=True)


def _measured(unit: Unit) -> list[str]:
    """The lengths that the function asks for."""
    return list(
        dict.fromkeys(
            unit.code(node)
            for node in unit.of(cst.Call)
            if isinstance(node.func, cst.Name) and node.func.value == "len"
        )
    )[:3]


def _ordered(unit: Unit, node: cst.BinaryOperation) -> Iterator[Change]:
    """``(a + b) * c`` for ``a + b * c``, and the other way round."""
    match node:
        case cst.BinaryOperation(
            left=left, operator=sign, right=cst.BinaryOperation(left=a, operator=point, right=b)
        ) if isinstance(sign, _LINE) and isinstance(point, _POINT):
            mark, other = _between(unit, left, node.right), _between(unit, a, b)
            new = f"({unit.code(left)} {mark} {unit.code(a)}) {other} {unit.atom(b)}"
            yield unit.replace(node, new, weight=1.0, loose=True)
        case cst.BinaryOperation(
            left=cst.BinaryOperation(left=a, operator=inner, right=b), operator=outer, right=right
        ) if isinstance(inner, _SIGNS) and isinstance(outer, _SIGNS):
            mark, other = _between(unit, a, b), _between(unit, node.left, right)
            new = f"{unit.atom(a)} {mark} ({unit.code(b)} {other} {unit.code(right)})"
            yield unit.replace(node, new, weight=1.0, loose=True)
        case _:
            return


def _between(unit: Unit, left: cst.CSTNode, right: cst.CSTNode) -> str:
    """The operator between two operands."""
    return unit.text[unit.spans[left][1] : unit.spans[right][0]].strip(" ()\r\n\t")


RECIPE = Recipe(
    name="any_term",
    title="a term more, a term less, or another order of operations",
    edits=_edits,
    cost=2.4,
    examples=(
        Example(
            "def f(a, b, c):\n    return a + b * c\n", "def f(a, b, c):\n    return (a + b) * c\n"
        ),
        Example(
            "def f(a, b, c):\n    return a - (b - c)\n",
            "def f(a, b, c):\n    return a\n",
        ),
        Example(
            "def f(xs, k):\n    k -= 1\n    return xs[0]\n",
            "def f(xs, k):\n    k -= 1\n    return xs[0 + k]\n",
        ),
        Example("def f(a):\n    g()\n", None),
    ),
)
