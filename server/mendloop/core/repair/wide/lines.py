"""Short statements that a function may lack: its own once more, and what begins or undoes them."""

from collections.abc import Iterator
from itertools import combinations
from typing import Final

import libcst as cst

from mendloop.core.repair.effects import local_only
from mendloop.core.repair.names import bindings, dotted, loads, stores, visible
from mendloop.core.repair.sorts import numeric
from mendloop.core.repair.spots import Spot
from mendloop.core.repair.unit import Unit

_MOST_NAMES: Final = 8
_RESETS: Final = ("''", "[]", "0", "1", "None", "False", "True", "{}", "set()")


def own(unit: Unit) -> list[str]:
    """The function's short statements, and each with one variable for another."""
    found: dict[str, None] = {}
    for node in unit.of(cst.SimpleStatementLine):
        match node.body:
            case [only] if local_only(only) and "\n" not in unit.code(node):
                found[unit.code(node)] = None
                if not isinstance(only, cst.Return):
                    found.update(dict.fromkeys(_renamed(unit, node)))
            case _:
                pass
    return list(found)


def _renamed(unit: Unit, node: cst.CSTNode) -> Iterator[str]:
    code, (start, stop) = unit.code(node), unit.spans[node]
    others = [n for n in visible(unit, node, after=True) if n not in ("self", "cls")]
    for name in unit.of(cst.Name):
        if start <= unit.spans[name][0] < stop and (loads(unit, name) or stores(unit, name)):
            at, end = unit.spans[name][0] - start, unit.spans[name][1] - start
            for other in others[-_MOST_NAMES:]:
                if other != name.value:
                    yield code[:at] + other + code[end:]


def begun(unit: Unit) -> list[str]:
    """What the function's variables begin with, and attributes that are let go."""
    found = [
        unit.code(node)
        for node in unit.of(cst.Assign)
        if unit.code(node.value) in _RESETS and isinstance(node.targets[0].target, cst.Name)
    ]
    called = {dotted(node.func) for node in unit.of(cst.Call)}
    chains = dict.fromkeys(dotted(node) for node in unit.of(cst.Attribute))
    let_go = [f"{chain} = None" for chain in chains if chain and chain not in called]
    return list(dict.fromkeys([*found, *let_go[:_MOST_NAMES]]))


def undone(unit: Unit) -> list[str]:
    """What takes back what other statements do."""
    found: dict[str, None] = {}
    for node in unit.nodes:
        match node:
            case cst.Expr(
                value=cst.Call(func=cst.Attribute(value=value, attr=cst.Name(value=verb)), args=[a])
            ):
                found.update(dict.fromkeys(_taken_out(unit.code(value), verb, unit.code(a))))
            case cst.AugAssign(operator=cst.AddAssign()):
                found[unit.code(node).replace("+=", "-=", 1)] = None
            case cst.AssignTarget(target=cst.Subscript() as place):
                found.update(((f"del {unit.code(place)}", None), (f"{unit.code(place)} = 0", None)))
            case _:
                pass
    return list(found)


def _taken_out(holder: str, verb: str, item: str) -> list[str]:
    match verb:
        case "append":
            return [f"{holder}.pop()"]
        case "add":
            return [f"{holder}.remove({item})", f"{holder}.discard({item})"]
        case _:
            return []


def steps(unit: Unit, spot: Spot) -> Iterator[str]:
    """Variables that move by one, change places, or are kept in bounds."""
    function = unit.function(spot.statement)
    local = frozenset[str]() if function is None else frozenset(bindings(unit, function))
    counted = numeric(unit)
    seen = [name for name in reversed(spot.seen) if name in local][:_MOST_NAMES]
    for name in seen:
        yield from (f"{name} += 1", f"{name} -= 1") if name in counted else ()
    for one, other in combinations(reversed(seen), 2):
        if (one in counted) == (other in counted):
            yield f"{one}, {other} = {other}, {one}"
            if one in counted:
                yield from (f"{one} = {bound}({one}, {other})" for bound in ("min", "max"))
