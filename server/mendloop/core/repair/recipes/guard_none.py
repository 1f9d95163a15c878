"""Serve the case that a value is missing: leave early, or put a default in its place."""

import re
from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.exits import can_guard, guards
from mendloop.core.repair.names import bindings, parameters, visible
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_TEXT: Final = frozenset(dir(str))
_DICT: Final = frozenset(dir(dict)) - frozenset(dir(list))
_DEFAULTS: Final = {
    "len": "()",
    "sorted": "()",
    "list": "()",
    "sum": "()",
    "int": "0",
    "float": "0",
    "abs": "0",
    "round": "0",
}
_ORDERS: Final = (cst.LessThan, cst.LessThanEqual, cst.GreaterThan, cst.GreaterThanEqual)
_NO_ATTRIBUTE: Final = re.compile(r"'NoneType' object has no attribute '(\w+)'")
_THEMSELVES: Final = frozenset({"self", "cls"})


def _edits(unit: Unit, hints: Hints) -> Iterator[Change]:
    wanted = set(_NO_ATTRIBUTE.findall(hints.messages()))
    for node, default, attribute in _uses(unit):
        if not _may_be_none(unit, node):
            continue
        far = 2.0 if wanted and attribute not in wanted else 1.0
        for change in _cures(unit, node, default):
            yield Change(
                splices=change.splices,
                line=change.line,
                description=change.description,
                weight=change.weight * far,
            )


def _cures(unit: Unit, node: cst.BaseExpression, default: str) -> Iterator[Change]:
    if can_guard(unit, node):
        condition = f"{unit.atom(node)} is None"
        complaint = f"{unit.code(node)} must not be None"
        yield from guards(unit, node, condition, complaint=complaint, otherwise=("None", default))
    yield unit.replace(node, f"({unit.code(node)} or {default})", weight=1.4)
    function = unit.function(node)
    if function is None or not isinstance(node, cst.Name) or node.value not in parameters(function):
        return
    filled = unit.before(
        _first(function), [f"if {node.value} is None:", f"\t{node.value} = {default}"], weight=1.5
    )
    if filled is not None and f"if {node.value} is None:" not in unit.text:
        yield Change(
            splices=filled.splices,
            line=unit.line(node),
            description=filled.description,
            weight=filled.weight,
        )


def _first(function: cst.FunctionDef) -> cst.CSTNode:
    """The first statement after the docstring."""
    body = function.body.body
    if len(body) > 1 and function.get_docstring() is not None:
        return body[1]
    return body[0]


def _uses(unit: Unit) -> Iterator[tuple[cst.BaseExpression, str, str]]:
    """Values that are used as if they were there, with a default for that use."""
    for node in unit.nodes:
        match node:
            case cst.Attribute(value=value, attr=cst.Name(value=attribute)):
                yield value, _default(attribute), attribute
            case cst.Subscript(value=value):
                yield value, "{}", ""
            case cst.For(iter=value) | cst.CompFor(iter=value):
                yield value, "()", ""
            case cst.Call(func=cst.Name(value=name), args=[first, *_]) if name in _DEFAULTS:
                yield first.value, _DEFAULTS[name], ""
            case cst.BinaryOperation() | cst.Comparison():
                yield from _operands(node)
            case _:
                pass


def _operands(node: cst.CSTNode) -> Iterator[tuple[cst.BaseExpression, str, str]]:
    match node:
        case cst.BinaryOperation(left=left, right=right):
            yield from ((side, "0", "") for side in (left, right))
        case cst.Comparison(left=left, comparisons=[cst.ComparisonTarget(op, right)]):
            if isinstance(op, cst.In | cst.NotIn):
                yield right, "()", ""
            elif isinstance(op, _ORDERS):
                yield from ((side, "0", "") for side in (left, right))
        case _:
            return


def _default(attribute: str) -> str:
    if attribute in _TEXT:
        return '""'
    return "{}" if attribute in _DICT else "[]"


def _may_be_none(unit: Unit, node: cst.BaseExpression) -> bool:
    match node:
        case cst.Name(value=name):
            return name not in _THEMSELVES and name in visible(unit, node)
        case cst.Attribute(value=value):
            return isinstance(value, cst.Attribute) or _known(unit, value)
        case cst.Call(func=cst.Attribute(attr=cst.Name(value="get" | "match" | "search"))):
            return True
        case cst.Subscript():
            return True
        case _:
            return False


def _known(unit: Unit, node: cst.CSTNode) -> bool:
    function = unit.function(node)
    return (
        isinstance(node, cst.Name)
        and function is not None
        and node.value in bindings(unit, function)
    )


RECIPE = Recipe(
    name="guard_none",
    title="serve the case of a value that is missing",
    edits=_edits,
    cost=1.1,
    fits=frozenset({"AttributeError", "TypeError"}),
    examples=(
        Example(
            "def clean(name):\n    return name.strip()\n",
            'def clean(name):\n    return (name or "").strip()\n',
        ),
        Example(
            "def clean(name):\n    return name.strip()\n",
            "def clean(name):\n    if name is None:\n        return None\n"
            "    return name.strip()\n",
        ),
        Example(
            'def total(items):\n    """Sum."""\n    n = 0\n    for item in items:\n'
            "        n += item\n    return n\n",
            'def total(items):\n    """Sum."""\n    if items is None:\n        items = ()\n'
            "    n = 0\n"
            "    for item in items:\n        n += item\n    return n\n",
        ),
        Example(
            "def first(row):\n    return row.get('a')[0]\n",
            "def first(row):\n    return (row.get('a') or {})[0]\n",
        ),
        Example("def f():\n    return json.dumps(1)\n", None),
    ),
)
