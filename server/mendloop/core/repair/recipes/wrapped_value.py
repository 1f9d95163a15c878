"""A value put through a function that brings it into another form, or order."""

from collections.abc import Iterator
from typing import Final, TypeAlias

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
        value, weight, forms, asked = _place(node)
        if value is not None:
            yield from _wrapped(unit, value, forms, weight)
            if asked:
                yield from _asked(unit, value, weight)


_Place: TypeAlias = tuple[cst.BaseExpression | None, float, tuple[str, ...], bool]


def _place(node: cst.CSTNode) -> _Place:
    """A value, how unlikely a change of it is, into which forms, and whether methods are tried."""
    found: _Place = (None, 0.0, (), False)
    match node:
        case cst.Return(value=cst.BaseExpression() as value) | cst.Assign(value=value):
            found = value, 1.0, _FORMS, True
        case cst.Arg(value=value, star=""):
            found = value, 1.2, _FORMS, False
        case (
            cst.For(iter=value)
            | cst.CompFor(iter=value)
            | cst.Yield(value=cst.BaseExpression() as value)
        ):
            found = value, 1.1, _FORMS, False
        case cst.Comparison(left=value):
            found = value, 1.3, _SHORT, True
        case cst.Index(value=value) | cst.ComparisonTarget(comparator=value):
            found = value, 1.4, _SHORT, True
        case cst.Element(value=value) | cst.FormattedStringExpression(expression=value):
            found = value, 1.4, _SHORT, False
        case cst.Call(func=cst.Attribute(value=value)):
            found = value, 1.4, (), True
        case _:
            pass
    return found


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
