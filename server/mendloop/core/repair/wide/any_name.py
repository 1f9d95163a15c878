"""Any variable, attribute, function or method in the place of another of its sort."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.names import is_called, loads, visible
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.unit import Unit

_THEMSELVES: Final = frozenset({"self", "cls"})
_MOST: Final = 24
_FAMILIES: Final = (
    "append appendleft extend extendleft insert add push put",
    "capitalize casefold lower swapcase title upper",
    "center ljust rjust zfill",
    "copy deepcopy",
    "count find index rfind rindex",
    "difference intersection symmetric_difference union update",
    "discard pop popitem popleft remove clear",
    "endswith startswith",
    "findall finditer fullmatch match search split sub",
    "get pop setdefault",
    "group groups groupdict start end span",
    "isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric isspace isupper",
    "isdisjoint issubset issuperset",
    "items keys values most_common elements",
    "lstrip rstrip strip removeprefix removesuffix",
    "partition rpartition rsplit split splitlines",
    "heappop heappush heappushpop heapreplace heapify nlargest nsmallest",
    "bisect bisect_left bisect_right insort insort_left insort_right",
    "ceil floor trunc round int isqrt sqrt",
    "degrees radians",
    "combinations combinations_with_replacement permutations product",
    "accumulate chain islice takewhile dropwhile pairwise",
    "year month day weekday isoweekday hour minute second",
    "days seconds microseconds total_seconds",
    "loads dumps load dump",
    "quote quote_plus unquote unquote_plus urlencode",
    "mean median mode median_low median_high",
    "fmod remainder",
    "abs round int float str repr bool len",
    "all any sum min max",
    "list tuple set frozenset sorted reversed iter dict deque Counter",
    "map filter zip enumerate",
    "sort reverse",
    "ord chr",
    "bin oct hex",
)
_OWN: Final = re.compile(r"\bself\.(\w+)\b(?!\()|^[ \t]+def (\w+)\(self\)", re.MULTILINE)
_KIN: Final = {word: family.split() for family in _FAMILIES for word in family.split()}


def _edits(unit: Unit, _hints: Hints) -> Iterator[Change]:
    outer = [name for name in sorted(unit.module_names) if not name.startswith("__")]
    fields = _fields(unit)
    for node in unit.nodes:
        match node:
            case cst.Name(value=name) if loads(unit, node) and name not in _THEMSELVES:
                yield from _named(unit, node, outer)
            case cst.Attribute(attr=attr):
                others = _KIN.get(attr.value, []) if is_called(unit, node) else fields
                more = [name for name in _methods(unit) if is_called(unit, node)]
                yield from _each(unit, attr, [*others, *more], 1.2)
            case _:
                pass


def _named(unit: Unit, node: cst.Name, outer: Sequence[str]) -> Iterator[Change]:
    name = node.value
    if is_called(unit, node):
        yield from _each(unit, node, [*_KIN.get(name, []), *outer], 1.3)
        return
    seen = [one for one in visible(unit, node) if one not in _THEMSELVES]
    yield from _each(unit, node, [*reversed(seen), *outer], 1.0)


def _each(unit: Unit, node: cst.Name, others: Sequence[str], weight: float) -> Iterator[Change]:
    name = node.value
    near = sorted(
        dict.fromkeys(other for other in others if other != name),
        key=lambda other: -SequenceMatcher(None, name, other, autojunk=False).ratio(),
    )
    for place, other in enumerate(near[:_MOST]):
        yield unit.replace(node, other, weight=weight + place / 10)


def _fields(unit: Unit) -> list[str]:
    """The attributes that the function reads, then those that the file's classes have."""
    found = [node.attr.value for node in unit.of(cst.Attribute) if not is_called(unit, node)]
    around = [*_OWN.findall(unit.head), *_OWN.findall(unit.tail)]
    return list(dict.fromkeys([*found, *(one or other for one, other in around)]))


def _methods(unit: Unit) -> list[str]:
    found = [node.attr.value for node in unit.of(cst.Attribute) if is_called(unit, node)]
    return list(dict.fromkeys(found))


RECIPE = Recipe(
    name="any_name",
    title="any other name in a place",
    edits=_edits,
    cost=1.6,
    examples=(
        Example(
            "def f(s, n):\n    return s.ljust(n)\n",
            "def f(s, n):\n    return s.rjust(n)\n",
        ),
        Example(
            "def one(x):\n    return x\ndef other(x):\n    return -x\n"
            "def f(xs):\n    return max(xs, key=one)\n",
            "def one(x):\n    return x\ndef other(x):\n    return -x\n"
            "def f(xs):\n    return max(xs, key=other)\n",
        ),
        Example("def f(a, b):\n    return a\n", "def f(a, b):\n    return b\n"),
        Example("def f(self):\n    return self\n", None),
    ),
)
