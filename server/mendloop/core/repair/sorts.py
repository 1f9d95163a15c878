"""Which variables of a function are numbers, as far as what is done with them tells."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.unit import Unit

_COUNTING: Final = (
    cst.Subtract,
    cst.Multiply,
    cst.Divide,
    cst.FloorDivide,
    cst.Power,
    cst.BitAnd,
    cst.BitOr,
    cst.BitXor,
    cst.LeftShift,
    cst.RightShift,
)
_ORDERED: Final = (cst.LessThan, cst.LessThanEqual, cst.GreaterThan, cst.GreaterThanEqual)
_TAKES: Final = frozenset({"abs", "chr", "divmod", "float", "int", "pow", "range", "round"})
_HOLDERS: Final = frozenset({"enumerate", "len", "list", "reversed", "sorted", "sum", "zip"})


def numeric(unit: Unit) -> frozenset[str]:
    """The names that are counted with, and never taken apart or asked for a part."""
    if not unit.numbers:
        counted: set[str] = set()
        apart: set[str] = set()
        for node in unit.every:
            counted.update(_counted(node))
            apart.update(_apart(node))
        unit.numbers.append(frozenset(counted - apart))
    return unit.numbers[0]


def _counted(node: cst.CSTNode) -> Iterator[str]:
    """What is worked out with, held against a number, or counted up to."""
    match node:
        case cst.BinaryOperation(left=left, operator=operator, right=right):
            if isinstance(operator, _COUNTING) or _number(left, right):
                yield from _names(left, right)
        case cst.Comparison(left=left, comparisons=[cst.ComparisonTarget(operator, other)]):
            if isinstance(operator, _ORDERED) or _number(other):
                yield from _names(left, other)
        case (
            cst.AugAssign(target=target, value=cst.BaseNumber())
            | cst.For(target=target, iter=cst.Call(func=cst.Name(value="range")))
        ):
            yield from _names(target)
        case cst.Assign(targets=[cst.AssignTarget(target=target)], value=cst.BaseNumber()):
            yield from _names(target)
        case _:
            yield from _taken(node)


def _taken(node: cst.CSTNode) -> Iterator[str]:
    """What stands where only a number can."""
    match node:
        case cst.Call(func=cst.Name(value=name), args=args) if name in _TAKES:
            yield from _names(*(arg.value for arg in args))
        case cst.Slice(lower=lower, upper=upper):
            yield from _names(*(end for end in (lower, upper) if end is not None))
        case _:
            return


def _number(*nodes: cst.CSTNode) -> bool:
    return any(isinstance(node, cst.BaseNumber) for node in nodes)


def _apart(node: cst.CSTNode) -> Iterator[str]:
    match node:
        case cst.Subscript(value=value) | cst.Attribute(value=value) | cst.For(iter=value):
            yield from _names(value)
        case cst.CompFor(iter=value) | cst.StarredElement(value=value):
            yield from _names(value)
        case cst.Call(func=cst.Name(value=name), args=[cst.Arg(value=value), *_]) if (
            name in _HOLDERS
        ):
            yield from _names(value)
        case cst.Assign(
            targets=[cst.AssignTarget(target=target)],
            value=cst.BaseList() | cst.BaseDict() | cst.BaseString() | cst.Tuple(),
        ):
            yield from _names(target)
        case _:
            return


def _names(*nodes: cst.CSTNode) -> Iterator[str]:
    yield from (node.value for node in nodes if isinstance(node, cst.Name))
