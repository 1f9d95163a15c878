"""One more kind of error caught where another is: the way out is there already."""

import builtins
from collections.abc import Iterator
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_ERRORS: Final = frozenset(
    name
    for name, one in vars(builtins).items()
    if isinstance(one, type) and issubclass(one, Exception) and one is not Exception
)


def _edits(unit: Unit, hints: Hints) -> Iterator[Change]:
    raised = dict.fromkeys(kind.rpartition(".")[2] for kind, _, _ in hints.errors)
    known = [kind for kind in raised if kind in _ERRORS]
    for node in unit.of(cst.ExceptHandler):
        match node.type:
            case cst.Name(value=name):
                caught = [name]
            case cst.Tuple(elements=elements):
                caught = [unit.code(one.value) for one in elements]
            case _:
                continue
        more = [kind for kind in known if kind not in caught]
        for some in dict.fromkeys([*((kind,) for kind in more), tuple(more)]):
            if some:
                new = f"({', '.join([*caught, *some])})"
                yield unit.replace(node.type, new, weight=0.8 + len(some) / 5)


RECIPE = Recipe(
    name="more_caught",
    title="catch one more kind of error",
    edits=_edits,
    cost=1.6,
    examples=(
        Example(
            "def f(d, k):\n    try:\n        return d[k]\n    except KeyError:\n        return 0\n",
            "def f(d, k):\n    try:\n        return d[k]\n    except (KeyError, IndexError):\n"
            "        return 0\n",
            Hints(errors=(("IndexError", "list index out of range", 3),)),
        ),
        Example(
            "def f(d, k):\n    try:\n        return d[k]\n    except KeyError:\n        return 0\n",
            None,
        ),
    ),
)
