"""The function or method that is mistaken for another: any and all, min and max, and so on."""

from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_FUNCTIONS: Final[dict[str, tuple[str, ...]]] = {
    "all": ("any",),
    "any": ("all",),
    "bytes": ("bytearray",),
    "enumerate": ("list",),
    "float": ("int", "round"),
    "int": ("float", "round"),
    "isinstance": ("issubclass",),
    "len": ("sum", "max"),
    "list": ("tuple", "set", "sorted"),
    "max": ("min", "sum"),
    "min": ("max", "sum"),
    "reversed": ("list", "sorted"),
    "round": ("int", "float"),
    "set": ("list", "sorted"),
    "sorted": ("list", "reversed"),
    "str": ("repr",),
    "sum": ("max", "len"),
    "tuple": ("list",),
    "zip": ("zip_longest",),
}
_METHODS: Final[dict[str, tuple[str, ...]]] = {
    "add": ("discard", "remove"),
    "append": ("extend", "appendleft"),
    "appendleft": ("append",),
    "ceil": ("floor", "trunc"),
    "days": ("seconds",),
    "difference": ("intersection", "symmetric_difference", "union"),
    "discard": ("remove", "add"),
    "endswith": ("startswith",),
    "extend": ("append",),
    "find": ("rfind", "index"),
    "findall": ("search",),
    "floor": ("ceil",),
    "fromkeys": ("keys",),
    "heappop": ("heappushpop",),
    "index": ("find", "rindex"),
    "intersection": ("union", "difference"),
    "isalpha": ("isalnum",),
    "isdigit": ("isnumeric", "isalnum"),
    "issubset": ("issuperset",),
    "issuperset": ("issubset",),
    "items": ("keys", "values"),
    "keys": ("values", "items"),
    "lower": ("upper", "casefold"),
    "lstrip": ("rstrip", "strip", "removeprefix"),
    "match": ("search", "fullmatch"),
    "maketrans": ("translate",),
    "partition": ("rpartition",),
    "pop": ("popleft", "get"),
    "popleft": ("pop",),
    "remove": ("discard",),
    "rfind": ("find",),
    "rpartition": ("partition",),
    "rsplit": ("split",),
    "rstrip": ("lstrip", "strip", "removesuffix"),
    "search": ("match", "fullmatch", "findall"),
    "seconds": ("total_seconds()",),
    "split": ("rsplit", "splitlines"),
    "startswith": ("endswith",),
    "strip": ("lstrip", "rstrip"),
    "title": ("capitalize",),
    "trunc": ("floor", "ceil"),
    "union": ("intersection", "difference"),
    "update": ("setdefault",),
    "upper": ("lower",),
    "values": ("keys", "items"),
}


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    for node in unit.nodes:
        match node:
            case cst.Call(func=cst.Name(value=name) as function) if name in _FUNCTIONS:
                yield from _others(unit, function, _FUNCTIONS[name])
            case cst.Attribute(attr=cst.Name(value=name) as method) if name in _METHODS:
                called = isinstance(unit.parents.get(node), cst.Call)
                if called or name in ("days", "seconds"):
                    yield from _others(unit, method, _METHODS[name])
            case _:
                pass


def _others(unit: Unit, node: cst.Name, names: tuple[str, ...]) -> Iterator[Change]:
    for place, name in enumerate(names):
        yield unit.replace(node, name, weight=1.0 + place / 2)


RECIPE = Recipe(
    name="similar_call",
    title="call the function that is easily mistaken for this one",
    edits=_edits,
    cost=1.4,
    examples=(
        Example("def f(xs):\n    return any(xs)\n", "def f(xs):\n    return all(xs)\n"),
        Example(
            "def f(xs, x):\n    xs.append(x)\n    return xs\n",
            "def f(xs, x):\n    xs.extend(x)\n    return xs\n",
        ),
        Example("def f(d):\n    return d.seconds\n", "def f(d):\n    return d.total_seconds()\n"),
        Example("def f(s):\n    return s.strip\n", None),
        Example("def f(s):\n    return g(s)\n", None),
    ),
)
