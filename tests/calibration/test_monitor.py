"""The monitor's error rates and delays, by simulation. Seeded; each bound allows three standard
errors of the simulation on top of what is promised."""

from math import ceil, floor, log, sqrt

import numpy as np
import pytest
from numpy.random import Generator
from scipy.special import gammaln

from mendloop.core.monitor.watch import Healthy, WatchRule, Worse, begin, feed, judge
from mendloop.core.stats.accept import STAKES, stake
from mendloop.core.stats.sequential import Baseline, Beliefs, FloatArray, advance, threshold
from mendloop.core.stats.sequential import begin as believe
from mendloop.model.execution import Tally
from tests.calibration.figures import say

ALPHA = 0.05
MOST_BASELINES = 12
STREAMS = 400
"""Of each baseline."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def baselines(calls: int, rate: float) -> list[tuple[int, float]]:
    """The failures of recorded baselines, and how often each comes.

    The binomial distribution over 3.7 standard deviations, at evenly spaced places where it is
    wide: what follows from a baseline changes little from one place to the next.
    """
    spread = 3.7 * sqrt(calls * rate * (1 - rate))
    low, high = max(floor(calls * rate - spread), 0), min(ceil(calls * rate + spread), calls)
    places = np.unique(np.linspace(low, high, min(MOST_BASELINES, high - low + 1)).round())
    ways = gammaln(calls + 1) - gammaln(places + 1) - gammaln(calls - places + 1)
    shares = np.exp(ways + places * log(rate) + (calls - places) * log(1 - rate))
    return list(zip(places.astype(int).tolist(), (shares / shares.sum()).tolist(), strict=True))


def alarms(known: Baseline, rate: float, streams: int, rng: Generator) -> FloatArray:
    """The call of the alarm in each stream; one past the horizon where there was none."""
    limit = threshold(known, ALPHA)
    at = np.full(streams, known.horizon + 1.0)
    alive = np.arange(streams)
    beliefs = believe(known, streams)
    for call in range(1, known.horizon + 1):
        beliefs = advance(known, beliefs, rng.random(alive.size) < rate)
        over = beliefs.evidence >= limit
        at[alive[over]] = call
        alive = alive[~over]
        beliefs = Beliefs(beliefs.null[~over], beliefs.worse[~over])
    return at


def after(calls: int, failures: int, horizon: int) -> Baseline:
    return Baseline(failures + 1.0, max(float(calls - failures), 0.5), horizon)


def watched(
    calls: int, before: float, now: float, horizon: int, rng: Generator
) -> list[tuple[float, FloatArray]]:
    """Watches after every baseline: its share, and the calls of the alarms."""
    return [
        (share, alarms(after(calls, failures, horizon), now, STREAMS, rng))
        for failures, share in baselines(calls, before)
    ]


def level(calls: int, rate: float, horizon: int, rng: Generator) -> tuple[float, float]:
    """The share of false alarms, and its standard error."""
    hits = [
        (share, float((at <= horizon).mean()))
        for share, at in watched(calls, rate, rate, horizon, rng)
    ]
    mean = sum(share * hit for share, hit in hits)
    variance = sum(share**2 for share, _ in hits) * ALPHA * (1 - ALPHA) / STREAMS
    return mean, sqrt(variance)


@pytest.mark.promise("monitor/false-alarms-bounded")
@pytest.mark.parametrize(("calls", "horizon"), [(30, 300), (100, 400), (500, 400), (5000, 400)])
def test_harmless_versions_are_taken_back_as_seldom_as_promised(calls: int, horizon: int) -> None:
    rng = np.random.default_rng(calls)
    levels = {rate: level(calls, rate, horizon, rng) for rate in (0.001, 0.01, 0.1, 0.4)}
    shown = {rate: round(mean, 4) for rate, (mean, _) in levels.items()}
    say(f"false alarms, {calls} calls before, {horizon} watched: {shown}")
    assert all(mean <= ALPHA + 3 * error for mean, error in levels.values())


@pytest.mark.parametrize(("now", "goal"), [(0.10, 310), (0.20, 30), (0.50, 6)])
def test_a_drop_is_found_as_soon_as_designed(now: float, goal: float) -> None:
    rng = np.random.default_rng(11)
    watches = watched(500, 0.05, now, 1000, rng)
    delay = sum(share * float(np.minimum(at, 1000).mean()) for share, at in watches)
    found = sum(share * float((at <= 1000).mean()) for share, at in watches)
    say(f"0.95 -> {1 - now:.2f}: found {found:.3f}, mean delay {delay:.1f}")
    assert delay <= 1.1 * goal


@pytest.mark.parametrize("cap", [0.02, 0.05, 0.1, 0.3])
def test_what_fails_as_often_as_the_cap_is_seldom_accepted(cap: float) -> None:
    rng = np.random.default_rng(12)
    streams = 1500
    accepted = 0
    for calls in rng.random((streams, 400)) < cap:
        stakes: tuple[float, ...] = STAKES
        for failed in calls:
            stakes = stake(stakes, failed=bool(failed), cap=cap)
            if sum(stakes) >= 1 / ALPHA:
                accepted += 1
                break
    say(f"accepted at a cap of {cap}: {accepted / streams:.4f}")
    assert accepted / streams <= ALPHA + 3 * sqrt(ALPHA * (1 - ALPHA) / streams)


def test_whole_watches_keep_both_errors() -> None:
    rng = np.random.default_rng(13)
    rule = WatchRule(alpha=ALPHA, horizon=200, accept_margin=0.05, least_calls=30)
    said = {0.02: {Healthy: 0, Worse: 0}, 0.40: {Healthy: 0, Worse: 0}}
    watches = 150
    for rate, answers in said.items():
        for _ in range(watches):
            failures = int(rng.binomial(300, 0.02))
            evidence = begin(Tally(calls=300, failures=failures), rule)
            while not evidence.over:
                evidence = feed(evidence, failed=bool(rng.random() < rate))
            answer = judge(evidence)
            assert isinstance(answer, (Healthy, Worse))
            answers[type(answer)] += 1
    say(f"whole watches: {[(at, worse[Healthy], worse[Worse]) for at, worse in said.items()]}")
    error = 3 * sqrt(ALPHA * (1 - ALPHA) / watches)
    assert said[0.02][Worse] / watches <= ALPHA + error
    assert said[0.40][Healthy] / watches <= ALPHA + error
