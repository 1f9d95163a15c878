"""Do not divide by nought: return what the empty case gives, or say what is wrong."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.exits import can_guard, guards
from mendloop.core.repair.names import pure
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_OPERATORS: Final = (cst.Divide, cst.FloorDivide, cst.Modulo)
_ASSIGNMENTS: Final = (cst.DivideAssign, cst.FloorDivideAssign, cst.ModuloAssign)


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for node, divisor in _divisions(unit):
        condition, name = _is_nought(unit, divisor)
        if can_guard(unit, divisor):
            yield from guards(
                unit,
                divisor,
                condition,
                complaint=f"{name} must not be {'empty' if name != unit.code(divisor) else 'zero'}",
                otherwise=("0", "0.0", "None"),
            )
        if isinstance(node, cst.BinaryOperation) and pure(divisor):
            yield from _inline(unit, node, divisor)


def _inline(unit: Unit, node: cst.BinaryOperation, divisor: cst.BaseExpression) -> Iterator[Change]:
    around = unit.parents.get(node)
    if isinstance(around, cst.IfExp) and around.body is node:
        return
    code, test = unit.code(node), unit.atom(divisor)
    for place, value in enumerate(("0", "0.0", "None")):
        new = f"{code} if {test} else {value}"
        yield unit.replace(node, new, weight=1.6 + place / 10, loose=True)
    yield unit.replace(divisor, f"({unit.code(divisor)} or 1)", weight=2.0)


def _divisions(unit: Unit) -> Iterator[tuple[cst.CSTNode, cst.BaseExpression]]:
    for node in unit.nodes:
        match node:
            case cst.BinaryOperation(left=left, operator=operator, right=right):
                texts = isinstance(left, cst.SimpleString | cst.FormattedString)
                if isinstance(operator, _OPERATORS) and not texts and not _safe(right):
                    yield node, right
            case cst.AugAssign(operator=operator, value=value):
                if isinstance(operator, _ASSIGNMENTS) and not _safe(value):
                    yield node, value
            case _:
                pass


def _safe(divisor: cst.BaseExpression) -> bool:
    return isinstance(divisor, cst.BaseNumber | cst.BaseString | cst.Tuple)


def _is_nought(unit: Unit, divisor: cst.BaseExpression) -> tuple[str, str]:
    """The condition, and what is to blame: for a length it is what is empty."""
    match divisor:
        case cst.Call(func=cst.Name(value="len"), args=[cst.Arg(value=value, star="")]):
            return f"not {unit.atom(value)}", unit.code(value)
        case _:
            return f"{unit.atom(divisor)} == 0", unit.code(divisor)


RECIPE = Recipe(
    name="guard_zero_division",
    title="serve the case of a divisor that is nought",
    edits=_edits,
    cost=1.0,
    fits=frozenset({"ZeroDivisionError", "DivisionByZero", "InvalidOperation"}),
    settles=True,
    examples=(
        Example(
            "def share(part, whole):\n    # of one\n    return part / whole\n",
            "def share(part, whole):\n    # of one\n    if whole == 0:\n"
            '        raise ValueError("whole must not be zero")\n    return part / whole\n',
        ),
        Example(
            "def mean(xs, strict):\n    if strict:\n        return 0.0\n"
            "    return sum(xs) / len(xs)\n",
            "def mean(xs, strict):\n    if strict:\n        return 0.0\n    if not xs:\n"
            "        return 0.0\n    return sum(xs) / len(xs)\n",
        ),
        Example(
            "def f(rows):\n    for row in rows:\n        row.a //= row.b\n",
            "def f(rows):\n    for row in rows:\n        if row.b == 0:\n            continue\n"
            "        row.a //= row.b\n",
        ),
        Example("def f(name):\n    return 'hello %s' % name\n", None),
        Example("def f(x):\n    return x / 2\n", None),
    ),
)
