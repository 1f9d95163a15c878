import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.stats.arrays import floats
from mendloop.core.stats.discovery import Belief, discoveries, guarded, local_rates, share

rates = st.lists(st.floats(0, 1), max_size=40)


@given(rates, st.floats(0.001, 0.5))
def test_what_is_reported_keeps_to_the_bound_and_is_the_most_that_does(
    false: list[float], fdr: float
) -> None:
    values = floats(false)
    reported = discoveries(values, fdr=fdr)
    if reported.any():
        assert values[reported].mean() <= fdr + 1e-12
        rest = np.sort(values[~reported])
        if rest.size:
            assert rest[0] >= values[reported].max()
            assert np.append(values[reported], rest[0]).mean() > fdr
    else:
        assert not (values <= fdr).any()


@given(rates)
def test_a_larger_bound_reports_no_less(false: list[float]) -> None:
    values = floats(false)
    assert not (discoveries(values, fdr=0.01) & ~discoveries(values, fdr=0.1)).any()


def test_what_is_not_fit_is_surely_false() -> None:
    assert guarded(floats([0.1, 0.2]), np.array([True, False])).tolist() == [0.1, 1.0]


@pytest.mark.parametrize("real", [0.02, 0.2, 0.6])
def test_the_share_of_real_findings_is_learned(real: float) -> None:
    rng = np.random.default_rng(7)
    drift = np.where(rng.random(20_000) < real, 3.0, 0.0)
    score = rng.standard_normal(20_000) + drift
    factors = floats(np.exp(3.0 * score - 4.5))
    assert share(factors, others=0) == pytest.approx(real, rel=0.1)


@given(st.lists(st.floats(0, 1e6), max_size=20), st.integers(0, 50), st.floats(0, 1e6))
def test_more_evidence_never_lowers_the_share(some: list[float], others: int, more: float) -> None:
    fewer = share(floats([*some, more]), others=others)
    assert share(floats([*some, 2 * more]), others=others) >= fewer - 1e-9


def test_without_evidence_the_belief_stays() -> None:
    assert share(floats([]), others=0) == pytest.approx(0.05)
    assert share(floats([]), others=0, before=Belief(0.3, 10.0)) == pytest.approx(0.3)


@given(st.floats(-700, 700), st.floats(-700, 700), st.floats(0.001, 0.9))
def test_stronger_evidence_is_less_likely_false(one: float, other: float, real: float) -> None:
    low, high = sorted((one, other))
    false = local_rates(floats([low, high]), real)
    assert 0 <= false[1] <= false[0] <= 1
