"""Ways out of a function that meets a case it cannot serve, and guards that take them."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.describe import short
from mendloop.core.repair.names import bindings, hoistable
from mendloop.core.repair.unit import Unit

MOST_RETURNS: Final = 4
_RAISE_WEIGHT: Final = 1.3
_LITERALS: Final = (cst.BaseNumber, cst.SimpleString)
_NAMES: Final = frozenset({"None", "True", "False"})


def guards(
    unit: Unit,
    node: cst.CSTNode,
    condition: str,
    *,
    complaint: str,
    otherwise: Sequence[str] = ("None",),
) -> Iterator[Change]:
    """Early ways out in front of a node's statement, where a condition holds of it.

    What the function returns elsewhere comes first, then a clear error, then the values given.
    None where the function has the same guard already.
    """
    if _guarded(unit, node, condition):
        return
    for way, weight in _ways(unit, node, complaint, otherwise):
        change = unit.before(node, [f"if {condition}:", f"\t{way}"], weight=weight)
        if change is not None:
            yield change


def raising(complaint: str) -> str:
    """A clear error: the statement that raises it."""
    words = short(complaint)
    quoted = repr(words) if '"' in words or "\\" in words else f'"{words}"'
    return f"raise ValueError({quoted})"


def constant(node: cst.CSTNode | None) -> bool:
    """Whether an expression is a plain value, or an empty collection."""
    match node:
        case cst.Name(value=value):
            return value in _NAMES
        case cst.UnaryOperation(operator=cst.Minus(), expression=inner):
            return isinstance(inner, cst.BaseNumber)
        case cst.List(elements=()) | cst.Dict(elements=()) | cst.Tuple(elements=()):
            return True
        case cst.Tuple(elements=elements):
            return all(constant(element.value) for element in elements)
        case _:
            return isinstance(node, _LITERALS)


def returned(unit: Unit, node: cst.CSTNode) -> tuple[str, ...]:
    """The plain values that the function around a node returns somewhere, in its order."""
    function = unit.function(node)
    found = [
        unit.atom(leave.value)
        for leave in unit.of(cst.Return)
        if leave.value is not None and constant(leave.value) and unit.function(leave) is function
    ]
    return tuple(dict.fromkeys(found))[:MOST_RETURNS]


def returns_values(unit: Unit, node: cst.CSTNode) -> bool:
    """Whether the function around a node returns anything but nothing."""
    function = unit.function(node)
    return any(
        leave.value is not None and unit.function(leave) is function
        for leave in unit.of(cst.Return)
    )


def _guarded(unit: Unit, node: cst.CSTNode, condition: str) -> bool:
    at = unit.spans[node][0]
    return any(
        unit.code(branch.test) == condition and unit.spans[branch][0] < at
        for branch in unit.of(cst.If)
    )


def _ways(
    unit: Unit, node: cst.CSTNode, complaint: str, otherwise: Sequence[str]
) -> Iterator[tuple[str, float]]:
    known = returned(unit, node)
    for place, value in enumerate(known):
        yield f"return {value}", 1.0 + place / 20
    loop = unit.loop(node)
    if loop is not None:
        # to go on with a ``while`` whose state has not changed would be to go on for ever
        yield ("continue" if isinstance(loop, cst.For) else "break"), 1.1
    yield raising(complaint), _RAISE_WEIGHT
    if not returns_values(unit, node):
        yield "return", 1.2
        return
    for place, value in enumerate(value for value in otherwise if value not in known):
        yield f"return {value}", 1.5 + place / 10
    yield from ((f"return {name}", 2.0) for name in _results(unit, node))


def _results(unit: Unit, node: cst.CSTNode) -> tuple[str, ...]:
    """Names that the function returns elsewhere and that are bound before the node."""
    function = unit.function(node)
    at = unit.spans[node][0]
    bound = {} if function is None else bindings(unit, function)
    found = [
        leave.value.value
        for leave in unit.of(cst.Return)
        if isinstance(leave.value, cst.Name) and unit.function(leave) is function
    ]
    return tuple(name for name in dict.fromkeys(found) if bound.get(name, at) < at)


def can_guard(unit: Unit, node: cst.CSTNode, *, methods: Collection[str] = frozenset()) -> bool:
    """Whether a condition on this expression may be tested in front of its statement."""
    return unit.function(node) is not None and hoistable(unit, node, methods=methods)
