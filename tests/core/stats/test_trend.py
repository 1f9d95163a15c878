import numpy as np
import pytest

from mendloop.core.stats.trend import Horizon, Trends, trends
from mendloop.model import pulse
from tests.core.stats.pulse_fleets import LAST, pulses

AHEAD = Horizon(now=float(LAST), days=7.0, allowed=0.1)
DAY = 86_400


def rising(slope: float, now: float, calls: int = 5000) -> list[pulse.Call]:
    days = np.linspace(-7, 0, calls)
    rate = 1 / (1 + np.exp(-(np.log(now / (1 - now)) + slope * days)))
    failed = np.diff(np.floor(np.concatenate([[0.0], np.cumsum(rate)]))) > 0
    return [(LAST + int(day * DAY), bool(bad), 0.1) for day, bad in zip(days, failed, strict=True)]


def seen(*fleet: list[pulse.Call]) -> Trends:
    return trends(pulses(fleet), steps=0.05, ahead=AHEAD)


def test_nobody_rises_where_nobody_calls() -> None:
    assert seen().targets.size == 0
    assert seen([], []).targets.size == 0


def test_a_rise_leads_where_it_goes_on_to() -> None:
    found = seen(rising(0.5, 0.06))
    [rate], [then], [days] = found.rate, found.rate_then, found.days
    assert rate == pytest.approx(0.06, rel=0.25)
    assert then == pytest.approx(1 / (1 + np.exp(2.75 - 3.5)), rel=0.3)
    assert days == pytest.approx(1.1, abs=0.8)
    assert found.crossing[0] > 0.8


def test_a_steeper_rise_crosses_more_probably() -> None:
    chances = [
        max(seen(rising(slope, 0.03)).crossing.tolist(), default=0.0) for slope in (0.05, 0.3, 0.6)
    ]
    assert chances == sorted(chances)


def test_when_it_is_now_changes_nothing_but_the_dates() -> None:
    calls = rising(0.5, 0.06)
    later = [(at + 256 * 60 * 64, bad, took) for at, bad, took in calls]
    shift = Horizon(now=AHEAD.now + 256 * 60 * 64, days=7.0, allowed=0.1)
    one, other = seen(calls), trends(pulses([later]), steps=0.05, ahead=shift)
    assert other.rate_then == pytest.approx(one.rate_then, rel=0.05)


def test_after_a_step_only_what_came_later_is_looked_at() -> None:
    days = np.linspace(-7, 0, 5000)
    failed = (np.arange(5000) % 15 == 0) & (days > -3)
    calls = [(LAST + int(day * DAY), bool(bad), 0.1) for day, bad in zip(days, failed, strict=True)]
    assert all(chance < 0.5 for chance in seen(calls).crossing)
