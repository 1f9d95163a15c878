"""The fleet that is looked at: its pulses, and what all judgements of it share."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from mendloop.core.detect.rule import Rule
from mendloop.core.detect.verdicts import Outage
from mendloop.core.stats.explained import Explained, without
from mendloop.core.stats.present import Present, present
from mendloop.core.stats.pulses import Pulses, joined, totals, unpack
from mendloop.core.stats.rates import SMALL_FLEET
from mendloop.core.stats.turns import Turns, turns
from mendloop.model.rollup import Heads
from mendloop.noun import dataclass

LEAST_FAILURES: Final = 2
"""Once is no habit."""
_SECONDS_A_DAY: Final = 86_400.0
_SHORTEST_SPAN: Final = 3_600.0
"""Seconds; calls of the last minutes are not taken for a day's rate."""
_UP_AND_DOWN: Final = 1.5
"""Changes of a failure rate for each one for the worse: every second one is mended later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """What was counted of every target within the window, and what it says together."""

    pulses: Pulses
    few: Pulses
    """The same with fewer buckets: enough for what is slow to change."""
    turns: Turns
    present: Present
    small: bool
    """Whether it has too few targets to say what is usual."""
    now: float
    """Seconds since 1970."""

    def a_day(self, count: float, since: float) -> float:
        """How many a day, where there were so many since some time."""
        return count * _SECONDS_A_DAY / max(self.now - since, _SHORTEST_SPAN)


def look(
    heads: Heads, rule: Rule, *, now: datetime, since: datetime, outages: Sequence[Outage]
) -> Fleet:
    """Read the pulses of the window, without what outages explain."""
    pulses = unpack(heads.pulses, since=int(since.timestamp()))
    if outages:
        pulses = without(pulses, _explained(heads, outages))
    allowed = 1 - rule.success_below
    few = joined(pulses)
    seen = turns(pulses, few, longest=3.0 * rule.recent_share, allowed=allowed)
    changes = _UP_AND_DOWN * seen.share
    return Fleet(
        pulses=pulses,
        few=few.pulses,
        turns=seen,
        present=present(few, seen.log_factor, seen.rates, changes=changes),
        small=int((totals(pulses.calls, pulses) > 0).sum()) < SMALL_FLEET,
        now=now.timestamp(),
    )


def _explained(heads: Heads, outages: Sequence[Outage]) -> list[Explained]:
    place = {name: number for number, name in enumerate(heads.names)}
    told: list[Explained] = []
    for outage in outages:
        some = [
            (place[name], count)
            for name, count in zip(outage.members, outage.failures, strict=True)
            if name in place
        ]
        told.append(
            Explained(
                targets=tuple(target for target, _ in some),
                failures=tuple(count for _, count in some),
                start=outage.start,
                stop=outage.stop,
            )
        )
    return told
