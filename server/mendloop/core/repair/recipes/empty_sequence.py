"""Serve the case of a sequence that is empty, or shorter than thought."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.exits import can_guard, guards
from mendloop.core.repair.names import dotted, stores
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_WITH_DEFAULT: Final = frozenset({"max", "min"})
_NEED_ONE: Final = frozenset(
    {"max", "min", "mean", "median", "mode", "fmean", "statistics.mean", "statistics.median"}
    | {"statistics.mode", "statistics.fmean", "random.choice"}
)


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for node in unit.of(cst.Subscript):
        yield from _indexed(unit, node)
    for call in unit.of(cst.Call):
        match call.args:
            case [cst.Arg(keyword=None, star="") as only, *_] if _single(call):
                yield from _called(unit, call, only.value)
            case []:
                yield from _popped(unit, call)
            case _:
                pass


def _indexed(unit: Unit, node: cst.Subscript) -> Iterator[Change]:
    match node.slice:
        case [cst.SubscriptElement(slice=cst.Index(value=index, star=None))]:
            pass
        case _:
            return
    if not _position(index) or stores(unit, node):
        return
    holder = unit.atom(node.value)
    condition = _too_short(unit, holder, index)
    if can_guard(unit, node.value) and can_guard(unit, index):
        complaint = f"{holder} must not be empty"
        if not condition.startswith("not "):
            complaint = f"{holder} is too short"
        yield from guards(unit, node, condition, complaint=complaint)
        code = unit.code(node)
        test = condition.removeprefix("not ")
        if condition.startswith("not "):
            for place, value in enumerate(("None", "0", '""')):
                new = f"{code} if {test} else {value}"
                yield unit.replace(node, new, weight=1.6 + place / 10, loose=True)


def _position(index: cst.BaseExpression) -> bool:
    """Whether it looks like a place in a sequence, not like a key."""
    inner = index.expression if isinstance(index, cst.UnaryOperation) else index
    return isinstance(inner, cst.Integer | cst.Name | cst.BinaryOperation)


def _too_short(unit: Unit, holder: str, index: cst.BaseExpression) -> str:
    match index:
        case cst.Integer(value="0"):
            return f"not {holder}"
        case cst.UnaryOperation(operator=cst.Minus(), expression=cst.Integer(value="1")):
            return f"not {holder}"
        case cst.UnaryOperation(operator=cst.Minus(), expression=cst.Integer(value=value)):
            return f"len({holder}) < {value}"
        case _:
            return f"{unit.atom(index)} >= len({holder})"


def _single(call: cst.Call) -> bool:
    """Whether it has one positional argument, and no default for the empty case."""
    positional = [arg for arg in call.args if arg.keyword is None]
    named = [arg.keyword.value for arg in call.args if arg.keyword is not None]
    return len(positional) == 1 and "default" not in named


def _called(unit: Unit, call: cst.Call, argument: cst.BaseExpression) -> Iterator[Change]:
    name = dotted(call.func)
    generator = isinstance(argument, cst.GeneratorExp)
    if name in _WITH_DEFAULT:
        last = call.args[-1]
        code = unit.code(last)
        if generator and len(call.args) == 1 and not argument.lpar:
            code = f"({code})"
        for place, value in enumerate(("0", "None", "0.0")):
            yield unit.replace(last, f"{code}, default={value}", weight=1.0 + place / 10)
    if name == "next" and len(call.args) == 1:
        code = unit.code(argument)
        code = f"({code})" if generator and not argument.lpar else code
        yield unit.replace(call.args[0], f"{code}, None", weight=1.0)
    if name in _NEED_ONE and can_guard(unit, argument):
        holder = unit.atom(argument)
        yield from guards(
            unit,
            argument,
            f"not {holder}",
            complaint=f"{holder} must not be empty",
            otherwise=("0", "0.0", "None"),
        )


def _popped(unit: Unit, call: cst.Call) -> Iterator[Change]:
    match call.func:
        case cst.Attribute(value=holder, attr=cst.Name(value="pop" | "popleft" | "popitem")):
            if can_guard(unit, holder):
                name = unit.atom(holder)
                complaint = f"{name} must not be empty"
                yield from guards(unit, holder, f"not {name}", complaint=complaint)
        case _:
            return


RECIPE = Recipe(
    name="empty_sequence",
    title="serve the case of a sequence that is empty or too short",
    edits=_edits,
    cost=1.0,
    fits=frozenset({"IndexError", "ValueError", "StatisticsError", "StopIteration", "KeyError"}),
    examples=(
        Example(
            "def last(xs):\n    return xs[-1]\n",
            "def last(xs):\n    if not xs:\n        return None\n    return xs[-1]\n",
        ),
        Example(
            "def last(xs):\n    return xs[-1]\n",
            "def last(xs):\n    if not xs:\n"
            '        raise ValueError("xs must not be empty")\n    return xs[-1]\n',
        ),
        Example(
            "def second(parts):\n    a = parts[1]\n    if a:\n        return ''\n    return a\n",
            "def second(parts):\n    if 1 >= len(parts):\n        return ''\n    a = parts[1]\n"
            "    if a:\n        return ''\n    return a\n",
        ),
        Example(
            "def top(xs):\n    return max(x.price for x in xs)\n",
            "def top(xs):\n    return max((x.price for x in xs), default=0)\n",
        ),
        Example(
            "def top(xs):\n    return max(xs, key=len)\n",
            "def top(xs):\n    return max(xs, key=len, default=None)\n",
        ),
        Example(
            "def top(xs):\n    return next(x for x in xs if x)\n",
            "def top(xs):\n    return next((x for x in xs if x), None)\n",
        ),
        Example(
            "def f(q):\n    while True:\n        use(q.pop())\n",
            "def f(q):\n    while True:\n        if not q:\n            break\n"
            "        use(q.pop())\n",
        ),
        Example("def f(xs):\n    return max(xs, default=0) + xs['a']\n", None),
        Example("def f(a, b):\n    return max(a, b)\n", None),
        Example("def f(xs):\n    xs[0] = 1\n", None),
    ),
)
