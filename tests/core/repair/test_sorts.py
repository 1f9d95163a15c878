import pytest

from mendloop.core.repair.generate import units
from mendloop.core.repair.names import visible
from mendloop.core.repair.recipe import Hints
from mendloop.core.repair.sorts import numeric
from mendloop.core.repair.spots import spots
from mendloop.core.repair.unit import Unit


def unit_of(source: str) -> Unit:
    return next(unit for unit, _ in units(source, "f", Hints()))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return a - b", {"a", "b"}),
        ("return a + 1", {"a"}),
        ("return a + b", set[str]()),
        ("return a[b:]", {"b"}),
        ("return a[0] if a > 1 else b", set[str]()),
        ("return [c for c in range(a)]", {"a"}),
        ("a = []; a *= 2; return b", set[str]()),
        ("return len(a) * a", set[str]()),
    ],
)
def test_numbers_are_told_by_what_is_done_with_them(body: str, expected: set[str]) -> None:
    assert numeric(unit_of(f"def f(a, b):\n    {body}\n")) == expected


def test_a_name_is_not_seen_in_the_value_that_it_is_first_given() -> None:
    unit = unit_of("def f(a):\n    b, c = g(a)\n    for d in h(b):\n        g(d)\n")
    calls = {unit.code(node): node for node in unit.nodes if unit.code(node).endswith(")")}
    assert visible(unit, calls["g(a)"]) == ("a",)
    assert visible(unit, calls["h(b)"]) == ("a", "b", "c")
    assert visible(unit, calls["g(d)"]) == ("a", "b", "c", "d")


def test_places_beside_suspect_lines_come_first() -> None:
    unit = unit_of("def f(a):\n    'Doc.'\n    g(a)\n    h(a)\n    return a\n")
    every = [unit.line(spot.statement) for spot in spots(unit, Hints())]
    assert every == [3, 4, 5]
    suspected = spots(unit, Hints(suspects=(5, 4)))
    assert [unit.line(spot.statement) for spot in suspected] == [4, 5, 3]
