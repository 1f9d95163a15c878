"""A variable that some ways through the function never set: a value for it at the beginning."""

import re
from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.names import bindings, parameters
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.spots import documents
from mendloop.core.repair.unit import Unit

_UNBOUND: Final = re.compile(r"variable '(\w+)'")
_QUOTED: Final = re.compile(r"['\"`](\w{1,30})['\"`]")
_PLAIN: Final = ("None", "0", "''", "[]", "{}", "False", "1", "True", "set()")
_MOST: Final = 12
_SHORT: Final = 30


def _edits(unit: Unit, hints: Hints) -> Iterator[Change]:
    names = list(dict.fromkeys(_UNBOUND.findall(hints.messages())))
    for function in unit.of(cst.FunctionDef):
        if not isinstance(function.body, cst.IndentedBlock):
            continue
        local = [n for n in names if n in bindings(unit, function)]
        first = next((one for one in function.body.body if not documents(one)), None)
        if first is None:
            continue
        for name in local:
            if name not in parameters(function):
                for place, value in enumerate(_values(unit)):
                    change = unit.before(first, [f"{name} = {value}"], weight=1.0 + place / 10)
                    if change is not None:
                        yield change


def _values(unit: Unit) -> list[str]:
    """Plain values, texts of the function, and words that its documentation has in quotes."""
    texts = [node.value for node in unit.of(cst.SimpleString)]
    short = [text for text in texts if len(text) < _SHORT and "\n" not in text]
    told = [repr(word) for text in texts if text not in short for word in _QUOTED.findall(text)]
    return list(dict.fromkeys([*_PLAIN, *told[:_MOST], *short[:_MOST]]))


RECIPE = Recipe(
    name="unbound_name",
    title="a value for a variable that is not always set",
    edits=_edits,
    cost=1.0,
    fits=frozenset({"UnboundLocalError", "NameError"}),
    examples=(
        Example(
            "def f(xs):\n    for x in xs:\n        last = x\n    return last\n",
            "def f(xs):\n    last = None\n    for x in xs:\n        last = x\n    return last\n",
            Hints(
                errors=(
                    (
                        "UnboundLocalError",
                        "cannot access local variable 'last' where it has no value",
                        4,
                    ),
                )
            ),
        ),
        Example("def f(xs):\n    for x in xs:\n        last = x\n    return last\n", None),
    ),
)
