import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.validate.compare import same
from mendloop.model.value import Encoded
from tests.core.values import encoded


@given(encoded, encoded, encoded)
def test_without_a_tolerance_it_is_an_equivalence(
    one: Encoded, two: Encoded, three: Encoded
) -> None:
    assert same(one, one)
    assert same(one, two) == same(two, one)
    if same(one, two) and same(two, three):
        assert same(one, three)


@given(encoded, encoded, st.floats(1e-12, 0.1))
def test_a_tolerance_is_even_handed_and_only_ever_kinder(
    one: Encoded, two: Encoded, tolerance: float
) -> None:
    assert same(one, two, tolerance=tolerance) == same(two, one, tolerance=tolerance)
    assert same(one, two, tolerance=tolerance) or not same(one, two)


@given(st.floats(1.0, 1e6), st.floats(-1e-7, 1e-7))
def test_floats_within_the_tolerance_are_equal_wherever_they_stand(
    number: float, off: float
) -> None:
    near = number * (1 + off)
    for left, right in (
        (number, near),
        ([number, 1], [near, 1]),
        ({"a": {"$t": [number]}}, {"a": {"$t": [near]}}),
        ({"$s": [number, "x"]}, {"$s": ["x", near]}),
        ({"$c": [repr(number), "0"]}, {"$c": [repr(near), "0"]}),
    ):
        assert same(left, right, tolerance=1e-6)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, 1.0),
        (True, 1),
        (0, False),
        ("1.0", "1.00001"),
        (1, 2),
        (None, 0.0),
        ([1.0], {"$t": [1.0]}),
        ([1.0], [1.0, 1.0]),
        ({"a": 1.0}, {"b": 1.0}),
        ({"$decimal": "1.0"}, {"$decimal": "1.00001"}),
        ({"$s": [1.0, 1.00001]}, {"$s": [1.0, 2.0]}),
        ({"$s": [1.0]}, {"$s": [1.0, 2.0]}),
        ({"$f": "nan"}, {"$f": "inf"}),
        ({"$c": ["x", "1"]}, {"$c": ["y", "1"]}),
        (1.0, 1.2),
    ],
)
def test_nothing_else_becomes_equal_by_a_tolerance(left: Encoded, right: Encoded) -> None:
    assert not same(left, right, tolerance=0.01)


def test_nan_equals_itself() -> None:
    assert same({"$f": "nan"}, {"$f": "nan"})


def test_dicts_that_are_kept_as_pairs_are_equal_in_any_order() -> None:
    left: Encoded = [{"$d": [[1, {"$d": [[2, 3], [4, 5]]}], [{"$t": [1]}, "b"]]}]
    right: Encoded = [{"$d": [[{"$t": [1]}, "b"], [1, {"$d": [[4, 5], [2, 3]]}]]}]
    other: Encoded = [{"$d": [[{"$t": [1]}, "b"], [1, {"$d": [[4, 5], [2, 6]]}]]}]
    assert same(left, right)
    assert not same(left, other)
