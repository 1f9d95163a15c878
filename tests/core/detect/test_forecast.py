import numpy as np
import pytest

from mendloop.core.detect.verdicts import Forecast
from mendloop.model import pulse
from tests.core.detect.fleets import LAST, judged, steady

DAY = 86_400


def rising(slope: float, now: float, *, calls: int = 6000) -> list[pulse.Call]:
    """Calls of a week whose log-odds of failing rise a day by ``slope``, up to ``now``."""
    days = np.linspace(-7, 0, calls)
    rate = 1 / (1 + np.exp(-(np.log(now / (1 - now)) + slope * days)))
    failed = np.diff(np.floor(np.concatenate([[0.0], np.cumsum(rate)]))) > 0
    return [(LAST + int(day * DAY), bool(bad), 0.1) for day, bad in zip(days, failed, strict=True)]


def forecast(calls: list[pulse.Call]) -> tuple[Forecast, ...]:
    return tuple(each for each in judged([*steady(), calls]).forecast if each.target == 60)


def test_a_rate_that_rises_steadily_is_told_before_it_is_too_high() -> None:
    [found] = forecast(rising(0.6, 0.06))
    assert found.rate == pytest.approx(0.06, rel=0.3)
    assert found.rate_then > 0.3
    # from 0.06 to 0.1 at 0.6 a day takes a little less than one
    assert 0 < found.crosses - LAST < 2 * DAY
    assert found.probability > 0.8
    assert found.days == 7


@pytest.mark.parametrize(
    "calls",
    [rising(0.0, 0.05), rising(-0.4, 0.01), rising(0.3, 0.002), rising(0.6, 0.4)],
    ids=["steady", "falling", "far below", "failing already"],
)
def test_other_rates_are_not_forecast_to_cross(calls: list[pulse.Call]) -> None:
    assert not forecast(calls)


def test_a_step_is_no_trend() -> None:
    days = np.linspace(-7, 0, 6000)
    failed = (np.arange(6000) % 14 == 0) & (days > -3)
    calls = [(LAST + int(day * DAY), bool(bad), 0.1) for day, bad in zip(days, failed, strict=True)]
    assert not forecast(calls)


def test_few_calls_show_no_trend() -> None:
    assert not forecast(rising(0.6, 0.06, calls=60))
