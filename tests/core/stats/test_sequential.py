import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mendloop.core.stats import drop
from mendloop.core.stats.accept import STAKES, stake
from mendloop.core.stats.sequential import Baseline, advance, begin, found, grid, threshold


def after(calls: int, share: float, horizon: int) -> Baseline:
    failures = round(calls * share)
    return Baseline(failures + 1.0, max(float(calls - failures), 0.5), horizon)


baselines = st.builds(after, st.integers(5, 20_000), st.floats(0, 1), st.integers(1, 2000))


@given(baselines)
def test_the_mixtures_are_distributions_of_rates(baseline: Baseline) -> None:
    rates = grid(baseline)
    assert rates.weights.sum() == pytest.approx(1)
    assert (rates.weights >= 0).all()
    assert ((rates.null > 0) & (rates.null < 1)).all()
    assert (rates.worse >= np.minimum(rates.null, 1 - 1e-11)).all()


@given(baselines)
def test_the_quadrature_has_the_mean_of_the_beta_distribution(baseline: Baseline) -> None:
    rates = grid(baseline)
    mean = baseline.a / (baseline.a + baseline.b)
    assert float(rates.weights @ rates.null) == pytest.approx(mean, rel=0.01)


@given(baselines, st.lists(st.booleans(), max_size=20))
@settings(max_examples=50)
def test_the_evidence_is_a_martingale_under_the_null(baseline: Baseline, calls: list[bool]) -> None:
    beliefs = begin(baseline)
    for failed in calls:
        beliefs = advance(baseline, beliefs, np.array([failed]))
    failing = float(beliefs.null[0] @ grid(baseline).null)
    mean = sum(
        chance * float(advance(baseline, beliefs, np.array([failed])).evidence[0])
        for failed, chance in ((True, failing), (False, 1 - failing))
    )
    late = 0.15 / baseline.horizon  # what begins to be bet at this call
    assert mean == pytest.approx(float(beliefs.evidence[0]) + late, rel=1e-6)


def test_a_failure_raises_the_evidence_and_a_success_lowers_it() -> None:
    baseline = Baseline(6, 495, 400)
    start = drop.start(baseline)
    assert drop.after(baseline, start, failed=True).evidence > start.evidence
    assert drop.after(baseline, start, failed=False).evidence < start.evidence


def test_the_threshold_for_a_window_is_lower_than_the_one_for_any() -> None:
    for alpha, known in ((0.05, 10.8), (0.01, 53.0)):
        limit = threshold(Baseline(26, 475, 1000), alpha)
        assert limit < 1 / alpha
        assert limit == pytest.approx(known, rel=0.35)


def test_the_threshold_is_the_same_every_time_and_rises_as_alpha_falls() -> None:
    baseline = Baseline(11, 190, 100)
    limits = [threshold.__wrapped__(baseline, alpha) for alpha in (0.2, 0.1, 0.05, 0.02, 0.01)]
    assert limits == sorted(limits)
    assert limits[2] == threshold.__wrapped__(baseline, 0.05)


def test_the_threshold_is_the_one_that_plain_simulation_finds() -> None:
    baseline = Baseline(6, 45, 60)
    limit = threshold(baseline, 0.2)
    rates = grid(baseline)
    reached = found(baseline, limit, rates.null, streams=2_000)
    assert float(rates.weights @ reached) == pytest.approx(0.95 * 0.2, abs=0.02)


def test_what_always_failed_cannot_get_worse() -> None:
    baseline = Baseline(101, 0.5, 50)
    assert drop.smallest_drop(baseline, threshold(baseline, 0.05), 0.995) is None


def test_more_calls_before_let_smaller_drops_be_found() -> None:
    def smallest(calls: int) -> float:
        baseline = Baseline(0.05 * calls + 1, 0.95 * calls, 200)
        rise = drop.smallest_drop(baseline, threshold(baseline, 0.05), 0.05)
        assert rise is not None
        return rise

    assert smallest(2000) < smallest(40)


@given(st.floats(0.001, 0.999), st.floats(0, 1), st.lists(st.booleans(), max_size=5))
def test_the_bet_against_the_cap_is_fair_at_the_cap_and_losing_above(
    cap: float, above: float, calls: list[bool]
) -> None:
    stakes: tuple[float, ...] = STAKES
    for lost in calls:
        stakes = stake(stakes, failed=lost, cap=cap)
    rate = cap + (1 - cap) * above
    failed, passed = stake(stakes, failed=True, cap=cap), stake(stakes, failed=False, cap=cap)
    mean = rate * sum(failed) + (1 - rate) * sum(passed)
    assert mean <= sum(stakes) * (1 + 1e-9)


def test_without_a_failure_agreement_above_95_percent_is_shown_after_69_calls() -> None:
    stakes: tuple[float, ...] = STAKES
    calls = 0
    while sum(stakes) < 20:
        stakes, calls = stake(stakes, failed=False, cap=0.05), calls + 1
    assert calls == 69
