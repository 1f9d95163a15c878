"""Serve the case of a key that is not there."""

import re
from collections.abc import Iterator

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.exits import can_guard, constant, guards
from mendloop.core.repair.names import TEXT_METHODS, pure, stores
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit


def _edits(unit: Unit, hints: Hints) -> Iterator[Change]:
    for node in unit.of(cst.Subscript):
        index = _key(node)
        if index is None or (_number(index) and not hints.raised("KeyError")):
            continue
        for change in _cures(unit, node, index):
            yield _weighed(change, unit.code(index), hints)
    for call in unit.of(cst.Call):
        yield from _pop(unit, call)


def _cures(unit: Unit, node: cst.Subscript, index: cst.BaseExpression) -> Iterator[Change]:
    holder, key = unit.code(node.value), unit.code(index)
    if stores(unit, node):
        yield from _assigned(unit, node, holder, key)
        return
    parent = unit.parents.get(node)
    if isinstance(parent, cst.Attribute) and parent.attr.value in ("append", "extend", "add"):
        empty = "set()" if parent.attr.value == "add" else "[]"
        yield unit.replace(node, f"{holder}.setdefault({key}, {empty})", weight=0.8)
    for place, default in enumerate(_defaults(unit, node)):
        given = f", {default}" if default else ""
        yield unit.replace(node, f"{holder}.get({key}{given})", weight=1.0 + place / 10)
    if can_guard(unit, node, methods=TEXT_METHODS):
        condition = f"{unit.atom(index)} not in {holder}"
        yield from guards(unit, node, condition, complaint=f"{key} is missing")


def _assigned(unit: Unit, node: cst.Subscript, holder: str, key: str) -> Iterator[Change]:
    match unit.parents.get(node):
        case cst.AugAssign(operator=operator, value=value) as statement if pure(
            node, methods=TEXT_METHODS
        ):
            sign = unit.code(operator).rstrip("=")
            for default in ("0", "1", '""', "[]"):
                new = f"{holder}[{key}] = {holder}.get({key}, {default}) {sign} {unit.atom(value)}"
                yield unit.replace(statement, new, weight=0.9 if default == "0" else 1.3)
        case cst.Del() as statement:
            yield unit.replace(statement, f"{holder}.pop({key}, None)", weight=0.9)
        case _:
            return


def _pop(unit: Unit, call: cst.Call) -> Iterator[Change]:
    match call:
        case cst.Call(func=cst.Attribute(attr=cst.Name(value="pop")), args=[cst.Arg(value=key)]):
            if not _number(key):
                yield unit.replace(key, f"{unit.code(key)}, None", weight=1.0)
        case _:
            return


def _key(node: cst.Subscript) -> cst.BaseExpression | None:
    match node.slice:
        case [cst.SubscriptElement(slice=cst.Index(value=value, star=None))]:
            return value
        case _:
            return None


def _number(index: cst.BaseExpression) -> bool:
    inner = index.expression if isinstance(index, cst.UnaryOperation) else index
    return isinstance(inner, cst.BaseNumber)


def _defaults(unit: Unit, node: cst.Subscript) -> tuple[str, ...]:
    """What other look-ups of the function fall back on; then what suits the place."""
    near: list[str] = []
    for call in unit.of(cst.Call):
        match call:
            case cst.Call(
                func=cst.Attribute(attr=cst.Name(value="get")), args=[_, cst.Arg(value=default)]
            ) if constant(default):
                near.append(unit.code(default))
            case _:
                pass
    counted = isinstance(unit.parents.get(node), cst.BinaryOperation | cst.AugAssign)
    usual = ("0", "", '""', "[]", "{}") if counted else ("", "0", '""', "[]", "{}")
    return tuple(dict.fromkeys([*near, *usual]))


def _weighed(change: Change, key: str, hints: Hints) -> Change:
    """A key that an error names comes first."""
    named = any(
        error.rpartition(".")[2] == "KeyError" and re.sub(r"['\"]", "", message) == key.strip("'\"")
        for error, message, _ in hints.errors
    )
    return Change(
        splices=change.splices,
        line=change.line,
        description=change.description,
        weight=change.weight * (0.5 if named else 1.0),
    )


RECIPE = Recipe(
    name="missing_key",
    title="serve the case of a key that is not there",
    edits=_edits,
    cost=1.0,
    fits=frozenset({"KeyError"}),
    examples=(
        Example(
            "def f(order):\n    return order['coupon']  # may be absent\n",
            "def f(order):\n    return order.get('coupon')  # may be absent\n",
        ),
        Example(
            "def f(o):\n    a = o.get('x', 7)\n    return a + o['y']\n",
            "def f(o):\n    a = o.get('x', 7)\n    return a + o.get('y', 7)\n",
        ),
        Example(
            "def f(words):\n    n = {}\n    for w in words:\n        n[w] += 1\n    return n\n",
            "def f(words):\n    n = {}\n    for w in words:\n        n[w] = n.get(w, 0) + 1\n"
            "    return n\n",
        ),
        Example(
            "def f(groups, k, v):\n    groups[k].append(v)\n",
            "def f(groups, k, v):\n    groups.setdefault(k, []).append(v)\n",
        ),
        Example("def f(d, k):\n    del d[k]\n", "def f(d, k):\n    d.pop(k, None)\n"),
        Example("def f(d, k):\n    return d.pop(k)\n", "def f(d, k):\n    return d.pop(k, None)\n"),
        Example(
            "def f(d, k):\n    return d[k]\n",
            'def f(d, k):\n    if k not in d:\n        raise ValueError("k is missing")\n'
            "    return d[k]\n",
        ),
        Example(
            "def f(rates, c):\n    return rates[c.lower()]\n",
            "def f(rates, c):\n    if c.lower() not in rates:\n"
            '        raise ValueError("c.lower() is missing")\n    return rates[c.lower()]\n',
        ),
        Example(
            "def f(n, w):\n    n[w.strip().lower()] += 1\n",
            "def f(n, w):\n    n[w.strip().lower()] = n.get(w.strip().lower(), 0) + 1\n",
        ),
        Example("def f(d, k, v):\n    d[k] = v\n", None),
        Example("def f(d):\n    return d[1:2]\n", None),
        Example("def f(d):\n    return d[0]\n", None),
        Example(
            "def f(d):\n    return d[0]\n",
            "def f(d):\n    return d.get(0)\n",
            Hints(errors=(("KeyError", "0", 2),)),
        ),
    ),
)
