"""Any short statement of the function once more, at any place, as it is or with another variable.

With it what begins anew: a text, a list or a count that is emptied, two bounds put in order.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.effects import local_only
from mendloop.core.repair.names import bindings, loads, stores, visible
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.sorts import numeric
from mendloop.core.repair.spots import Spot, spots
from mendloop.core.repair.unit import Unit
from mendloop.core.repair.wide.conditions import Conditions

_MOST_NAMES: Final = 8
_MOST_TESTS: Final = 14
_MOST_LINES: Final = 60
_RESETS: Final = ("''", "[]", "0", "1", "None", "False", "True", "{}", "set()")


def _edits(unit: Unit, hints: Hints) -> Iterator[Change]:
    copies = list(dict.fromkeys(_copies(unit)))
    conditions = Conditions(unit)
    begun = _begun(unit)
    for spot in spots(unit, hints):
        own = unit.code(spot.statement)
        plain = [line for line in copies if line != own and _fits(unit, spot, line)]
        for place, line in enumerate([*plain[:_MOST_LINES], *_small(unit, spot, begun)]):
            yield from _put(spot, [line], 1.0 + place / 30)
        yield from _guarded(unit, spot, plain, conditions)


def _put(spot: Spot, lines: list[str], weight: float) -> Iterator[Change]:
    change = spot.put(lines, weight=weight)
    if change is not None:
        yield change


def _copies(unit: Unit) -> Iterator[str]:
    """Short statements, and each with one variable for another."""
    for node in unit.of(cst.SimpleStatementLine):
        match node.body:
            case [only] if local_only(only) and "\n" not in unit.code(node):
                code = unit.code(node)
                yield code
                if not isinstance(only, cst.Return):
                    yield from _renamed(unit, node, code)
            case _:
                pass


def _renamed(unit: Unit, node: cst.CSTNode, code: str) -> Iterator[str]:
    start, stop = unit.spans[node]
    others = [n for n in visible(unit, node, after=True) if n not in ("self", "cls")]
    for name in unit.of(cst.Name):
        if start <= unit.spans[name][0] < stop and (loads(unit, name) or stores(unit, name)):
            at, end = unit.spans[name][0] - start, unit.spans[name][1] - start
            for other in others[-_MOST_NAMES:]:
                if other != name.value:
                    yield code[:at] + other + code[end:]


def _fits(unit: Unit, spot: Spot, line: str) -> bool:
    """Whether what a statement leads out of is there."""
    return line.strip() not in ("break", "continue") or unit.loop(spot.statement) is not None


def _begun(unit: Unit) -> list[str]:
    """What the function's variables begin with."""
    found: dict[str, None] = {}
    for node in unit.of(cst.Assign):
        match node.targets:
            case [cst.AssignTarget(target=cst.Name())] if unit.code(node.value) in _RESETS:
                found[unit.code(node)] = None
            case _:
                pass
    return list(found)


def _small(unit: Unit, spot: Spot, begun: list[str]) -> Iterator[str]:
    function = unit.function(spot.statement)
    local = frozenset[str]() if function is None else frozenset(bindings(unit, function))
    counted = numeric(unit)
    seen = [name for name in reversed(spot.seen) if name in local]
    yield from begun
    for name in seen[:_MOST_NAMES]:
        yield from (f"{name} += 1", f"{name} -= 1") if name in counted else ()
    for one, other in combinations(reversed(seen[:_MOST_NAMES]), 2):
        if (one in counted) == (other in counted):
            yield f"{one}, {other} = {other}, {one}"
            if one in counted:
                yield f"{one} = min({one}, {other})"
                yield f"{one} = max({one}, {other})"
    if unit.loop(spot.statement) is not None:
        yield from ("continue", "break")


def _guarded(unit: Unit, spot: Spot, copies: list[str], conditions: Conditions) -> Iterator[Change]:
    """A statement, or a way out, under a condition."""
    tests = conditions.at(spot.statement)[:_MOST_TESTS]
    counted = numeric(unit)
    ways = [line for line in copies if line.startswith(("return", "continue", "break"))][:4]
    if unit.loop(spot.statement) is not None:
        ways = list(dict.fromkeys([*ways, "continue", "break"]))
    steps = [f"{name} += 1" for name in spot.seen if name in counted][:_MOST_NAMES]
    for place, test in enumerate(tests):
        for more, line in enumerate([*ways, *steps, *copies[:6]]):
            yield from _put(spot, [f"if {test}:", f"\t{line}"], 1.6 + place / 16 + more / 16)
    pairs = combinations([n for n in spot.seen if n in counted][-_MOST_NAMES:], 2)
    for place, (one, other) in enumerate(pairs):
        lines = [f"if {one} > {other}:", f"\t{one}, {other} = {other}, {one}"]
        yield from _put(spot, lines, 1.8 + place / 8)


RECIPE = Recipe(
    name="any_statement",
    title="any statement of the function once more",
    edits=_edits,
    cost=2.4,
    examples=(
        Example(
            "def f(s):\n    out, word = [], ''\n    word = ''\n    for c in s:\n"
            "        if c == ' ':\n            out.append(word)\n"
            "        word += c\n    return out\n",
            "def f(s):\n    out, word = [], ''\n    word = ''\n    for c in s:\n"
            "        if c == ' ':\n            out.append(word)\n            word = ''\n"
            "        word += c\n    return out\n",
        ),
        Example(
            "def f(low, high):\n    low, high = int(low), int(high)\n    n = high - low\n"
            "    return range(low, high)\n",
            "def f(low, high):\n    low, high = int(low), int(high)\n    if low > high:\n"
            "        low, high = high, low\n    n = high - low\n    return range(low, high)\n",
        ),
        Example('def f():\n    """Doc."""\n', None),
    ),
)
