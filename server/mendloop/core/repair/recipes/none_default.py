"""A default that an entry of ``None`` gets past: ``d.get(k) or {}`` for ``d.get(k, {})``."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_DEFAULTS: Final = ("{}", "[]", "''", "0")


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for node in unit.of(cst.Call):
        match node:
            case cst.Call(
                func=cst.Attribute(attr=cst.Name(value="get")),
                args=[cst.Arg(value=key, star=""), cst.Arg(value=default, star="", keyword=None)],
            ):
                got = f"{unit.code(node.func)}({unit.code(key)})"
                yield unit.replace(node, f"({got} or {unit.code(default)})")
            case cst.Call(func=cst.Attribute(attr=cst.Name(value="get")), args=[_]):
                if not isinstance(unit.parents.get(node), cst.BooleanOperation):
                    for place, plain in enumerate(_DEFAULTS):
                        new = f"({unit.code(node)} or {plain})"
                        yield unit.replace(node, new, weight=1.2 + place / 8)
            case _:
                pass


RECIPE = Recipe(
    name="none_default",
    title="a default where an entry is None",
    edits=_edits,
    cost=1.8,
    fits=frozenset({"AttributeError", "TypeError"}),
    examples=(
        Example(
            "def f(d):\n    return d.get('a', {}).get('b')\n",
            "def f(d):\n    return (d.get('a') or {}).get('b')\n",
        ),
        Example(
            "def f(d):\n    return len(d.get('a'))\n",
            "def f(d):\n    return len((d.get('a') or []))\n",
        ),
        Example("def f(d):\n    return d['a']\n", None),
    ),
)
