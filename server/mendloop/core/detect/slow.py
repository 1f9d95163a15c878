"""Which targets take longer than they did?"""

from collections.abc import Mapping
from typing import Final

from mendloop.core.detect.rule import Rule
from mendloop.core.detect.verdicts import Slow
from mendloop.core.stats.discovery import CARE
from mendloop.core.stats.slowed import Bounds, Found, slowed

LEAST_SECONDS: Final = 0.001
"""Slower by less than this is noise of the machine, whatever the factor."""
_SECONDS_A_DAY: Final = 86_400.0
_SHORTEST_SPAN: Final = 3_600.0
_HURTS: Final = 0.5
"""A late answer is better than none."""
_SLOWEST: Final = 0.1


def slow(
    latencies: Mapping[int, bytes], rule: Rule, *, timed: int, since: int, now: float
) -> tuple[Slow, ...]:
    """The targets whose successful calls take longer, by ``slow_factor`` at least, and still do.

    Args:
        latencies: The packed histograms of the suspects, by target.
        rule: When to speak.
        timed: How many targets there are of which enough durations are known to compare.
        since: When the window began, in seconds since 1970.
        now: The time, in seconds since 1970.
    """
    targets = sorted(latencies)
    bounds = Bounds(
        longest=2 * rule.recent_share,
        fdr=CARE * rule.fdr,
        confidence=rule.confidence,
        factor=rule.slow_factor,
        seconds=LEAST_SECONDS,
        least_calls=rule.least_calls,
    )
    found = slowed([latencies[target] for target in targets], bounds, since=since, timed=timed)
    return tuple(_slow(each, targets[each.place], now) for each in found)


def _slow(found: Found, target: int, now: float) -> Slow:
    days = max(now - found.since, _SHORTEST_SPAN) / _SECONDS_A_DAY
    lost = (1 - found.before / found.now) * _HURTS * (_SLOWEST if found.tail else 1.0)
    return Slow(
        target=target,
        probability=1 - found.false,
        calls_before=found.calls_before,
        calls_now=found.calls_now,
        before=found.before,
        now=found.now,
        tail=found.tail,
        since=found.since,
        hurt=found.calls_now / days * lost,
    )
