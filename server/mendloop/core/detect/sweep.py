"""Stage 2: what is the matter with which targets of a fleet?

Everything is read from what was counted as the calls arrived, so a look costs as much for ten
million calls as for ten thousand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from mendloop.core.detect.degraded import degraded
from mendloop.core.detect.failing import failing
from mendloop.core.detect.fleet import look
from mendloop.core.detect.forecast import forecast
from mendloop.core.detect.rule import Rule
from mendloop.core.detect.slow import slow
from mendloop.core.detect.verdicts import Outage, Sweep, Verdicts
from mendloop.core.stats.pulses import totals
from mendloop.core.stats.slowness import suspects
from mendloop.model.rollup import Heads

__all__ = ["slowdowns", "sweep"]


def sweep(
    heads: Heads, rule: Rule, *, now: datetime, since: datetime, outages: Sequence[Outage] = ()
) -> Sweep:
    """Judge the failures of every target, and say whose durations to look at closer.

    Args:
        heads: The fleet.
        rule: When to speak.
        now: The time, in UTC.
        since: When the window begins. What was counted in a bucket of time that ended later counts.
        outages: What ``outages`` has found in the window: their failures are not held against a
            target, and while one is open its members are not called degraded.
    """
    fleet = look(heads, rule, now=now, since=since, outages=outages)
    excused = {name for outage in outages if outage.open for name in outage.members}
    places: set[int] = set()
    if excused:
        places = {place for place, name in enumerate(heads.names) if name in excused}
    look_at, timed = suspects(fleet.few, longest=2 * rule.recent_share)
    bad = failing(fleet, rule)
    return Sweep(
        verdicts=Verdicts(
            failing=bad,
            degraded=degraded(fleet, rule, excused=places),
            forecast=forecast(fleet, rule, known={each.target for each in bad}),
        ),
        look_at=tuple(look_at.tolist()),
        calls=tuple(map(int, totals(fleet.pulses.calls, fleet.pulses).tolist())),
        timed=timed,
    )


def slowdowns(
    seen: Sweep, latencies: Mapping[int, bytes], rule: Rule, *, now: datetime, since: datetime
) -> Verdicts:
    """The same findings, and the targets that became slow.

    Args:
        seen: The first pass.
        latencies: The packed histograms of the targets of ``look_at``, by target.
        rule: When to speak.
        now: The time, in UTC.
        since: When the window begins.
    """
    found = slow(
        latencies, rule, timed=seen.timed, since=int(since.timestamp()), now=now.timestamp()
    )
    return replace(seen.verdicts, slow=found)
