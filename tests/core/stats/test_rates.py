import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from mendloop.core.stats.arrays import floats
from mendloop.core.stats.rates import chance_bad, grid, learn, log_evidence, log_likelihood

tallies = st.lists(
    st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), max_size=60
)


@given(tallies, st.floats(0.001, 0.5))
def test_what_is_learned_is_a_distribution(some: list[tuple[int, int]], allowed: float) -> None:
    learned = learn(floats([k for k, _ in some]), floats([n for _, n in some]), allowed)
    assert learned.weights.sum() == pytest.approx(1)
    assert (learned.weights > 0).all()
    assert (expit(learned.odds[learned.bad]) > allowed).all()
    assert (expit(learned.odds[~learned.bad]) <= allowed).all()


def test_a_fleet_shows_its_rates() -> None:
    rng = np.random.default_rng(3)
    rate = np.where(rng.random(5000) < 0.2, 0.3, 0.01)
    calls = np.full(5000, 200.0)
    learned = learn(floats(rng.binomial(200, rate)), calls, 0.1)
    assert learned.weights[learned.bad].sum() == pytest.approx(0.2, abs=0.03)


def test_a_small_fleet_is_thought_to_be_as_usual() -> None:
    learned = learn(floats([9.0] * 5), floats([10.0] * 5), 0.1)
    assert learned.weights[learned.bad].sum() < 0.25


@given(st.integers(1, 300), st.integers(0, 299))
def test_one_more_failure_makes_a_bad_rate_more_probable(calls: int, failures: int) -> None:
    failures = min(failures, calls - 1)
    learned = learn(floats([]), floats([]), 0.1)
    few, more = chance_bad(
        floats([failures, failures + 1]), floats([calls, calls]), learned
    ).tolist()
    assert more >= few - 1e-12


@given(st.integers(0, 50), st.integers(0, 50))
def test_the_likelihood_is_that_of_bernoulli(failures: int, good: int) -> None:
    odds = grid(0.1)
    calls = failures + good
    rate = expit(odds)
    plain = failures * np.log(rate) + good * np.log1p(-rate)
    [seen] = log_likelihood(floats([failures]), floats([calls]), odds)
    assert seen == pytest.approx(plain, abs=1e-9)


def test_the_evidence_of_all_outcomes_sums_to_one() -> None:
    learned = learn(floats([]), floats([]), 0.1)
    log = log_evidence(floats([0, 1, 2, 3]), floats([3, 3, 3, 3]), learned)
    ways = np.array([1, 3, 3, 1])
    assert (ways * np.exp(log)).sum() == pytest.approx(1)
