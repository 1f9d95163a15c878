"""A value put through a function that brings it into another form, or order."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.names import dotted
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_FORMS: Final = ("int", "str", "list", "reversed", "sorted", "abs", "len", "tuple", "set", "float")
_SHORT: Final = ("int", "str", "list", "abs", "len")
_METHODS: Final = ("lower()", "strip()", "upper()", "copy()", "items()", "rstrip()", "title()")
_SIMPLE: Final = (cst.Name, cst.Attribute, cst.Subscript, cst.Call)


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for node in unit.nodes:
        match node:
            case cst.Arg(value=value, star=""):
                yield from _wrapped(unit, value, _FORMS, 1.2)
            case cst.For(iter=value) | cst.CompFor(iter=value):
                yield from _wrapped(unit, value, _FORMS, 1.1)
            case cst.Return(value=cst.BaseExpression() as value) | cst.Assign(value=value):
                yield from _wrapped(unit, value, _FORMS, 1.0)
                yield from _asked(unit, value, 1.0)
            case cst.Element(value=value) | cst.FormattedStringExpression(expression=value):
                yield from _wrapped(unit, value, _SHORT, 1.4)
            case cst.Yield(value=cst.BaseExpression() as value):
                yield from _wrapped(unit, value, _FORMS, 1.1)
            case cst.Index(value=value) | cst.ComparisonTarget(comparator=value):
                yield from _wrapped(unit, value, _SHORT, 1.4)
                yield from _asked(unit, value, 1.5)
            case cst.Call(func=cst.Attribute(value=value)):
                yield from _asked(unit, value, 1.4)
            case cst.Comparison(left=value):
                yield from _wrapped(unit, value, _SHORT, 1.3)
                yield from _asked(unit, value, 1.3)
            case _:
                pass


def _wrapped(
    unit: Unit, value: cst.BaseExpression, forms: tuple[str, ...], weight: float
) -> Iterator[Change]:
    if isinstance(value, cst.BaseNumber | cst.BaseString | cst.Lambda | cst.GeneratorExp):
        return
    own = dotted(value.func) if isinstance(value, cst.Call) else ""
    code = unit.code(value)
    for place, form in enumerate(form for form in forms if form != own):
        yield unit.replace(value, f"{form}({code})", weight=weight + place / 10)


def _asked(unit: Unit, value: cst.BaseExpression, weight: float) -> Iterator[Change]:
    """With a method of texts or containers on top."""
    if not isinstance(value, _SIMPLE):
        return
    code = unit.code(value)
    for place, method in enumerate(_METHODS):
        if not code.endswith(method):
            yield unit.replace(value, f"{code}.{method}", weight=weight + 0.2 + place / 10)


RECIPE = Recipe(
    name="wrapped_value",
    title="a value in another form or order",
    edits=_edits,
    cost=2.4,
    examples=(
        Example("def f(a):\n    g(a)\n", "def f(a):\n    g(reversed(a))\n"),
        Example("def f(a):\n    return a\n", "def f(a):\n    return a.lower()\n"),
        Example("def f(a, b):\n    return a == b\n", "def f(a, b):\n    return len(a) == b\n"),
        Example("def f(a):\n    g(1)\n", None),
    ),
)
