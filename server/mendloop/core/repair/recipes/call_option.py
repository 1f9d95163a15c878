"""An option that a well-known function was not given: an order, a default, a first number."""

from collections.abc import Collection, Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_ORDERS: Final = (
    "key=len",
    "reverse=True",
    "key=lambda item: item[1]",
    "key=lambda item: item[0]",
    "key=lambda item: -item[1]",
    "key=str.lower",
    "key=abs",
    "key=str",
)
_DEFAULTS: Final = ("0", "None", "[]", "''", "{}", "False", "1")
_OPTIONS: Final[dict[str, tuple[int, tuple[str, ...]]]] = {
    "enumerate": (1, ("1", "start=1")),
    "fromkeys": (1, ("0", "False", "True", "''")),
    "get": (1, _DEFAULTS),
    "getattr": (2, _DEFAULTS),
    "int": (1, ("2", "16", "8")),
    "max": (1, ("default=0", "default=None", *_ORDERS[:1], *_ORDERS[2:])),
    "min": (1, ("default=0", "default=None", *_ORDERS[:1], *_ORDERS[2:])),
    "next": (1, _DEFAULTS),
    "pop": (1, _DEFAULTS),
    "replace": (2, ("1",)),
    "round": (1, ("2", "1", "3")),
    "rsplit": (1, ("1",)),
    "setdefault": (1, ("[]", "0", "{}", "set()")),
    "sort": (0, _ORDERS),
    "sorted": (1, _ORDERS),
    "split": (1, ("1",)),
    "sum": (1, ("[]", "()", "0.0")),
}
"""How many arguments a call has that lacks an option, and what that may be."""
_BARE: Final[dict[str, tuple[str, ...]]] = {
    "pop": ("0", "-1"),
    "split": ("','", "' '", "None, 1", "'\\n'"),
    "splitlines": ("keepends=True",),
    "strip": ("'.'", "'/'", "'\"'", "'0'"),
}
"""What may be given to a method that is called without anything."""


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for node in unit.of(cst.Call):
        if any(arg.star for arg in node.args):
            continue
        given = {arg.keyword.value for arg in node.args if arg.keyword is not None}
        name = _name(node.func)
        wanted, options = _OPTIONS.get(name, (-1, ()))
        if name in _BARE and not node.args:
            options, wanted = _BARE[name], 0
        if len(node.args) - len(given) == wanted:
            lacking = [option for option in options if not given or _lacks(given, option)]
            for place, option in enumerate(lacking):
                yield _with(unit, node, option, 1.0 + place / 6)


def _lacks(given: Collection[str], option: str) -> bool:
    """Whether an option is one by keyword, and none of those given: others cannot follow them."""
    keyword, named, _ = option.partition("=")
    return bool(named) and keyword.isidentifier() and keyword not in given


def _name(function: cst.BaseExpression) -> str:
    match function:
        case cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name)):
            return name
        case _:
            return ""


def _with(unit: Unit, node: cst.Call, option: str, weight: float) -> Change:
    inner = unit.code(node)[:-1].rstrip().removesuffix(",")
    values = [arg.value for arg in node.args]
    if len(values) == 1 and isinstance(values[0], cst.GeneratorExp) and not values[0].lpar:
        start = unit.spans[values[0]][0] - unit.spans[node][0]
        inner = f"{inner[:start]}({inner[start:]})"
    return unit.replace(node, f"{inner}{', ' if values else ''}{option})", weight=weight)


RECIPE = Recipe(
    name="call_option",
    title="an option that a call was not given",
    edits=_edits,
    cost=2.2,
    examples=(
        Example(
            "def f(words):\n    return sorted(words)\n",
            "def f(words):\n    return sorted(words, key=len)\n",
        ),
        Example(
            "def f(d, k):\n    return d.get(k) + 1\n", "def f(d, k):\n    return d.get(k, 0) + 1\n"
        ),
        Example(
            "def f(xs):\n    return max(x for x in xs)\n",
            "def f(xs):\n    return max((x for x in xs), default=0)\n",
        ),
        Example(
            "def f(words):\n    return sorted(words, key=len)\n",
            "def f(words):\n    return sorted(words, key=len, reverse=True)\n",
        ),
        Example(
            "def f(words):\n    return max(words, key=len)\n",
            "def f(words):\n    return max(words, key=len, default=0)\n",
        ),
        Example("def f(xs):\n    return list(enumerate(xs, start=1))\n", None),
        Example("def f(q):\n    return q.pop()\n", "def f(q):\n    return q.pop(0)\n"),
        Example("def f(xs, x):\n    return g(max(xs, x), key=1)\n", None),
    ),
)
