import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.stats.proportions import chance_lower, interval, lower, upper

tallies = st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
confidences = st.floats(0.5, 0.999)


@pytest.mark.parametrize(
    ("failures", "calls", "rate"), [(0, 59, 0.05), (1, 93, 0.05), (2, 124, 0.05), (0, 149, 0.02)]
)
def test_the_upper_bound_gives_the_textbook_sample_sizes(
    failures: int, calls: int, rate: float
) -> None:
    assert upper(failures, calls, confidence=0.95) <= rate
    assert upper(failures, calls - 1, confidence=0.95) > rate


def test_the_interval_is_that_of_clopper_and_pearson() -> None:
    found = interval(4, 20)
    assert (found.low, found.high) == pytest.approx((0.05733, 0.43661), abs=1e-5)


@given(tallies, confidences)
def test_the_bounds_enclose_what_was_seen(tally: tuple[int, int], confidence: float) -> None:
    failures, calls = tally
    low = lower(failures, calls, confidence=confidence)
    high = upper(failures, calls, confidence=confidence)
    assert 0 <= low <= failures / calls <= high <= 1


@given(tallies, confidences)
def test_the_bounds_mirror_each_other(tally: tuple[int, int], confidence: float) -> None:
    failures, calls = tally
    mirrored = 1 - upper(calls - failures, calls, confidence=confidence)
    assert lower(failures, calls, confidence=confidence) == pytest.approx(mirrored, abs=1e-9)


@given(tallies, tallies)
def test_one_of_two_rates_is_the_lower(first: tuple[int, int], second: tuple[int, int]) -> None:
    both = chance_lower(first, second) + chance_lower(second, first)
    assert both == pytest.approx(1, abs=0.01)


def test_clearly_different_rates_are_told_apart() -> None:
    assert chance_lower((0, 100), (40, 100)) > 0.999
    assert chance_lower((5, 100), (5, 100)) == pytest.approx(0.5, abs=0.01)
