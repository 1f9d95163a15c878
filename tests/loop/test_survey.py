"""The history in numbers."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.app.survey import BARS, bars_of, times_of
from mendloop.bootstrap import House
from mendloop.model import sketch
from mendloop.model.ids import TargetName
from mendloop.model.rollup import Hour
from tests.conftest import HandClock
from tests.loop.conftest import record, share_history

_WEEK = timedelta(days=7)


def _hour(start: datetime, calls: int, failures: int) -> Hour:
    held = sketch.pack({sketch.index(0.02): calls - failures})
    return Hour(
        start=start,
        seconds=3600,
        version=None,
        calls=calls,
        failures=failures,
        sketch=held,
        callers={},
        kinds={},
    )


@given(
    st.lists(
        st.tuples(st.integers(0, 24 * 30), st.integers(1, 50), st.integers(0, 50)), max_size=40
    ),
    st.integers(1, 24 * 30),
)
def test_every_call_of_the_window_stands_in_one_bar(
    found: list[tuple[int, int, int]], hours: int
) -> None:
    now, window = datetime(2026, 11, 21, 12, 31, tzinfo=UTC), timedelta(hours=hours)
    held = [
        _hour(start, calls, min(calls, failed))
        for ago, calls, failed in found
        if (start := (now - timedelta(hours=ago)).replace(minute=0)) >= now - window
    ]
    bars, width = bars_of(held, now, window)
    assert 1 <= len(bars) <= BARS + 1
    assert sum(bar.calls for bar in bars) == sum(hour.calls for hour in held)
    assert sum(bar.failures for bar in bars) == sum(hour.failures for hour in held)
    assert all(later.start - bar.start == width for bar, later in pairwise(bars))


def test_nothing_measured_is_no_time_at_all() -> None:
    assert times_of([b"", b""]) is None


def test_durations_of_many_hours_are_taken_together() -> None:
    times = times_of(sketch.pack({sketch.index(0.001 * n): 1}) for n in range(1, 101))
    assert times is not None
    assert times.measured == 100
    assert abs(times.p50 - 0.050) <= 0.050 * times.error * 1.5 + 0.001
    assert abs(times.p99 - 0.099) <= 0.099 * times.error * 1.5 + 0.001


@pytest.mark.anyio
async def test_a_targets_numbers_are_those_of_its_calls(house: House, clock: HandClock) -> None:
    await house.loop.recorder.record(share_history(clock, failing=20, passing=100))
    stats = await house.loop.surveyor.stats(TargetName("shop.share"), window=_WEEK)
    assert (stats.calls, stats.failures) == (120, 20)
    assert [(kind.name, kind.failures) for kind in stats.kinds] == [("ZeroDivisionError", 20)]
    assert stats.times is not None
    assert stats.times.measured == 100
    assert sum(bar.calls for bar in stats.bars) == 120


@pytest.mark.anyio
async def test_the_survey_begins_with_what_fails_most(house: House, clock: HandClock) -> None:
    await house.loop.recorder.record(share_history(clock))
    await house.loop.recorder.record([record(clock, "shop.label", f"n{n}") for n in range(300)])
    await house.loop.detector.detect()
    survey = await house.loop.surveyor.survey(window=_WEEK, most=1)
    assert (survey.known, survey.calls, survey.failures) == (2, 420, 20)
    assert [stats.target for stats in survey.targets] == ["shop.share"]
    assert len(survey.incidents) == 1


@pytest.mark.anyio
async def test_a_fresh_workspace_has_a_survey_of_nothing(house: House) -> None:
    survey = await house.loop.surveyor.survey(window=_WEEK)
    assert (survey.known, survey.calls, survey.targets, survey.incidents) == (0, 0, (), ())
