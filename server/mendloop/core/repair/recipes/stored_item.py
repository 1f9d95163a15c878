"""What is forgotten to be stored: an item, an attribute, the next link; or to be taken out."""

from collections.abc import Iterator, Sequence
from typing import Final

import libcst as cst

from mendloop.core.repair.change import Change
from mendloop.core.repair.effects import CONTAINER_METHODS
from mendloop.core.repair.names import dotted, is_called, loads, names_in, pure
from mendloop.core.repair.recipe import Example, Hints, Recipe
from mendloop.core.repair.spots import spots
from mendloop.core.repair.unit import Unit

_MOST_NAMES: Final = 5
_MOST_KEYS: Final = 5
_MOST_HOLDERS: Final = 4
_EMPTY: Final = frozenset({"{}", "dict()", "[]", "list()", "set()"})
_SIGNS: Final = ("+=", "-=")
_Line = tuple[str, float]


def _edits(unit: Unit, hints: Hints) -> Iterator[Change]:
    keyed, holders, chains = _keyed(unit), _holders(unit), _chains(unit)
    for spot in spots(unit, hints):
        seen = spot.seen
        nearest = seen[: -_MOST_NAMES - 1 : -1]
        around = {*seen, "self", "cls"}
        lines = [
            *_items(keyed, nearest, around),
            *_links(chains, nearest, around),
            *_taken_out(holders, nearest, around),
        ]
        for line, weight in lines:
            change = spot.put([line], weight=weight)
            if change is not None:
                yield change


def _keyed(unit: Unit) -> dict[str, list[cst.BaseExpression]]:
    """What has items, with the keys and places by which the function asks for them."""
    found: dict[str, list[cst.BaseExpression]] = {}
    for node in unit.nodes:
        match node:
            case cst.Subscript(
                value=value, slice=[cst.SubscriptElement(slice=cst.Index(value=key))]
            ) if dotted(value):
                found.setdefault(dotted(value), []).append(key)
            case cst.Assign(targets=[cst.AssignTarget(target=target)], value=value) if unit.code(
                value
            ) in _EMPTY and dotted(target):
                found.setdefault(dotted(target), [])
            case cst.Comparison(
                comparisons=[cst.ComparisonTarget(cst.In() | cst.NotIn(), comparator=value)]
            ) if dotted(value):
                found.setdefault(dotted(value), []).append(node.left)
            case _:
                pass
    return {
        holder: list({unit.code(key): key for key in keys if pure(key)}.values())
        for holder, keys in list(found.items())[:_MOST_HOLDERS]
    }


def _holders(unit: Unit) -> list[str]:
    """What something is put in or taken out of, or looked for in."""
    found: dict[str, None] = dict.fromkeys(_keyed(unit))
    for node in unit.of(cst.Call):
        match node.func:
            case cst.Attribute(value=value, attr=cst.Name(value=name)):
                if name in CONTAINER_METHODS and dotted(value):
                    found[dotted(value)] = None
            case _:
                pass
    return list(found)[:_MOST_HOLDERS]


def _chains(unit: Unit) -> list[str]:
    """Attributes of variables, as the function has them: ``self.total``, ``node.next``."""
    return list(
        dict.fromkeys(
            unit.code(node)
            for node in unit.of(cst.Attribute)
            if isinstance(node.value, cst.Name)
            and loads(unit, node.value)
            and not is_called(unit, node)
        )
    )[:_MOST_KEYS]


def _items(
    keyed: dict[str, list[cst.BaseExpression]], nearest: Sequence[str], around: set[str]
) -> Iterator[_Line]:
    """An item set to a variable, or to another item of the same; counted up; or given back."""
    for rank, (holder, every) in enumerate(keyed.items()):
        if holder.partition(".")[0] not in around:
            continue
        own = [_code(key) for key in every if set(names_in(key)) <= around][:_MOST_KEYS]
        names = [name for name in nearest if name != holder]
        for place, key in enumerate(dict.fromkeys([*own, *names])):
            weight = 1.1 + rank / 8 + place / 10
            for more, value in enumerate(name for name in names if name != key):
                yield f"{holder}[{key}] = {value}", weight + more / 8
            for more, other in enumerate(other for other in own if other != key and key in own):
                yield f"{holder}[{key}] = {holder}[{other}]", weight + 0.3 + more / 8
            for more, step in enumerate(("1", *[name for name in names if name != key][:2])):
                for further, sign in enumerate(_SIGNS):
                    yield f"{holder}[{key}] {sign} {step}", weight + 0.4 + more / 6 + further / 12


def _links(chains: Sequence[str], nearest: Sequence[str], around: set[str]) -> Iterator[_Line]:
    """A variable that goes on to what it is linked to, or an attribute that is set or moved."""
    for rank, chain in enumerate(chains):
        base = chain.partition(".")[0]
        if base not in around:
            continue
        if base not in ("self", "cls"):
            yield f"{base} = {chain}", 1.0 + rank / 8
        for place, name in enumerate(name for name in nearest if name != base):
            yield f"{chain} = {name}", 1.2 + rank / 8 + place / 8
            yield f"{name} = {chain}", 1.4 + rank / 8 + place / 8
            for more, sign in enumerate(_SIGNS):
                yield f"{chain} {sign} {name}", 1.2 + rank / 8 + place / 8 + more / 16
        for more, sign in enumerate(_SIGNS):
            yield f"{chain} {sign} 1", 1.3 + rank / 8 + more / 16


def _taken_out(holders: Sequence[str], nearest: Sequence[str], around: set[str]) -> Iterator[_Line]:
    for rank, holder in enumerate(holders):
        if holder.partition(".")[0] not in around:
            continue
        for place, name in enumerate(name for name in nearest if name != holder):
            for more, method in enumerate(("remove", "discard")):
                yield f"{holder}.{method}({name})", 1.3 + rank / 8 + place / 8 + more / 16
        for more, call in enumerate(("pop()", "pop(0)", "popleft()", "sort()", "reverse()")):
            yield f"{holder}.{call}", 1.5 + rank / 8 + more / 16


def _code(node: cst.BaseExpression) -> str:
    return cst.Module(body=()).code_for_node(node)


RECIPE = Recipe(
    name="stored_item",
    title="store or take out what was forgotten",
    edits=_edits,
    cost=2.4,
    examples=(
        Example(
            "def f(xs):\n    seen = {}\n    for i, x in enumerate(xs):\n        if x in seen:\n"
            "            return seen[x]\n",
            "def f(xs):\n    seen = {}\n    for i, x in enumerate(xs):\n        if x in seen:\n"
            "            return seen[x]\n        seen[x] = i\n",
        ),
        Example(
            "def f(node):\n    n = 0\n    while node.next:\n        n += 1\n    return n\n",
            "def f(node):\n    n = 0\n    while node.next:\n        n += 1\n"
            "        node = node.next\n    return n\n",
        ),
        Example(
            "class A:\n    def f(self, x):\n        if x < self.top:\n            g(x)\n",
            "class A:\n    def f(self, x):\n        if x < self.top:\n            g(x)\n"
            "            self.top = x\n",
        ),
        Example(
            "def f(order, key):\n    if key in order:\n        g()\n    order.append(key)\n",
            "def f(order, key):\n    if key in order:\n        g()\n        order.remove(key)\n"
            "    order.append(key)\n",
        ),
        Example("def f(a, b):\n    return a + b\n", None),
    ),
)
