"""Which targets are about to fail too often?"""

from collections.abc import Collection
from typing import Final

from mendloop.core.detect.fleet import Fleet
from mendloop.core.detect.rule import Rule
from mendloop.core.detect.verdicts import Forecast
from mendloop.core.stats.arrays import places
from mendloop.core.stats.discovery import CARE, discoveries, guarded
from mendloop.core.stats.trend import Horizon, Trends, trends
from mendloop.model.execution import Tally

SURE: Final = 0.8
"""A forecast less probable than this is not told."""
_SECONDS_A_DAY: Final = 86_400


def forecast(fleet: Fleet, rule: Rule, *, known: Collection[int]) -> tuple[Forecast, ...]:
    """The targets whose failure rate rises and is above what is allowed in ``forecast_days``.

    Args:
        fleet: What was counted.
        rule: When to speak.
        known: Targets that fail too often already.
    """
    allowed = 1 - rule.success_below
    seen = trends(
        fleet.few,
        steps=fleet.turns.share,
        ahead=Horizon(now=fleet.now, days=rule.forecast_days, allowed=allowed),
    )
    fit = (seen.crossing > SURE) & (seen.rate <= allowed) & (seen.calls >= rule.least_calls)
    fit &= ~places(known, fleet.pulses.targets)[seen.targets]
    told = discoveries(guarded(1 - seen.crossing, fit), fdr=CARE * rule.fdr) & fit
    found = [_forecast(fleet, seen, row, rule) for row in told.nonzero()[0].tolist()]
    return tuple(sorted(found, key=lambda each: each.target))


def _forecast(fleet: Fleet, seen: Trends, row: int, rule: Rule) -> Forecast:
    since = int(seen.since[row])
    now, then = float(seen.rate[row]), float(seen.rate_then[row])
    calls = Tally(calls=int(seen.calls[row]), failures=int(seen.failures[row]))
    return Forecast(
        target=int(seen.targets[row]),
        probability=float(seen.crossing[row]),
        calls=calls,
        rate=now,
        rate_then=then,
        crosses=int(fleet.now + float(seen.days[row]) * _SECONDS_A_DAY),
        days=rule.forecast_days,
        since=since,
        hurt=fleet.a_day(calls.calls, since) * (then - now),
    )
