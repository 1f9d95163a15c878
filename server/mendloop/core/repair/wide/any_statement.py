"""Any short statement that the function may lack, at any place, alone or under a condition."""

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from mendloop.core.repair.change import Change
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.sorts import numeric
from mendloop.core.repair.spots import Spot, spots
from mendloop.core.repair.unit import Unit
from mendloop.core.repair.wide import lines
from mendloop.core.repair.wide.conditions import Conditions

_MOST_NAMES: Final = 8
_MOST_TESTS: Final = 16
_MOST_LINES: Final = 60
_MOST_WAYS: Final = 4
_LEADS: Final = ("return", "continue", "break")


def _edits(unit: Unit, hints: Hints) -> Iterator[Change]:
    own, more = lines.own(unit), [*lines.begun(unit), *lines.undone(unit)]
    conditions = Conditions(unit)
    for spot in spots(unit, hints):
        here = unit.code(spot.statement)
        plain = [line for line in own if line != here and _fits(unit, spot, line)]
        ways = [line for line in plain if line.startswith(_LEADS)][:_MOST_WAYS]
        if unit.loop(spot.statement) is not None:
            ways = list(dict.fromkeys([*ways, "continue", "break"]))
        every = dict.fromkeys([*plain[:_MOST_LINES], *more, *lines.steps(unit, spot), *ways])
        for place, line in enumerate(every):
            yield from _put(spot, [line], 1.0 + place / 30)
        yield from _guarded(unit, spot, ways, plain, conditions)
        yield from _in_order(unit, spot)


def _fits(unit: Unit, spot: Spot, line: str) -> bool:
    """Whether what a statement leads out of is there."""
    return line not in ("break", "continue") or unit.loop(spot.statement) is not None


def _put(spot: Spot, code: list[str], weight: float) -> Iterator[Change]:
    change = spot.put(code, weight=weight)
    if change is not None:
        yield change


def _guarded(
    unit: Unit, spot: Spot, ways: list[str], plain: list[str], conditions: Conditions
) -> Iterator[Change]:
    """A statement, or a way out, under a condition."""
    counted = numeric(unit)
    moves = [f"{name} += 1" for name in spot.seen if name in counted][:_MOST_NAMES]
    for place, test in enumerate(conditions.at(spot.statement)):
        some = [*ways, *moves, *plain[:6]] if place < _MOST_TESTS else ways
        for more, line in enumerate(dict.fromkeys(some)):
            yield from _put(spot, [f"if {test}:", f"\t{line}"], 1.6 + place / 16 + more / 16)


def _in_order(unit: Unit, spot: Spot) -> Iterator[Change]:
    """Two numbers that change places where they stand the wrong way round."""
    names = [name for name in spot.seen if name in numeric(unit)][-_MOST_NAMES:]
    for place, (one, other) in enumerate(combinations(names, 2)):
        code = [f"if {one} > {other}:", f"\t{one}, {other} = {other}, {one}"]
        yield from _put(spot, code, 1.8 + place / 8)


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
        Example(
            "def f(x, seen):\n    seen.add(x)\n    y = f(x, seen)\n    return y\n",
            "def f(x, seen):\n    seen.add(x)\n    y = f(x, seen)\n    seen.remove(x)\n"
            "    return y\n",
        ),
        Example(
            "def f(node):\n    last = node.left\n    node.right = last\n    return node\n",
            "def f(node):\n    last = node.left\n    node.right = last\n    node.left = None\n"
            "    return node\n",
        ),
        Example('def f():\n    """Doc."""\n', None),
    ),
)
