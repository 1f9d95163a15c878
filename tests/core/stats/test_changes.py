import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.stats.changes import improved, ladder, worsened

SHARE = 0.25


def calls(*stretches: tuple[int, int]) -> list[bool]:
    """Stretches of (length, one failure in so many; 0 for none)."""
    return [every > 0 and n % every == 0 for length, every in stretches for n in range(length)]


def test_a_jump_is_found_where_it_is() -> None:
    change = worsened(calls((300, 50), (100, 4)), share=SHARE)
    assert change.probability > 0.999
    assert change.start == pytest.approx(300, abs=8)


def test_a_recovery_is_a_change_for_the_better_only() -> None:
    failed = calls((300, 3), (100, 0))
    assert improved(failed, share=SHARE).probability > 0.999
    assert improved(failed, share=SHARE).start == pytest.approx(299, abs=4)
    assert worsened(failed, share=SHARE).probability < 0.05


@pytest.mark.parametrize("every", [0, 1, 2, 3, 10, 50])
def test_a_constant_rate_is_no_change(every: int) -> None:
    failed = calls((400, every))
    assert worsened(failed, share=SHARE).probability < 0.2
    assert improved(failed, share=SHARE).probability < 0.2


def test_a_burst_counts_for_less_than_as_many_scattered_failures() -> None:
    rng = np.random.default_rng(5)
    quiet = [False] * 300
    scattered = list(map(bool, rng.random(60) < 0.15))
    burst = [False] * 25 + [True] * sum(scattered) + [False] * (35 - sum(scattered))
    assert (
        worsened(quiet + scattered, share=SHARE).probability
        > worsened(quiet + burst, share=SHARE).probability
    )


@given(st.lists(st.booleans(), max_size=17))
def test_too_few_calls_are_never_a_change(failed: list[bool]) -> None:
    assert worsened(failed, share=SHARE).probability == 0


@given(st.lists(st.booleans(), max_size=200), st.floats(0.05, 0.5))
def test_a_probability_is_one_and_a_start_is_a_call(failed: list[bool], share: float) -> None:
    for change in (worsened(failed, share=share), improved(failed, share=share)):
        assert 0 <= change.probability <= 1
        assert 0 <= change.start <= max(len(failed) - 6, 0)


@given(st.integers(0, 100_000), st.floats(0.01, 0.99))
def test_the_ladder_leaves_enough_calls_on_both_sides(number: int, share: float) -> None:
    for length in ladder(number, share):
        assert 6 <= length <= number - 12
