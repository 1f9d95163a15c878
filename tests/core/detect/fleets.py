"""Small fleets, and what is found in them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from mendloop.core.detect.rule import Rule
from mendloop.core.detect.sweep import slowdowns, sweep
from mendloop.core.detect.verdicts import Outage, Verdicts
from mendloop.model import pulse
from mendloop.model.ids import TargetName
from mendloop.model.rollup import Heads
from tests.pulses import fold

NOW: Final = datetime(2026, 11, 21, tzinfo=UTC)
SINCE: Final = NOW - timedelta(days=7)
LAST: Final = int(NOW.timestamp())
RULE: Final = Rule(
    success_below=0.9, confidence=0.99, least_calls=5, recent_share=0.25, slow_factor=1.5
)

Calls = Sequence[pulse.Call]


def spread(
    failed: Sequence[bool], *, seconds: Sequence[float] | float = 0.1, every: int = 600
) -> list[pulse.Call]:
    """Calls at even distances, the last one just now, oldest first."""
    times = seconds if isinstance(seconds, Sequence) else [seconds] * len(failed)
    first = LAST - every * (len(failed) - 1)
    return [
        (first + every * place, bad, took)
        for place, (bad, took) in enumerate(zip(failed, times, strict=True))
    ]


def often(calls: int, share: float) -> list[bool]:
    """Failures at even distances."""
    return [int((place + 1) * share) > int(place * share) for place in range(calls)]


def steady(targets: int = 60, calls: int = 200) -> list[list[pulse.Call]]:
    """Targets of which hardly any call fails."""
    return [spread(often(calls, 0.004 * (place % 4))) for place in range(targets)]


def heads(fleet: Sequence[Calls]) -> Heads:
    """The fleet as the store keeps it."""
    return Heads(
        names=tuple(TargetName(f"t{place:04}") for place in range(len(fleet))),
        pulses=tuple(_pulse(tuple(calls)) for calls in fleet),
        last=tuple(max((at for at, _, _ in calls), default=0) for calls in fleet),
    )


@lru_cache(maxsize=512)
def _pulse(calls: tuple[pulse.Call, ...]) -> bytes:
    return fold(b"", calls)


def latencies(calls: Calls) -> bytes:
    """The durations of one target as the store keeps them."""
    tallies, bins = pulse.tallied(calls)
    newest = pulse.newest(pulse.add(b"", tallies))
    return pulse.add_latencies(b"", bins, before=-1, now=newest)


def judged(
    fleet: Sequence[Calls], *, rule: Rule = RULE, outages: Sequence[Outage] = ()
) -> Verdicts:
    """All that is found in a fleet."""
    seen = sweep(heads(fleet), rule, now=NOW, since=SINCE, outages=outages)
    times = {place: latencies(fleet[place]) for place in seen.look_at}
    return slowdowns(seen, times, rule, now=NOW, since=SINCE)
