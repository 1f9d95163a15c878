"""A value joined with another: bounded by it, or moved by it."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.names import visible
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.sorts import numeric
from mendloop.core.repair.unit import Unit

_MOST_NAMES: Final = 6
_MOST_NUMBERS: Final = 4
_TEXTS: Final = (cst.BaseString, cst.BaseList, cst.BaseDict, cst.BaseSet, cst.Tuple)


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    numbers = _numbers(unit)
    for node in unit.nodes:
        yield from _wrapped_around(unit, node, numbers)
        yield from _stored(unit, node)
        match node:
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value):
                yield from _bounded(unit, value, name)
                yield from _within(unit, value, 1.5)
                yield from _moved(unit, value, 1.6)
            case cst.Return(value=cst.BaseExpression() as value):
                yield from _joined(unit, value)
                yield from _within(unit, value, 1.2)
                yield from _moved(unit, value, 1.4)
            case cst.Arg(value=value, star="", keyword=None):
                yield from _moved(unit, value, 1.5)
            case cst.Index(value=value) | cst.ComparisonTarget(comparator=value):
                yield from _moved(unit, value, 1.8)
            case cst.BinaryOperation(operator=cst.Subtract() | cst.Add(), right=right):
                if isinstance(right, cst.Name):
                    yield unit.replace(right, f"{right.value} ** 2", weight=1.7)
            case _:
                pass


def _stored(unit: Unit, node: cst.CSTNode) -> Iterator[Change]:
    """What is stored in an item or attribute, bounded or moved; the ends of a slice, moved."""
    match node:
        case cst.Slice(lower=lower, upper=upper):
            for end in (lower, upper):
                if end is not None:
                    yield from _moved(unit, end, 1.6)
        case cst.Assign(
            targets=[cst.AssignTarget(target=cst.Subscript() | cst.Attribute() as target)],
            value=value,
        ) if not isinstance(value, _TEXTS):
            for place, function in enumerate(("max", "min")):
                both = f"{function}({unit.code(target)}, {unit.code(value)})"
                yield unit.replace(value, both, weight=1.0 + place / 10)
            yield from _moved(unit, value, 1.6)
        case _:
            return


def _numbers(unit: Unit) -> tuple[str, ...]:
    """The numbers of the function that something may be counted round to."""
    return tuple(
        dict.fromkeys(node.value for node in unit.of(cst.Integer) if node.value not in ("0", "1"))
    )[:_MOST_NUMBERS]


def _wrapped_around(unit: Unit, node: cst.CSTNode, numbers: tuple[str, ...]) -> Iterator[Change]:
    """A sum that begins again at a number or a length."""
    if not isinstance(node, cst.BinaryOperation) or not isinstance(
        node.operator, cst.Add | cst.Subtract | cst.Multiply
    ):
        return
    names = [name for name in visible(unit, node) if name not in ("self", "cls")]
    lengths = [f"len({name})" for name in reversed(names[-_MOST_NUMBERS:])]
    for place, number in enumerate([*numbers, *lengths]):
        new = f"({unit.code(node)}) % {number}"
        yield unit.replace(node, new, weight=1.4 + place / 6, loose=True)


def _bounded(unit: Unit, value: cst.BaseExpression, name: str) -> Iterator[Change]:
    """The larger or smaller of the new value and the old one, or of the new value and nought."""
    code = unit.code(value)
    if isinstance(value, cst.BinaryOperation):
        yield unit.replace(value, f"max({code}, 0)", weight=1.2)
        yield unit.replace(value, f"min({code}, 0)", weight=1.9)
    if name in visible(unit, value) and not isinstance(value, _TEXTS):
        for place, function in enumerate(("max", "min")):
            yield unit.replace(value, f"{function}({name}, {code})", weight=1.0 + place / 10)


def _joined(unit: Unit, value: cst.BaseExpression) -> Iterator[Change]:
    """A collection or a text that is made, with one that is at hand before or after it."""
    if not isinstance(value, cst.BaseList | cst.BaseComp | cst.BaseString | cst.Tuple):
        return
    code = unit.code(value)
    names = [name for name in visible(unit, value) if name not in ("self", "cls")]
    for place, name in enumerate(reversed(names[-_MOST_NAMES:])):
        yield unit.replace(value, f"{name} + {code}", weight=1.3 + place / 8)
        yield unit.replace(value, f"{code} + {name}", weight=1.4 + place / 8)


def _within(unit: Unit, value: cst.BaseExpression, weight: float) -> Iterator[Change]:
    """The value, but no further than another one that is at hand."""
    if not isinstance(value, cst.Name | cst.Attribute | cst.Subscript | cst.BinaryOperation):
        return
    code = unit.code(value)
    names = [name for name in visible(unit, value) if name not in ("self", "cls", code)]
    for place, name in enumerate([*reversed(names[-_MOST_NAMES:]), "0", "1"]):
        for more, function in enumerate(("max", "min")):
            yield unit.replace(
                value, f"{function}({code}, {name})", weight=weight + place / 8 + more / 16
            )


def _moved(unit: Unit, value: cst.BaseExpression, weight: float) -> Iterator[Change]:
    if not isinstance(value, cst.Name | cst.Attribute | cst.Subscript | cst.BinaryOperation):
        return
    code = unit.code(value)
    names = [name for name in visible(unit, value) if name not in ("self", "cls", code)]
    for place, name in enumerate(reversed(names[-_MOST_NAMES:])):
        for more, sign in enumerate(("-", "+", "*")):
            base = unit.atom(value) if sign == "*" else code
            yield unit.replace(
                value, f"{base} {sign} {name}", weight=weight + place / 8 + more / 4, loose=True
            )
    counted = numeric(unit)
    long = [name for name in reversed(names) if name not in counted]
    for place, name in enumerate(long[:_MOST_NUMBERS]):
        for more, sign in enumerate(("-", "+")):
            new = f"{code} {sign} len({name})"
            yield unit.replace(value, new, weight=weight + 0.3 + place / 8 + more / 4, loose=True)


RECIPE = Recipe(
    name="combined_value",
    title="join a value with another, or bound it",
    edits=_edits,
    cost=2.2,
    examples=(
        Example(
            "def f(xs):\n    top = 0\n    for x in xs:\n        top = x\n    return 1\n",
            "def f(xs):\n    top = 0\n    for x in xs:\n        top = max(top, x)\n    return 1\n",
        ),
        Example("def f(a, b):\n    a = a - b\n", "def f(a, b):\n    a = max(a - b, 0)\n"),
        Example(
            "def f(s, n, mark):\n    return s[:n] + mark\n",
            "def f(s, n, mark):\n    return s[:n - len(mark)] + mark\n",
        ),
        Example("def f(a, b):\n    g(a)\n", "def f(a, b):\n    g(a - b)\n"),
        Example("def f(a, b):\n    g(a + 1)\n", "def f(a, b):\n    g((a + 1) * b)\n"),
        Example(
            "def f(a, b):\n    return [[a] + c for c in b]\n",
            "def f(a, b):\n    return b + [[a] + c for c in b]\n",
        ),
        Example(
            "def f(d, k, v):\n    d[k] = v\n",
            "def f(d, k, v):\n    d[k] = max(d[k], v)\n",
        ),
        Example(
            "def f(a):\n    return (a + 5) // 24\n",
            "def f(a):\n    return ((a + 5) % 24) // 24\n",
        ),
        Example("def f(a):\n    g('x', [])\n", None),
    ),
)
