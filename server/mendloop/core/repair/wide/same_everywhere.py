"""One thing in place of another wherever it stands in a statement, or the two exchanged.

``range(1 - rows, cols)`` for ``range(1 - cols, rows)`` is one slip in two places.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

import libcst as cst

from mendloop.core.repair import describe
from mendloop.core.repair.change import Change, Splice
from mendloop.core.repair.names import is_called, loads, visible
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_MOST: Final = 8
_MOST_NAMES: Final = 14
_Marks = dict[str, list[cst.CSTNode]]


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    numbers = list(dict.fromkeys(node.value for node in unit.of(cst.Integer)))
    for whole in _wholes(unit):
        names, digits, fields = _marks(unit, whole)
        for marks in (names, digits, fields):
            for one, other in list(combinations(marks, 2))[:_MOST]:
                pairs = [(each, other) for each in marks[one]] + [
                    (each, one) for each in marks[other]
                ]
                yield _put(unit, whole, pairs, 1.0)
        seen = [name for name in visible(unit, whole) if name not in ("self", "cls")]
        yield from _everywhere(unit, whole, names, seen[-_MOST_NAMES:])
        yield from _everywhere(unit, whole, digits, [*numbers[:_MOST], "0", "1", "2"])
        yield from _everywhere(unit, whole, fields, list(fields))


def _wholes(unit: Unit) -> Iterator[cst.CSTNode]:
    """Simple statements, and the parts of others that stand in one line."""
    for node in unit.nodes:
        match node:
            case cst.If(test=test) | cst.While(test=test) | cst.IfExp(test=test):
                yield test
            case cst.For(iter=iterated) | cst.CompFor(iter=iterated):
                yield iterated
            case cst.SimpleStatementLine():
                yield node
            case cst.ListComp() | cst.GeneratorExp() | cst.SetComp() | cst.DictComp():
                yield node
            case _:
                pass


def _marks(unit: Unit, whole: cst.CSTNode) -> tuple[_Marks, _Marks, _Marks]:
    """The variables, the numbers and the attributes in some code, with where each stands."""
    names: _Marks = {}
    digits: _Marks = {}
    fields: _Marks = {}
    start, stop = unit.spans[whole]
    for node in unit.nodes:
        if not start <= unit.spans[node][0] < stop:
            continue
        match node:
            case cst.Name(value=name) if loads(unit, node) and not is_called(unit, node):
                names.setdefault(name, []).append(node)
            case cst.Integer(value=value):
                digits.setdefault(value, []).append(node)
            case cst.Attribute(attr=attr) if not is_called(unit, node):
                fields.setdefault(attr.value, []).append(attr)
            case _:
                pass
    return names, digits, fields


def _everywhere(
    unit: Unit, whole: cst.CSTNode, marks: _Marks, others: Sequence[str]
) -> Iterator[Change]:
    for one, places in marks.items():
        if len(places) > 1:
            for rank, other in enumerate(dict.fromkeys(others)):
                if other != one:
                    yield _put(unit, whole, [(each, other) for each in places], 1.1 + rank / 8)


def _put(
    unit: Unit, whole: cst.CSTNode, pairs: Sequence[tuple[cst.CSTNode, str]], weight: float
) -> Change:
    splices = [
        Splice(start=unit.spans[node][0], stop=unit.spans[node][1], new=new) for node, new in pairs
    ]
    start, stop = unit.spans[whole]
    inside = Change(
        splices=tuple(
            Splice(start=one.start - start, stop=one.stop - start, new=one.new) for one in splices
        ),
        line=0,
        description="",
    )
    old, line = unit.text[start:stop], unit.line(pairs[0][0])
    return Change(
        splices=tuple(splices),
        line=line,
        description=describe.replaced(line, old, inside.of(old)),
        weight=weight,
    )


RECIPE = Recipe(
    name="same_everywhere",
    title="two things exchanged, or one put for another, all through a statement",
    edits=_edits,
    cost=2.0,
    examples=(
        Example(
            "def f(rows, cols):\n    return range(1 - cols, rows)\n",
            "def f(rows, cols):\n    return range(1 - rows, cols)\n",
        ),
        Example(
            "def f(a, b):\n    return a[0] < b[0]\n",
            "def f(a, b):\n    return a[1] < b[1]\n",
        ),
        Example(
            "def f(a, b):\n    return a.start + b.end - a.start\n",
            "def f(a, b):\n    return a.end + b.start - a.end\n",
        ),
        Example("def f(a):\n    return g(1)\n", None),
    ),
)
