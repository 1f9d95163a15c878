"""Which targets fail more often than they did?"""

import math
from collections.abc import Collection, Iterator
from typing import Final

from mendloop.core.detect.fleet import LEAST_FAILURES, Fleet
from mendloop.core.detect.rule import Rule
from mendloop.core.detect.verdicts import Degraded
from mendloop.core.stats.arrays import BoolArray, places
from mendloop.core.stats.discovery import discoveries, guarded
from mendloop.core.stats.proportions import intervals
from mendloop.core.stats.turns import Counts, lasting, sides
from mendloop.model.execution import Tally

_CARE: Final = 0.97
"""Of the promised share of false findings, what is aimed at; recoveries have been counted with care
already."""


def degraded(fleet: Fleet, rule: Rule, *, excused: Collection[int]) -> tuple[Degraded, ...]:
    """The targets whose failure rate went up and has not come down again.

    Of the findings at most ``fdr`` are expected to be false. In a fleet of fewer than 30 targets
    the evidence must reach 1 / (1 - ``confidence``) as well: it is an e-value, so a steady target
    is called degraded with a probability of at most 1 - ``confidence`` (Markov's inequality;
    Gruenwald, de Heide and Koolen 2024).

    Args:
        fleet: What was counted.
        rule: When to speak.
        excused: Targets in an outage that is not over.
    """
    turns = fleet.turns
    before, now, bucket = sides(fleet.pulses, turns)
    fit = (turns.worse >= 0) & (now.calls >= max(rule.least_calls, LEAST_FAILURES))
    fit &= (now.failures >= LEAST_FAILURES) & (before.calls > 0)
    fit &= now.failures * before.calls > before.failures * now.calls
    fit &= ~places(excused, fleet.pulses.targets)
    if fleet.small:
        fit &= turns.log_factor >= -math.log(1 - rule.confidence)
    false = lasting(turns)
    reported = discoveries(guarded(false, fit), fdr=_CARE * rule.fdr) & fit
    low, high = intervals(now.failures[reported], now.calls[reported])
    return tuple(
        Degraded(
            target=target,
            probability=1 - wrong,
            before=was,
            now=is_,
            low=least,
            high=most,
            since=since,
            hurt=fleet.a_day(is_.failures - was.rate * is_.calls, since),
        )
        for target, wrong, was, is_, least, most, since in zip(
            reported.nonzero()[0].tolist(),
            false[reported].tolist(),
            _tallies(before, reported),
            _tallies(now, reported),
            low.tolist(),
            high.tolist(),
            fleet.pulses.start[bucket[reported]].tolist(),
            strict=True,
        )
    )


def _tallies(counts: Counts, some: BoolArray) -> Iterator[Tally]:
    failures, calls = counts.failures[some].tolist(), counts.calls[some].tolist()
    for bad, all_ in zip(failures, calls, strict=True):
        yield Tally(calls=int(all_), failures=int(bad))
