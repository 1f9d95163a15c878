"""One condition more: an atom that the function or its variables offer."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.names import names_in, visible
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.sorts import numeric
from mendloop.core.repair.unit import Unit

_MOST_NAMES: Final = 5
_MOST_ATOMS: Final = 6
_MOST_COMPARED: Final = 3


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for node in unit.nodes:
        if not isinstance(node, cst.If | cst.While | cst.CompIf | cst.IfExp):
            continue
        if isinstance(node.test, cst.Name) and node.test.value == "True":
            for place, name in enumerate(reversed(_variables(unit, node.test)[-_MOST_NAMES:])):
                yield unit.replace(node.test, name, weight=1.0 + place / 8)
        else:
            yield from _extended(unit, node.test)
    yield from _filtered(unit)


def _filtered(unit: Unit) -> Iterator[Change]:
    """A comprehension that passes over what is missing."""
    for node in unit.nodes:
        match node:
            case cst.CompFor(iter=iterated, ifs=[], target=target):
                for place, name in enumerate(dict.fromkeys(names_in(target))):
                    code = unit.code(iterated)
                    for more, atom in enumerate((name, f"{name} is not None")):
                        weight = 1.3 + (place + more) / 10
                        yield unit.replace(iterated, f"{code} if {atom}", weight=weight)
            case _:
                pass


def _variables(unit: Unit, node: cst.CSTNode) -> list[str]:
    return [name for name in visible(unit, node) if name not in ("self", "cls")]


def _extended(unit: Unit, test: cst.BaseExpression) -> Iterator[Change]:
    code = unit.code(test)
    strong = test if isinstance(test, cst.BooleanOperation | cst.IfExp | cst.Lambda) else None
    base = f"({code})" if strong is not None else code
    for place, (atom, first) in enumerate(_atoms(unit, test)):
        weight = 1.0 + place / 8
        # a check that a later part relies on stands before it
        both = (atom, base) if first else (base, atom)
        yield unit.replace(test, " and ".join(both), weight=weight, loose=True)
        yield unit.replace(test, " or ".join(both), weight=weight + 0.05, loose=True)


def _atoms(unit: Unit, test: cst.BaseExpression) -> Iterator[tuple[str, bool]]:
    """Conditions, and whether each guards its variable so that it has to come first."""
    own = set(names_in(test))
    chains = [unit.code(node) for node in unit.of(cst.Attribute) if _within(unit, node, test)]
    for chain in list(dict.fromkeys(chains))[:_MOST_NAMES]:
        yield f"{chain} is None", True
        yield f"{chain} is not None", True
    seen = _variables(unit, test)
    nearest = [name for name in reversed(seen) if name in own]
    for name in nearest[:_MOST_NAMES]:
        yield name, True
        yield f"{name} is not None", True
        yield f"{name} is None", True
        yield f"not {name}", True
    taken = unit.code(test)
    others = dict.fromkeys(
        unit.code(node)
        for node in unit.of(cst.Comparison)
        if unit.code(node) not in taken and set(names_in(node)) <= set(seen)
    )
    for atom in list(others)[:_MOST_ATOMS]:
        yield atom, False
        if " not in " in atom:
            yield atom.replace(" not in ", " in ", 1), True
    for name in [name for name in reversed(seen) if name not in own][:_MOST_NAMES]:
        yield name, False
        yield f"not {name}", False
    yield from _compared(unit, nearest, seen)


def _compared(unit: Unit, nearest: list[str], seen: list[str]) -> Iterator[tuple[str, bool]]:
    """A variable of the condition held against another one, or a bound: first, as it may guard."""
    counted = numeric(unit)
    for name in nearest[:_MOST_NAMES]:
        if name in counted:
            yield f"{name} >= 0", True
            yield f"{name} > 0", True
            others = [other for other in reversed(seen) if other in counted and other != name]
            for other in others[:_MOST_COMPARED]:
                yield from ((f"{name} {sign} {other}", True) for sign in ("<=", "<", ">=", ">"))
        else:
            yield f"len({name}) > 1", True


def _within(unit: Unit, node: cst.CSTNode, test: cst.CSTNode) -> bool:
    start, stop = unit.spans[test]
    return start <= unit.spans[node][0] < stop


RECIPE = Recipe(
    name="condition_atom",
    title="one condition more",
    edits=_edits,
    cost=2.2,
    examples=(
        Example(
            "def f(a):\n    if a.b > 1:\n        return 1\n    return 2\n",
            "def f(a):\n    if a is not None and a.b > 1:\n        return 1\n    return 2\n",
        ),
        Example(
            "def f(a, b):\n    while a and b > 1:\n        b = g(a)\n",
            "def f(a, b):\n    while not a or (a and b > 1):\n        b = g(a)\n",
        ),
        Example(
            "def f(xs):\n    return [x.n for x in xs]\n",
            "def f(xs):\n    return [x.n for x in xs if x]\n",
        ),
        Example(
            "def f(xs, j, x):\n    while xs[j] > x:\n        j -= 1\n    return j\n",
            "def f(xs, j, x):\n    while j >= 0 and xs[j] > x:\n        j -= 1\n    return j\n",
        ),
        Example(
            "def f(a, d):\n    if a not in d:\n        return 1\n    if d[a]:\n        return 2\n",
            "def f(a, d):\n    if a not in d:\n        return 1\n"
            "    if a in d and d[a]:\n        return 2\n",
        ),
        Example("def f(a):\n    return a\n", None),
    ),
)
