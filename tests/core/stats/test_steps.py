import numpy as np
import pytest

from mendloop.core.stats.arrays import floats
from mendloop.core.stats.mended import mended
from mendloop.core.stats.pulses import Limits, Pulses, stretches
from mendloop.core.stats.rates import learn
from mendloop.core.stats.steps import (
    NONE,
    Steps,
    Usual,
    any_height,
    dispersion,
    heights,
    likeliest,
    scan,
    stepped,
    weighed,
)
from tests.core.stats.pulse_fleets import LAST, even, often, pulses

USUAL: Usual = any_height(learn(floats([]), floats([]), 0.1))
WORSE = [*often(300, 0.01), *often(60, 0.5)]
PASSING = [*often(200, 0.01), *often(60, 0.5), *often(100, 0.01)]


def scanned(seen: Pulses) -> Steps:
    compared = stretches(seen, seen.calls, seen.failures, Limits(0.75))
    return scan(seen, compared, USUAL)


def test_a_step_up_is_seen_and_none_where_there_is_none() -> None:
    seen = pulses([even(WORSE), even(often(360, 0.05)), even(WORSE[::-1]), []])
    found = scanned(seen)
    assert found.log_factor[0] > 20
    assert found.log_factor[1] < 1
    assert found.log_factor[2] < 0
    assert found.log_factor[3] == NONE
    assert found.bucket[3] == -1
    assert abs(seen.start[found.bucket[0]] - (LAST - 60 * 600)) < 3 * 3600


@pytest.mark.parametrize("share", [0.1, 0.2, 0.4])
def test_a_higher_step_is_stronger_evidence(share: float) -> None:
    lower, higher = (
        scanned(pulses([even([*often(300, 0.01), *often(60, each)])])).log_factor[0]
        for each in (share, 2 * share)
    )
    assert higher > lower


def test_the_bayes_factor_of_a_steady_target_is_at_most_one_on_average() -> None:
    rng = np.random.default_rng(5)
    odds, weights = USUAL.rates.odds, USUAL.rates.weights
    rates = 1 / (1 + np.exp(-rng.choice(odds, 1500, p=weights)))
    seen = pulses([even((rng.random(80) < rate).tolist(), every=3600) for rate in rates])
    factors = np.exp(scanned(seen).log_factor)
    # an e-value: its mean is at most 1, and by Markov's inequality it is seldom large; without the
    # few largest values the mean of a sample is steady enough to be looked at
    assert np.minimum(factors, 100).mean() < 1.1
    assert (factors > 20).mean() < 0.05


def test_where_a_change_lies_is_a_distribution() -> None:
    seen = pulses([even(WORSE), even(often(40, 0.2))])
    compared = stretches(seen, seen.calls, seen.failures, Limits(0.75))
    for share in (0.0, 0.25, 1.0):
        weights = weighed(compared, 2, even=share)
        for target in range(2):
            assert weights[compared.of == target].sum() == pytest.approx(1)


def test_the_usual_height_is_learned() -> None:
    seen = pulses([even(WORSE)] * 80)
    compared = stretches(seen, seen.calls, seen.failures, Limits(0.75))
    found = scanned(seen)
    rows = np.flatnonzero(np.isin(compared.bucket, found.bucket))
    common = heights(compared, rows, USUAL.rates)
    assert common.sum() == pytest.approx(1)
    # from 1 % to 50 % is 4.6 in log-odds
    assert common[-2:].sum() > 0.6
    better = stepped(compared, rows, Usual(USUAL.rates, common))
    assert (better >= stepped(compared, rows, USUAL)).all()


def test_nothing_seen_leaves_every_height_as_likely() -> None:
    seen = pulses([])
    compared = stretches(seen, seen.calls, seen.failures, Limits(0.75))
    common = heights(compared, np.arange(0), USUAL.rates)
    assert common == pytest.approx(USUAL.heights)


def test_failures_in_bursts_are_more_dispersed_than_independent_ones() -> None:
    rng = np.random.default_rng(2)
    apart = even((rng.random(1000) < 0.1).tolist())
    bursts = even([bool(block) for block in rng.random(50) < 0.1 for _ in range(20)])
    seen = pulses([apart, bursts])
    spread = dispersion(seen, likeliest(seen))
    assert spread[0] < 1.5
    assert spread[1] > 3


def test_a_recovery_is_told_from_a_lasting_step() -> None:
    seen = pulses([even(WORSE), even(PASSING)])
    up = scanned(seen)
    up = Steps(up.log_factor, likeliest(seen), up.looked)
    back = mended(seen, up, floats([0.0, 0.0]), USUAL)
    assert back.chance[0] < 0.1
    assert back.chance[1] > 0.95
    assert abs(seen.start[back.after[1]] - (LAST - 100 * 600)) < 6 * 3600
