"""Go through a copy of what the loop changes."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.names import dotted
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_CHANGES: Final = frozenset(
    ["add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "update"]
)
_VIEWS: Final = frozenset({"items", "keys", "values"})


def _edits(unit: Unit, hints: Hints) -> Iterator[Change]:
    changed = set(_changed(unit))
    for loop in unit.of(cst.For):
        holder = _holder(loop.iter)
        if holder and (hints.raised("RuntimeError") or (loop, holder) in changed):
            yield unit.replace(loop.iter, f"list({unit.code(loop.iter)})")


def _holder(iterated: cst.BaseExpression) -> str:
    """What is gone through: ``d`` for ``d`` and for ``d.items()``."""
    match iterated:
        case cst.Call(func=cst.Attribute(value=value, attr=cst.Name(value=name)), args=[]):
            return dotted(value) if name in _VIEWS else ""
        case _:
            return dotted(iterated)


def _changed(unit: Unit) -> Iterator[tuple[cst.For, str]]:
    """Each loop with what is changed inside it."""
    for node in unit.nodes:
        match node:
            case cst.Call(func=cst.Attribute(value=value, attr=cst.Name(value=name))):
                holder = dotted(value) if name in _CHANGES else ""
            case cst.Subscript(value=value):
                put = isinstance(unit.parents.get(node), cst.Del | cst.AssignTarget)
                holder = dotted(value) if put else ""
            case _:
                continue
        if holder:
            loops = (around for around in unit.ancestors(node) if isinstance(around, cst.For))
            yield from ((loop, holder) for loop in loops)


RECIPE = Recipe(
    name="changed_size",
    title="go through a copy of what a loop changes",
    edits=_edits,
    cost=0.7,
    settles=True,
    examples=(
        Example(
            "def f(d):\n    for k in d:\n        if not d[k]:\n            del d[k]\n",
            "def f(d):\n    for k in list(d):\n        if not d[k]:\n            del d[k]\n",
        ),
        Example(
            "def f(self):\n    for k, v in self.d.items():\n        self.d.pop(k)\n",
            "def f(self):\n    for k, v in list(self.d.items()):\n        self.d.pop(k)\n",
        ),
        Example(
            "def f(d):\n    for k in d:\n        g(d, k)\n",
            "def f(d):\n    for k in list(d):\n        g(d, k)\n",
            Hints(errors=(("RuntimeError", "dictionary changed size during iteration", 2),)),
        ),
        Example("def f(d, e):\n    for k in d:\n        e.append(d[k])\n", None),
    ),
)
