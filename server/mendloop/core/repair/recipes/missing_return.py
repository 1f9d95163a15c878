"""Return what was worked out, where a function forgets to."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.names import bindings
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_FOR_EFFECT: Final = frozenset(
    ["append", "extend", "add", "update", "insert", "remove", "clear", "sort", "reverse", "write"]
)
_VALUES: Final = (
    cst.Attribute,
    cst.Await,
    cst.BaseDict,
    cst.BaseList,
    cst.BaseNumber,
    cst.BaseSet,
    cst.BaseString,
    cst.BinaryOperation,
    cst.BooleanOperation,
    cst.Comparison,
    cst.GeneratorExp,
    cst.IfExp,
    cst.Name,
    cst.Subscript,
    cst.Tuple,
    cst.UnaryOperation,
)


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for function in unit.of(cst.FunctionDef):
        if not _yields(unit, function) and isinstance(function.body, cst.IndentedBlock):
            yield from _block(unit, function, function.body)


def _yields(unit: Unit, function: cst.FunctionDef) -> bool:
    return any(unit.function(node) is function for node in unit.of(cst.Yield))


def _block(unit: Unit, function: cst.FunctionDef, block: cst.BaseSuite) -> Iterator[Change]:
    """The end of a block, and of the blocks that end it."""
    if not isinstance(block, cst.IndentedBlock):
        return
    last = block.body[-1]
    match last:
        case cst.SimpleStatementLine(body=[*_, small]):
            yield from _simple(unit, function, last, small)
        case cst.If(body=body, orelse=orelse):
            yield from _block(unit, function, body)
            if isinstance(orelse, cst.If | cst.Else):
                yield from _block(unit, function, orelse.body)
            yield from _bound(unit, function, last)
        case cst.For() | cst.While() | cst.With() | cst.Try():
            yield from _bound(unit, function, last)
        case _:
            return


def _simple(
    unit: Unit, function: cst.FunctionDef, line: cst.BaseStatement, last: cst.CSTNode
) -> Iterator[Change]:
    match last:
        case cst.Expr(value=value):
            documents = len(function.body.body) == 1 and function.get_docstring() is not None
            if _worth(value) and not documents:
                yield unit.replace(value, f"return {unit.code(value)}")
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))]):
            yield from _appended(unit, line, name, 1.0)
        case cst.AugAssign(target=cst.Name(value=name)):
            yield from _appended(unit, line, name, 1.0)
        case _:
            return


def _worth(value: cst.BaseExpression) -> bool:
    match value:
        case cst.Call(func=cst.Attribute(attr=cst.Name(value=name))):
            return name not in _FOR_EFFECT
        case cst.Call(func=cst.Name(value=name)):
            return name != "print"
        case _:
            return isinstance(value, _VALUES)


def _bound(unit: Unit, function: cst.FunctionDef, last: cst.BaseStatement) -> Iterator[Change]:
    """After a loop: one of the names that were bound before it, the first of them most likely."""
    start = unit.spans[last][0]
    known = [name for name, at in bindings(unit, function).items() if at < start]
    local = [name for name in known if name not in ("self", "cls")]
    for place, name in enumerate(reversed(local)):
        yield from _appended(unit, last, name, 1.2 + place / 10)


def _appended(unit: Unit, last: cst.BaseStatement, name: str, weight: float) -> Iterator[Change]:
    change = unit.after(last, [f"return {name}"], weight=weight)
    if change is not None:
        yield change


RECIPE = Recipe(
    name="missing_return",
    title="return what was worked out",
    edits=_edits,
    cost=0.9,
    settles=True,
    examples=(
        Example("def f(a):\n    a + 1  # more\n", "def f(a):\n    return a + 1  # more\n"),
        Example("def f(a):\n    b = a + 1\n", "def f(a):\n    b = a + 1\n    return b\n"),
        Example(
            "def f(a):\n    if a:\n        g(a)\n    else:\n        return 0\n",
            "def f(a):\n    if a:\n        return g(a)\n    else:\n        return 0\n",
        ),
        Example(
            "def f(xs):\n    n = 0\n    for x in xs:\n        n += x",
            "def f(xs):\n    n = 0\n    for x in xs:\n        n += x\n    return n",
        ),
        Example('def f(a):\n    """Doc."""\n', None),
        Example("def f(a):\n    a.append(1)\n", None),
        Example("def f(a):\n    yield a\n    b = 1\n", None),
    ),
)
