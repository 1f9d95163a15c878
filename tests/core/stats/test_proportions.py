import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.stats.proportions import chance_lower, intervals, lower, lowers

tallies = st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
confidences = st.floats(0.5, 0.999)


def test_the_interval_is_that_of_clopper_and_pearson() -> None:
    low, high = intervals(np.array([4.0, 0.0, 20.0]), np.array([20.0, 20.0, 20.0]))
    assert low == pytest.approx([0.05733, 0.0, 0.83157], abs=1e-5)
    assert high == pytest.approx([0.43661, 0.16843, 1.0], abs=1e-5)


@given(tallies, confidences)
def test_an_interval_encloses_what_was_seen(tally: tuple[int, int], confidence: float) -> None:
    failures, calls = tally
    low, high = intervals(
        np.array([float(failures)]), np.array([float(calls)]), confidence=confidence
    )
    assert 0 <= low[0] <= failures / calls <= high[0] <= 1


@given(tallies, confidences)
def test_one_bound_is_what_many_are(tally: tuple[int, int], confidence: float) -> None:
    failures, calls = tally
    many = lowers(np.array([float(failures)]), np.array([float(calls)]), confidence=confidence)
    assert many[0] == lower(failures, calls, confidence=confidence)


@given(tallies, tallies)
def test_one_of_two_rates_is_the_lower(first: tuple[int, int], second: tuple[int, int]) -> None:
    both = chance_lower(first, second) + chance_lower(second, first)
    assert both == pytest.approx(1, abs=0.01)


def test_clearly_different_rates_are_told_apart() -> None:
    assert chance_lower((0, 100), (40, 100)) > 0.999
    assert chance_lower((5, 100), (5, 100)) == pytest.approx(0.5, abs=0.01)
