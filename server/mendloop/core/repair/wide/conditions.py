"""The conditions that can be asked at a place: the function's own, and what its variables say."""

from collections.abc import Iterator, Sequence
from itertools import combinations, zip_longest
from typing import Final

import libcst as cst

from mendloop.core.repair.names import dotted, is_called, loads, visible
from mendloop.core.repair.sorts import numeric
from mendloop.core.repair.unit import Unit

_MOST_NAMES: Final = 10
_MOST: Final = 110
_MOST_CHAINS: Final = 6
_SIGNS: Final = ("==", "!=", "<", ">", "<=", ">=")
_ASKS: Final = ("is", "has", "startswith", "endswith")
_THEMSELVES: Final = frozenset({"self", "cls"})
_ALWAYS: Final = frozenset({"self", "len"})


class Conditions:
    """What one function can ask; looked through once, for all places."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        every = dict.fromkeys([*_own(unit), *_renamed(unit)])
        called = {dotted(node.func) for node in unit.of(cst.Call)}
        chains = dict.fromkeys(dotted(node) for node in unit.of(cst.Attribute))
        self._chains = [chain for chain in chains if chain and chain not in called]
        self._own = [(code, frozenset(_variables(code))) for code in every]

    def at(self, where: cst.CSTNode, more: Sequence[str] = ()) -> list[str]:
        """A bounded number of conditions for a place, the likelier first.

        Args:
            where: The place; what is named there comes first.
            more: Variables besides those that the place can see.
        """
        unit = self._unit
        seen = [*more, *(n for n in reversed(visible(unit, where)) if n not in _THEMSELVES)]
        asked = {node.value for node in unit.of(cst.Name) if within(unit, node, where)}
        near = sorted(dict.fromkeys(seen), key=lambda name: name not in asked)[:_MOST_NAMES]
        reach = {*seen, *unit.module_names, *_ALWAYS}
        here = unit.code(where)
        chains = [chain for chain in self._chains if chain.partition(".")[0] in reach]
        chains.sort(key=lambda chain: chain not in here)
        sorts = (
            (code for code, needs in self._own if needs <= reach),
            _of_chains(chains[:_MOST_CHAINS]),
            _of_two(near, numeric(unit)),
            _of_one(near, numeric(unit)),
        )
        found = dict.fromkeys(one for few in zip_longest(*sorts) for one in few if one)
        return list(found)[:_MOST]


def _of_chains(chains: Sequence[str]) -> Iterator[str]:
    for chain in chains:
        yield from (f"{chain} is not None", f"{chain} is None", chain, f"not {chain}")


def _of_one(names: Sequence[str], counted: frozenset[str]) -> Iterator[str]:
    for name in names:
        if name in counted:
            yield from (name, f"not {name}")
            yield from (f"{name} {sign} {bound}" for bound in ("0", "1") for sign in _SIGNS)
        else:
            yield from (name, f"not {name}", f"len({name}) > 1")
            yield from (f"{name} is None", f"{name} is not None")


def _of_two(names: Sequence[str], counted: frozenset[str]) -> Iterator[str]:
    pairs = list(combinations(names, 2))
    alike = [pair for pair in pairs if (pair[0] in counted) == (pair[1] in counted)]
    for sign in _SIGNS:
        yield from (f"{one} {sign} {other}" for one, other in alike)
    for one, other in pairs:
        for item, holder in ((one, other), (other, one)):
            if holder not in counted:
                yield from (f"{item} in {holder}", f"{item} not in {holder}")


def _own(unit: Unit) -> Iterator[str]:
    """The comparisons and checks of the function."""
    for node in unit.nodes:
        match node:
            case cst.Comparison() | cst.UnaryOperation(operator=cst.Not()):
                yield unit.code(node)
            case cst.Call(func=cst.Attribute(attr=cst.Name(value=name)), args=([] | [_])):
                if name.startswith(_ASKS):
                    yield unit.code(node)
            case _:
                pass


def _renamed(unit: Unit) -> Iterator[str]:
    """Each comparison with one variable for another."""
    for node in unit.of(cst.Comparison):
        start, code = unit.spans[node][0], unit.code(node)
        for name in unit.of(cst.Name):
            if within(unit, name, node) and loads(unit, name) and not is_called(unit, name):
                at, stop = (place - start for place in unit.spans[name])
                for other in visible(unit, node)[-_MOST_NAMES:]:
                    if other not in (*_THEMSELVES, name.value):
                        yield code[:at] + other + code[stop:]


def within(unit: Unit, node: cst.CSTNode, around: cst.CSTNode) -> bool:
    """Whether a node stands in another one."""
    start, stop = unit.spans[around]
    return start <= unit.spans[node][0] < stop


def _variables(code: str) -> Iterator[str]:
    """The variables of a condition: no attribute, no keyword, nothing in quotes."""
    waiting: list[cst.CSTNode] = [cst.parse_expression(code)]
    while waiting:
        match waiting.pop():
            case cst.Name(value=name):
                yield name
            case cst.Attribute(value=value) | cst.Arg(value=value):
                waiting.append(value)
            case other:
                waiting.extend(other.children)
