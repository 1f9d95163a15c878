import numpy as np
import pytest
from hypothesis import given, settings

from mendloop.core.stats.pulses import ENOUGH, Limits, joined, part, stretches, totals
from mendloop.model import pulse, sketch
from tests.core.stats.pulse_fleets import LAST, calls, even, fleets, often, pulses


@given(fleets)
def test_all_that_was_counted_is_unpacked(fleet: list[list[pulse.Call]]) -> None:
    seen = pulses(fleet)
    assert seen.targets == len(fleet)
    assert totals(seen.calls, seen).tolist() == [len(each) for each in fleet]
    bad = [sum(failed for _, failed, _ in each) for each in fleet]
    assert totals(seen.failures, seen).tolist() == bad
    logs = [
        [sketch.index(took) for _, failed, took in each if not failed and sketch.timed(took)]
        for each in fleet
    ]
    assert totals(seen.timed, seen).tolist() == [len(each) for each in logs]
    assert totals(seen.log_sum, seen).tolist() == [sum(each) for each in logs]
    assert totals(seen.log_square, seen).tolist() == [sum(n * n for n in each) for each in logs]


@settings(deadline=None)
@given(fleets)
def test_buckets_are_in_order_and_hold_their_calls(fleet: list[list[pulse.Call]]) -> None:
    seen = pulses(fleet)
    for place, each in enumerate(fleet):
        rows = slice(int(seen.first[place]), int(seen.first[place + 1]))
        start, end = seen.start[rows], seen.start[rows] + seen.width[rows]
        assert (np.diff(start) > 0).all()
        # of a wide bucket the newer half may be counted in narrow ones
        assert (np.diff(end) >= 0).all()
        assert all(((start <= at) & (at < end)).any() for at, _, _ in each)


def test_what_ended_before_the_window_is_left_out() -> None:
    old, new = even([True] * 3), [(LAST - 90 * 86_400, True, 0.1)] * 9
    seen = pulses([[*old, *new], new, old], since=LAST - 7 * 86_400)
    assert totals(seen.calls, seen).tolist() == [3, 0, 3]


@pytest.mark.parametrize("fleet", [[], [[]], [[], [], []]])
def test_no_calls_are_no_buckets(fleet: list[list[pulse.Call]]) -> None:
    seen = pulses(fleet)
    assert (seen.targets, seen.of.size) == (len(fleet), 0)
    compared = stretches(seen, seen.calls, seen.failures, Limits(1.0))
    assert compared.of.size == 0


@given(calls)
def test_a_stretch_and_what_was_before_it_are_all_calls(some: list[pulse.Call]) -> None:
    seen = pulses([even(often(90, 0.2)), some])
    compared = stretches(seen, seen.calls, seen.failures, Limits(0.75))
    whole = totals(seen.calls, seen)[compared.of]
    bad = totals(seen.failures, seen)[compared.of]
    assert (compared.calls + compared.calls_before == whole).all()
    assert (compared.hits + compared.hits_before == bad).all()
    assert (compared.calls >= 6).all()
    assert (compared.calls <= 0.75 * whole).all()
    assert (compared.calls_before >= 12).all()
    assert (compared.hits <= compared.calls).all()


@given(calls, calls)
def test_a_part_is_what_was_packed(one: list[pulse.Call], other: list[pulse.Call]) -> None:
    seen = pulses([one, other])
    alone = part(seen, np.array([1]), seen.first[1:2])
    same = pulses([other])
    assert alone.start.tolist() == same.start.tolist()
    assert alone.calls.tolist() == same.calls.tolist()
    assert alone.log_square.tolist() == same.log_square.tolist()


@given(calls)
def test_joined_buckets_hold_the_same_calls(some: list[pulse.Call]) -> None:
    seen = pulses([even(often(2000, 0.1), every=97), [], some, []])
    few = joined(seen)
    assert np.diff(few.pulses.first).max() <= ENOUGH < np.diff(seen.first).max()
    for name in ("calls", "failures", "timed", "log_sum", "log_square"):
        whole, part_ = getattr(seen, name), getattr(few.pulses, name)
        between = zip(few.begin[:-1].tolist(), few.begin[1:].tolist(), strict=True)
        assert part_.tolist() == [whole[begin:end].sum() for begin, end in between]
    assert (few.pulses.of == seen.of[few.begin[:-1]]).all()
    assert (few.pulses.start == seen.start[few.begin[:-1]]).all()
    last = few.begin[1:] - 1
    assert (few.pulses.start + few.pulses.width == (seen.start + seen.width)[last]).all()
