"""One form of a graph: for all orders of its sets and of its objects, and for no other graph."""

import json
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from mendloop.model import apart
from mendloop.model.settled import settled
from mendloop.model.value import canonical
from tests.model.orders import Chance, called_otherwise

_SHAPES: Any = [["tools/node.py:Node", "links"], ["tools/node.py:Other", "links"]]


def _ref(number: int) -> Any:
    return {"$ref": number}


def _form(objects: list[Any], roots: list[Any], chance: Chance | None = None) -> str:
    if chance is None:
        return canonical(settled([{"$graph": [_SHAPES, objects, root]} for root in roots]))
    return canonical(settled(called_otherwise(_SHAPES, objects, roots, chance)))


@st.composite
def _tables(draw: st.DrawFn) -> tuple[list[Any], list[Any]]:
    """Nodes whose links are mostly sets, one set that they share, and values that refer to them."""
    size = draw(st.integers(2, 6))
    node = st.integers(0, size - 1).map(_ref)
    some = st.lists(node, max_size=3, unique_by=lambda one: one["$ref"])
    pairs = st.lists(st.tuples(node, node).map(lambda two: {"$t": list(two)}), max_size=3)
    frozen = some.map(lambda items: {"$fs": items})
    forms = st.one_of(
        some.map(lambda items: {"$s": items}),
        some.map(lambda items: {"$s": items}),
        frozen,
        some,
        node,
        st.just(_ref(size)),
        pairs.map(
            lambda items: {"$s": [one for n, one in enumerate(items) if one not in items[:n]]}
        ),
        frozen.map(lambda one: {"$s": [one, {"$t": [one]}]}),
    )
    kinds = st.sampled_from([0, 0, 0, 1])
    objects: list[Any] = [[draw(kinds), draw(forms)] for _ in range(size)]
    objects.append(["set", *draw(some)])
    return objects, draw(st.lists(forms, min_size=1, max_size=3))


@given(_tables(), st.randoms(use_true_random=False))
def test_the_form_is_the_same_for_all_orders_of_sets(
    table: tuple[list[Any], list[Any]], chance: Any
) -> None:
    told = _form(*table)

    assert all(_form(*table, chance) == told for _ in range(4))


def _linked(size: int, edges: Any) -> list[Any]:
    links: dict[int, set[int]] = {number: set() for number in range(size)}
    for one, other in edges:
        links[one].add(other)
        links[other].add(one)
    return [[0, {"$s": list(map(_ref, each))}] for each in links.values()]


def _all_of(objects: list[Any]) -> list[Any]:
    return [{"$s": [_ref(number) for number in range(len(objects))]}]


@pytest.mark.parametrize(("size", "relations"), [(1, 2), (2, 10), (3, 104)])
def test_there_are_as_many_forms_as_there_are_relations(size: int, relations: int) -> None:
    """Davis, Proceedings of the American Mathematical Society 4(3), 1953 counts relations."""
    forms: set[str] = set()
    for bits in product([False, True], repeat=size * size):
        rows = [bits[size * row : size * (row + 1)] for row in range(size)]
        objects: list[Any] = [
            [0, {"$s": [_ref(at) for at, linked in enumerate(row) if linked]}] for row in rows
        ]
        forms.add(_form(objects, _all_of(objects)))

    assert len(forms) == relations


def _rook() -> list[Any]:
    cells = combinations(range(16), 2)
    return _linked(16, [(a, b) for a, b in cells if a // 4 == b // 4 or a % 4 == b % 4])


def _shrikhande() -> list[Any]:
    steps = {(0, 1), (0, 3), (1, 0), (3, 0), (1, 1), (3, 3)}
    cells = combinations(range(16), 2)
    return _linked(16, [(a, b) for a, b in cells if ((a // 4 - b // 4) % 4, (a - b) % 4) in steps])


def _ring(size: int, start: int = 0) -> list[tuple[int, int]]:
    return [(start + at, start + (at + 1) % size) for at in range(size)]


def _petersen() -> list[Any]:
    pairs = list(combinations(range(5), 2))
    edges = combinations(range(10), 2)
    return _linked(10, [(a, b) for a, b in edges if not set(pairs[a]) & set(pairs[b])])


_HARD = {
    "a ring": _linked(8, _ring(8)),
    "two rings": _linked(8, [*_ring(4), *_ring(4, 4)]),
    "rings of three and five": _linked(8, [*_ring(3), *_ring(5, 3)]),
    "a cube": _linked(8, [(a, a ^ bit) for a in range(8) for bit in (1, 2, 4)]),
    "all with all": _linked(8, combinations(range(8), 2)),
    "all but the partner": _linked(8, [(a, b) for a, b in combinations(range(8), 2) if b != a ^ 1]),
    "the graph of Petersen": _petersen(),
    "the moves of a rook": _rook(),
    "the graph of Shrikhande": _shrikhande(),
    "nothing": _linked(8, []),
}


def test_graphs_that_refinement_does_not_tell_apart_have_each_its_one_form() -> None:
    forms = {
        name: {_form(objects, _all_of(objects), default_rng(seed)) for seed in range(6)}
        for name, objects in _HARD.items()
    }

    assert {name: len(found) for name, found in forms.items()} == dict.fromkeys(_HARD, 1)
    assert len({form for found in forms.values() for form in found}) == len(_HARD)


def test_beyond_the_bound_a_graph_is_called_different_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rings = {frozenset(edge) for edge in (*_ring(3), *_ring(5, 3))}
    objects = _linked(
        8, [edge for edge in combinations(range(8), 2) if frozenset(edge) not in rings]
    )
    told = _form(objects, _all_of(objects))
    with monkeypatch.context() as patched:
        patched.setattr(apart, "_MOST_WORK", 0)
        forms = {_form(objects, _all_of(objects), default_rng(seed)) for seed in range(12)}

    assert len(forms) > 1
    assert {canonical(settled(json.loads(form))) for form in forms} == {told}


def test_a_set_of_all_and_one_of_them_are_told_by_who_refers_to_it() -> None:
    objects: list[Any] = [[0, None], [0, None], [0, None]]
    roots = [{"$fs": [_ref(0), _ref(1)]}, {"$s": [_ref(2), _ref(1)]}, {"$s": [_ref(0)]}]

    assert len({_form(objects, roots, default_rng(seed)) for seed in range(12)}) == 1
