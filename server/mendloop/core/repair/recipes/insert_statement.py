"""One statement more, of the sort that is forgotten: to note something, or to go on."""

from collections.abc import Iterator, Mapping
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.effects import local_only
from mendloop.core.repair.names import bindings, dotted
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.sorts import numeric
from mendloop.core.repair.spots import spots
from mendloop.core.repair.unit import Unit

_COLLECTS: Final = frozenset({"append", "add", "extend", "appendleft"})
_EMPTY: Final = {"[]": "append", "list()": "append", "set()": "add"}
_MOST_NAMES: Final = 6
_SIGNS: Final = ("+=", "-=")
_MOST_COPIES: Final = 4
_MOST_NUMBERS: Final = 2


def _edits(unit: Unit, hints: Hints) -> Iterator[Change]:
    collections = _collections(unit)
    copies = _copies(unit)
    numbers, counted = _numbers(unit), numeric(unit)
    for spot in spots(unit, hints):
        seen, own = spot.seen, unit.code(spot.statement)
        lines = [
            *_lines(unit, spot.statement, seen, collections),
            *_scaled([name for name in seen if name in counted], numbers),
        ]
        others = [copy for copy in copies if copy != own]
        lines += [(line, 1.5 + place / 8) for place, line in enumerate(others)]
        for line, weight in lines:
            change = spot.put(line.split("\n"), weight=weight)
            if change is not None:
                yield change


def _lines(
    unit: Unit, statement: cst.BaseStatement, seen: list[str], collections: Mapping[str, str]
) -> Iterator[tuple[str, float]]:
    nearest = seen[: -_MOST_NAMES - 1 : -1]
    for holder, method in collections.items():
        if holder.partition(".")[0] in (*seen, "self"):
            for place, name in enumerate(name for name in nearest if name != holder):
                yield f"{holder}.{method}({name})", 1.0 + place / 8
                yield f"if {name}:\n\t{holder}.{method}({name})", 1.1 + place / 8
    yield from _yields(unit, statement, nearest)
    yield from _assigned(unit, statement, seen, nearest)
    if unit.loop(statement) is None:
        yield from ((f"return {name}", 1.8) for name in nearest[:2])


def _yields(
    unit: Unit, statement: cst.BaseStatement, nearest: list[str]
) -> Iterator[tuple[str, float]]:
    function = unit.function(statement)
    if any(unit.function(node) is function for node in unit.of(cst.Yield)):
        yield from ((f"yield {name}", 1.2 + place / 8) for place, name in enumerate(nearest))


def _assigned(
    unit: Unit, statement: cst.BaseStatement, seen: list[str], nearest: list[str]
) -> Iterator[tuple[str, float]]:
    """A variable that takes over another, moves by it, or moves by one."""
    function = unit.function(statement)
    local = [] if function is None else list(bindings(unit, function))
    for place, name in enumerate(name for name in nearest if name in local):
        for more, other in enumerate(other for other in nearest if other != name):
            yield f"{name} = {other}", 1.2 + place / 8 + more / 8
        for more, sign in enumerate(_SIGNS):
            yield f"{name} {sign} 1", 1.3 + place / 8 + more / 16
    for place, name in enumerate(name for name in reversed(seen) if name in local):
        for more, other in enumerate(other for other in nearest if other != name):
            for further, sign in enumerate(_SIGNS):
                yield f"{name} {sign} {other}", 1.4 + (place + more) / 8 + further / 16


def _scaled(seen: list[str], numbers: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    """A variable that begins anew, or becomes a multiple or a part of itself."""
    for place, name in enumerate(seen[: -_MOST_NAMES - 1 : -1]):
        for more, value in enumerate(("0", "1")):
            yield f"{name} = {value}", 1.6 + place / 8 + more / 16
        for more, number in enumerate(numbers):
            yield f"{name} //= {number}", 1.7 + place / 8 + more / 8
            yield f"{name} *= {number}", 1.8 + place / 8 + more / 8
        yield f"{name} >>= 1", 1.8 + place / 8
        yield f"{name} *= {name}", 1.8 + place / 8


def _numbers(unit: Unit) -> tuple[str, ...]:
    """The numbers of the function by which something may be multiplied, and the usual ones."""
    own = [node.value for node in unit.of(cst.Integer) if node.value not in ("0", "1")]
    return tuple(dict.fromkeys([*own[:_MOST_NUMBERS], "2", "10"]))


def _collections(unit: Unit) -> dict[str, str]:
    """What the function collects in, and by which method."""
    found: dict[str, str] = {}
    for node in unit.nodes:
        match node:
            case cst.Call(func=cst.Attribute(value=value, attr=cst.Name(value=name))):
                if name in _COLLECTS and dotted(value):
                    found.setdefault(dotted(value), name)
            case cst.Assign(targets=[cst.AssignTarget(target=target)], value=value):
                if unit.code(value) in _EMPTY and dotted(target):
                    found.setdefault(dotted(target), _EMPTY[unit.code(value)])
            case _:
                pass
    return found


def _copies(unit: Unit) -> tuple[str, ...]:
    """Short statements of the function that change something."""
    found: dict[str, None] = {}
    for node in unit.of(cst.SimpleStatementLine):
        match node.body:
            case [only] if local_only(only) and not isinstance(only, cst.Return):
                code = unit.code(node)
                if "\n" not in code and "\r" not in code:
                    found[code] = None
            case _:
                pass
    return tuple(found)[-_MOST_COPIES:]


RECIPE = Recipe(
    name="insert_statement",
    title="one statement more",
    edits=_edits,
    cost=2.4,
    examples=(
        Example(
            "def f(node, seen):\n    if node in seen:\n        return False\n"
            "    for n in node.next:\n        f(n, seen)\n    seen.add(1)\n    return True\n",
            "def f(node, seen):\n    if node in seen:\n        return False\n    seen.add(node)\n"
            "    for n in node.next:\n        f(n, seen)\n    seen.add(1)\n    return True\n",
        ),
        Example(
            "def f(text):\n    lines = []\n    while text:\n        line, text = cut(text)\n",
            "def f(text):\n    lines = []\n    while text:\n        line, text = cut(text)\n"
            "        lines.append(line)\n",
        ),
        Example(
            "def f(node):\n    last = None\n    while node:\n        node = node.next\n"
            "    return last\n",
            "def f(node):\n    last = None\n    while node:\n        last = node\n"
            "        node = node.next\n    return last\n",
        ),
        Example(
            "def f(n):\n    k = 0\n    while n:\n        k += n % 10\n    return k\n",
            "def f(n):\n    k = 0\n    while n:\n        k += n % 10\n        n //= 10\n"
            "    return k\n",
        ),
        Example('def f():\n    """Doc."""\n    return 1\n', None),
    ),
)
