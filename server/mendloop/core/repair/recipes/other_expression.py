"""Another expression of the same function in a place of the same sort."""

from collections.abc import Iterator, Sequence
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.names import names_in, visible
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_MOST: Final = 12
_WORTH: Final = (
    cst.Attribute,
    cst.BinaryOperation,
    cst.Call,
    cst.Comparison,
    cst.Subscript,
    cst.BooleanOperation,
)

_STORED: Final = (cst.Attribute, cst.Subscript)
"""What can be assigned to."""


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    ingredients = _ingredients(unit)
    for node in unit.nodes:
        value, weight = _place(node)
        if value is not None:
            yield from _exchanged(unit, value, ingredients, weight)


def _place(node: cst.CSTNode) -> tuple[cst.BaseExpression | None, float]:
    """A value that may be exchanged, and how unlikely that is."""
    found: tuple[cst.BaseExpression | None, float] = (None, 0.0)
    match node:
        case cst.Return(value=cst.BaseExpression() as value):
            found = value, 1.2
        case cst.Index(value=value, star=None) | cst.Yield(value=cst.BaseExpression() as value):
            found = value, 1.4
        case cst.Assign(value=value) | cst.AugAssign(value=value) | cst.Arg(value=value, star=""):
            found = value, 1.5
        case cst.For(iter=value) | cst.CompFor(iter=value):
            found = value, 1.6
        case cst.If(test=value) | cst.While(test=value) | cst.IfExp(test=value):
            found = value, 1.7
        case cst.AssignTarget(target=cst.Subscript() | cst.Attribute() as value):
            found = value, 1.4
        case cst.BinaryOperation(left=value) | cst.Element(value=value):
            found = value, 1.8
        case _:
            pass
    return found


def _ingredients(unit: Unit) -> dict[str, cst.BaseExpression]:
    """Each expression once, by its text: the smaller ones first."""
    found: dict[str, cst.BaseExpression] = {}
    for node in unit.nodes:
        if isinstance(node, _WORTH) and not isinstance(unit.parents.get(node), cst.Expr):
            found.setdefault(unit.code(node), node)
    return dict(sorted(found.items(), key=lambda entry: len(entry[0])))


def _exchanged(
    unit: Unit, value: cst.BaseExpression, ingredients: dict[str, cst.BaseExpression], weight: float
) -> Iterator[Change]:
    code = unit.code(value)
    known = {*visible(unit, value), *unit.module_names}
    target = isinstance(unit.parents.get(value), cst.AssignTarget)
    place = 0
    for other, node in ingredients.items():
        if target and not isinstance(node, _STORED):
            continue
        if other == code or _contains(unit, node, value) or not _bound(node, known):
            continue
        yield unit.replace(value, other, weight=weight + place / 6, loose=not target)
        place += 1
        if place == _MOST:
            return
    if not isinstance(value, cst.Name) and not target:
        names = [name for name in visible(unit, value) if name not in ("self", "cls")]
        for place, name in enumerate(reversed(names[-_MOST:])):
            yield unit.replace(value, name, weight=weight + 0.1 + place / 6)


def _contains(unit: Unit, outer: cst.CSTNode, inner: cst.CSTNode) -> bool:
    (start, stop), (begin, end) = unit.spans[outer], unit.spans[inner]
    return start <= begin and end <= stop


def _bound(node: cst.BaseExpression, known: set[str]) -> bool:
    """Whether what it is made of can be seen; attribute names and builtins are not variables."""
    match node:
        case cst.Name(value=name):
            return name in known
        case cst.Attribute(value=value):
            return _bound(value, known)
        case cst.Subscript(value=value, slice=slices):
            return _bound(value, known) and all(
                name in known for part in slices for name in names_in(part)
            )
        case cst.Call(func=cst.Attribute(value=value), args=args):
            return _bound(value, known) and _all_bound(args, known)
        case cst.Call(args=args):
            return _all_bound(args, known)
        case _:
            return all(name in known for name in names_in(node))


def _all_bound(args: Sequence[cst.Arg], known: set[str]) -> bool:
    return all(name in known for arg in args for name in names_in(arg.value))


RECIPE = Recipe(
    name="other_expression",
    title="another expression of the function in a place",
    edits=_edits,
    cost=2.2,
    examples=(
        Example(
            "def f(a, b):\n    c = a * b\n    return c - a.n\n",
            "def f(a, b):\n    c = a * b\n    return a * b\n",
        ),
        Example(
            "def f(a, b):\n    c = a * b\n    return c - 1\n",
            "def f(a, b):\n    c = a * b\n    return c\n",
        ),
        Example(
            "def f(a, b, k):\n    b[k] = 1\n    return a[k]\n",
            "def f(a, b, k):\n    a[k] = 1\n    return a[k]\n",
        ),
        Example("def f(a):\n    return a\n", None),
    ),
)
