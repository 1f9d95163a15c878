import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.stats.durations import Durations, unpack
from mendloop.core.stats.pulses import totals
from mendloop.core.stats.ranking import compare, quantiles
from mendloop.core.stats.slowed import Bounds, slowed
from mendloop.core.stats.slowness import suspects
from mendloop.model import pulse, sketch
from tests.core.stats.pulse_fleets import LAST, even, fleets, pulses

BOUNDS = Bounds(longest=0.5, fdr=0.05, confidence=0.99, factor=1.5, seconds=0.001, least_calls=5)


def packed(calls: list[pulse.Call]) -> bytes:
    tallies, bins = pulse.tallied(calls)
    newest = pulse.newest(pulse.add(b"", tallies))
    return pulse.add_latencies(b"", bins, before=-1, now=newest)


def every(seen: Durations) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    return np.ones(seen.of.size, dtype=np.bool_)


@given(fleets)
def test_all_that_was_timed_is_unpacked(fleet: list[list[pulse.Call]]) -> None:
    seen = unpack([packed(each) for each in fleet], since=0)
    timed = [sum(not failed and sketch.timed(took) for _, failed, took in each) for each in fleet]
    assert totals(seen.calls, seen.buckets).tolist() == timed
    table = seen.table(every(seen))
    assert table.shape[0] == len(fleet)
    assert table.sum(axis=1).tolist() == timed


@pytest.mark.parametrize("texts", [[], [b""], [b"", b"", b""]])
def test_durations_that_nobody_knows_are_an_empty_table(texts: list[bytes]) -> None:
    seen = unpack(texts, since=0)
    table = seen.table(every(seen))
    assert table.shape[0] == len(texts)
    assert table.sum() == 0
    assert quantiles(table, 0.5, lowest=seen.lowest).tolist() == [0.0] * len(texts)
    assert (compare(seen, longest=0.5).bucket == -1).all()
    assert slowed(texts, BOUNDS, since=0, timed=0) == ()


def test_what_ended_before_the_window_is_left_out() -> None:
    text = packed(even([False] * 50))
    assert unpack([text], since=LAST + 10**6).of.size == 0
    assert slowed([text], BOUNDS, since=LAST + 10**6, timed=1) == ()


@given(st.lists(st.floats(0.001, 1000), min_size=1, max_size=60), st.floats(0.05, 0.95))
def test_a_quantile_is_right_within_a_bin(times: list[float], share: float) -> None:
    calls = [(LAST, False, each) for each in times]
    seen = unpack([packed(calls)], since=0)
    [found] = quantiles(seen.table(every(seen)), share, lowest=seen.lowest)
    exact = float(np.quantile(times, share, method="inverted_cdf"))
    assert exact / 2**0.26 <= found <= exact * 2**0.26


def test_longer_calls_are_suspected_and_shorter_ones_are_not() -> None:
    rng = np.random.default_rng(4)

    def made(factor: float) -> list[pulse.Call]:
        times = 0.1 * rng.lognormal(0, 0.3, 300) * np.where(np.arange(300) < 240, 1.0, factor)
        return [
            (at, bad, took)
            for (at, bad, _), took in zip(even([False] * 300), times.tolist(), strict=True)
        ]

    places, timed = suspects(pulses([made(3.0), made(1 / 3), [], even([True] * 300)]), longest=0.5)
    assert places.tolist() == [0]
    assert timed == 2


def test_whatever_got_much_slower_passes_the_first_look() -> None:
    rng = np.random.default_rng(6)
    factors = np.linspace(0.5, 4.0, 60)
    fleet = [
        [
            (at, bad, float(took))
            for (at, bad, _), took in zip(
                even([False] * 200),
                0.1 * rng.lognormal(0, 0.4, 200) * np.where(np.arange(200) < 150, 1.0, factor),
                strict=True,
            )
        ]
        for factor in factors
    ]
    places, timed = suspects(pulses(fleet), longest=0.5)
    found = {each.place for each in slowed(list(map(packed, fleet)), BOUNDS, since=0, timed=timed)}
    assert set(np.flatnonzero(factors > 1.7).tolist()) <= found & set(places.tolist())
    assert not found & set(np.flatnonzero(factors < 1).tolist())
