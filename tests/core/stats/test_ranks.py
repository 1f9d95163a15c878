import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.stats.ranks import mann_whitney, slowed

times = st.floats(1e-6, 1e3)
samples = st.lists(times, min_size=1, max_size=30)


def test_the_score_is_corrected_for_ties() -> None:
    # U = 7.5 of 9, mean 4.5, variance 9/12 (7 - 6/30) = 5.1
    assert mann_whitney([1, 2, 3], [2, 4, 5]) == pytest.approx(3 / 5.1**0.5)


def test_equal_samples_score_nothing() -> None:
    assert mann_whitney([1, 1, 1], [1, 1]) == 0


@given(samples, samples)
def test_the_score_changes_its_sign_with_the_sides(first: list[float], second: list[float]) -> None:
    assert mann_whitney(first, second) == pytest.approx(-mann_whitney(second, first), abs=1e-6)


@given(samples, samples)
def test_the_score_sees_the_order_only(first: list[float], second: list[float]) -> None:
    def doubled(sample: list[float]) -> list[float]:
        return [2 * each for each in sample]

    after = mann_whitney(doubled(first), doubled(second))
    assert mann_whitney(first, second) == pytest.approx(after, abs=1e-9)


def test_a_slowing_down_is_found_where_it_is() -> None:
    rng = np.random.default_rng(3)
    seconds = rng.lognormal(-3, 0.3, 400)
    seconds[300:] *= 2
    found = slowed(list(seconds), share=0.25)
    assert found.probability > 0.999
    assert found.start == pytest.approx(300, abs=10)
    assert found.after / found.before == pytest.approx(2, rel=0.15)


def test_one_call_that_hung_is_no_slowing_down() -> None:
    seconds = [0.01, 0.012, 0.011, 0.013] * 50
    assert slowed([*seconds[:-1], 60.0], share=0.25).probability < 0.2


def test_a_slow_tenth_is_found() -> None:
    rng = np.random.default_rng(4)
    seconds = rng.lognormal(-3, 0.2, 1200)
    late = np.arange(900, 1200)
    seconds[late[rng.random(300) < 0.25]] *= 8
    found = slowed(list(seconds), share=0.25)
    assert found.probability > 0.99
    assert found.tail_after > 2 * found.tail_before


def test_a_daily_cycle_is_no_slowing_down() -> None:
    rng = np.random.default_rng(6)
    hours = np.linspace(0, 7 * 24, 700)
    seconds = rng.lognormal(-3, 0.2, 700) * (1.5 + np.sin(hours * 2 * np.pi / 24))
    assert slowed(list(seconds), share=0.25).probability < 0.9


@given(st.lists(times, max_size=120))
def test_any_times_can_be_compared(seconds: list[float]) -> None:
    found = slowed(seconds, share=0.25)
    assert 0 <= found.probability <= 1
    assert 0 <= found.start <= len(seconds)
