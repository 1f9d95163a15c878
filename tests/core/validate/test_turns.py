import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.validate.evidence import JudgeRule
from mendloop.core.validate.measured import Pace
from mendloop.core.validate.pace import ALPHA, decided, pace_check
from mendloop.core.validate.turns import ratio
from mendloop.model.report import Verdict

RULE = JudgeRule(regression_bound=0.05, slower_factor=2.0)
seconds = st.lists(st.tuples(st.floats(1e-4, 10), st.floats(1e-4, 10)), min_size=1, max_size=12)


def pace(before: list[float], after: list[float]) -> Pace:
    return Pace(calls=3, before=tuple(before), after=tuple(after))


def test_the_interval_is_the_one_of_the_textbook() -> None:
    # Hollander, Wolfe and Chicken, example 3.3: nine differences, 96 % from the 6th to the 40th of
    # the 45 means; here as logarithms
    shifts = [-0.952, 0.147, -1.022, -0.430, -0.620, -0.590, -0.490, 0.080, -0.010]
    found = ratio([1.0] * 9, [float(np.exp(one)) for one in shifts], alpha=0.02)
    assert np.log(found.estimate) == pytest.approx(-0.46, abs=0.005)
    assert np.log([found.low, found.high]) == pytest.approx([-0.786, -0.01], abs=0.005)


@given(seconds)
def test_the_bounds_hold_the_estimate_and_turn_round_with_the_versions(
    pairs: list[tuple[float, float]],
) -> None:
    before, after = [one for one, _ in pairs], [other for _, other in pairs]
    found, turned = ratio(before, after, alpha=0.05), ratio(after, before, alpha=0.05)
    assert found.low <= found.estimate * (1 + 1e-9)
    assert found.estimate <= found.high * (1 + 1e-9)
    assert found.estimate * turned.estimate == pytest.approx(1.0)
    if found.low:
        assert found.low * turned.high == pytest.approx(1.0)


def test_so_few_turns_that_nothing_is_sure_bound_nothing() -> None:
    found = ratio([1.0] * 7, [9.0] * 7, alpha=ALPHA)
    assert (found.low, found.high) == (0.0, float("inf"))
    assert ratio([1.0] * 8, [9.0] * 8, alpha=ALPHA).low == pytest.approx(9.0)


def simulated(random: np.random.Generator, factor: float) -> Verdict:
    """Up to three looks at turns on a machine with noise, bursts and drift."""
    turns = 32
    drift = np.exp(np.cumsum(random.normal(0, 0.05, 2 * turns)))
    noise = np.exp(random.normal(0, 0.2, 2 * turns)) * drift
    noise *= np.where(random.random(2 * turns) < 0.1, random.uniform(1, 8, 2 * turns), 1.0)
    first = np.where(np.arange(turns) % 2 == 0, 0, 1)
    at = 2 * np.arange(turns)
    taken = Pace()
    before, after = noise[at + first], factor * noise[at + 1 - first]
    for looked in (8, 16, 32):
        taken = pace(list(before[:looked]), list(after[:looked]))
        if decided(taken, RULE):
            break
    return pace_check(taken, RULE).verdict


@pytest.mark.parametrize(
    ("factor", "failed", "passed"),
    [
        pytest.param(1.0, (0.0, 0.005), (0.97, 1.0), id="as-quick"),
        pytest.param(2.0, (0.0, 0.02), (0.0, 0.02), id="just-as-slow-as-may-be"),
        pytest.param(4.0, (0.97, 1.0), (0.0, 0.005), id="much-slower"),
    ],
)
def test_slow_by_chance_does_not_fail(
    factor: float, failed: tuple[float, float], passed: tuple[float, float]
) -> None:
    random = np.random.default_rng(20261121)
    found = [simulated(random, factor) for _ in range(400)]
    assert failed[0] <= found.count(Verdict.FAILED) / len(found) <= failed[1]
    assert passed[0] <= found.count(Verdict.PASSED) / len(found) <= passed[1]


def test_calls_too_short_to_be_measured_are_no_reason_against_a_change() -> None:
    assert decided(Pace(), RULE)
    assert pace_check(Pace(), RULE).verdict is Verdict.PASSED
