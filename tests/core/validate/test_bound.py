import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.validate.bound import needed, upper


@pytest.mark.parametrize(
    ("bound", "clean", "one_bad", "two_bad", "clean_at_99"),
    [
        (0.1, 29, 46, 61, 44),
        (0.05, 59, 93, 124, 90),
        (0.02, 149, 236, 313, 228),
        (0.01, 299, 473, 628, 459),
        (0.001, 2995, 4742, 6294, 4603),
    ],
)
def test_the_number_of_calls_agrees_with_published_tables(
    bound: float, clean: int, one_bad: int, two_bad: int, clean_at_99: int
) -> None:
    assert needed(bound) == clean
    assert needed(bound, bad=1) == one_bad
    assert needed(bound, bad=2) == two_bad
    assert needed(bound, alpha=0.01) == clean_at_99


@pytest.mark.parametrize(
    ("bad", "cases", "wanted"),
    [(0, 0, 1.0), (3, 3, 1.0), (0, 59, 0.0495), (1, 10, 0.3942), (5, 100, 0.1023)],
)
def test_the_bound_agrees_with_known_intervals(bad: int, cases: int, wanted: float) -> None:
    assert upper(bad, cases) == pytest.approx(wanted, abs=5e-5)


@given(st.integers(0, 300), st.integers(1, 300))
def test_the_bound_lies_above_the_share_that_was_seen(bad: int, more: int) -> None:
    cases = bad + more
    assert bad / cases < upper(bad, cases) <= 1.0


@given(st.integers(0, 50), st.integers(1, 300))
def test_more_clean_calls_lower_the_bound_and_more_bad_ones_raise_it(bad: int, more: int) -> None:
    cases = bad + more
    assert upper(bad, cases + 1) < upper(bad, cases) <= upper(bad + 1, cases)


@given(st.floats(0.005, 0.5), st.integers(0, 5))
def test_the_needed_number_is_just_enough(bound: float, bad: int) -> None:
    calls = needed(bound, bad=bad)
    assert upper(bad, calls) <= bound < upper(bad, calls - 1)


def test_a_bound_of_everything_needs_nothing() -> None:
    assert needed(1.0) == 0
