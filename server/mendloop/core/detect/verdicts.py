"""What a look at the whole fleet has shown, before it is put into words. Light: no numerics.

Times are whole seconds since 1970, rates are shares of calls. ``target`` is the target's place in
the ``Heads`` that were looked at. Who makes these, and what becomes of them::

    outage.outages(cells, now=..., rule=...)                             -> tuple[Outage, ...]
    sweep.sweep(heads, rule, now=..., since=..., outages=...)            -> Sweep
    sweep.slowdowns(seen, latencies, rule, now=..., since=...)           -> Verdicts, with ``slow``
    words.finding(verdict, name, kinds)                                  -> Finding
    words.outage_finding(outage, kinds)                                  -> Finding
    words.ranked(findings)                                               -> tuple[Finding, ...]
"""

from typing import TypeAlias

from mendloop.model.execution import Tally
from mendloop.model.ids import TargetName
from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """It fails more often than is allowed."""

    target: int
    probability: float
    """That it does: 1 - the local false discovery rate."""
    now: Tally
    """The calls since its last clear change; all of the window where it had none."""
    low: float
    """The range of its failure rate, 95 % sure."""
    high: float
    since: int
    """When these calls began."""
    changed: bool
    """Whether they began with a change, not with the window."""
    hurt: float
    """Failed calls a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Degraded:
    """It fails more often than it did, and has not recovered."""

    target: int
    probability: float
    """That it does: 1 - the local false discovery rate."""
    before: Tally
    now: Tally
    low: float
    """The range of the failure rate now, 95 % sure."""
    high: float
    since: int
    """The most likely time of the change."""
    hurt: float
    """Failed calls a day, beyond those of before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """Its successful calls take longer than they did."""

    target: int
    probability: float
    """That they do: 1 - the local false discovery rate."""
    calls_before: int
    """Successful calls whose duration is known."""
    calls_now: int
    before: float
    """Seconds; as ``tail`` says, of the median, or of the fastest of the slowest tenth."""
    now: float
    tail: bool
    """Whether only the slowest tenth takes so much longer."""
    since: int
    """The most likely time of the change."""
    hurt: float
    """Calls that take longer, a day, each counted by the share of its time that is lost, halved."""

    @property
    def ratio(self) -> float:
        """By what factor."""
        return self.now / self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Its failure rate rises steadily, and will soon be more than is allowed."""

    target: int
    probability: float
    """That it crosses within the rule's days."""
    calls: Tally
    """Those that show the trend."""
    rate: float
    """The failure rate at present, by the trend."""
    rate_then: float
    """The same, at the end of the rule's days."""
    crosses: int
    """The likely time of the crossing."""
    days: float
    """How far ahead was looked."""
    since: int
    """When the calls that show the trend began."""
    hurt: float
    """Failed calls a day at the end of the rule's days, beyond those of now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Several targets failed together, of one cause."""

    fingerprint: str
    """What they failed with; empty where each failed in its own way."""
    start: int
    stop: int
    """Exclusive. Both are multiples of 300."""
    members: tuple[TargetName, ...]
    """By name."""
    failures: tuple[int, ...]
    """Of each member, within the time."""
    p_value: float
    """How likely so many targets would fail together by chance, times the places looked at."""
    open: bool
    """Whether it was still so in the last half hour."""

    @property
    def probability(self) -> float:
        """That it is no chance: 1 - the p-value."""
        return 1 - self.p_value


Verdict: TypeAlias = Failing | Degraded | Slow | Forecast


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """All that was found, by kind; each by target."""

    failing: tuple[Failing, ...]
    degraded: tuple[Degraded, ...]
    forecast: tuple[Forecast, ...]
    slow: tuple[Slow, ...] = ()

    @property
    def all(self) -> tuple[Verdict, ...]:
        """One after the other."""
        return (*self.failing, *self.degraded, *self.slow, *self.forecast)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """The first pass over the fleet, without latency histograms."""

    verdicts: Verdicts
    """Without the slow ones."""
    look_at: tuple[int, ...]
    """The targets that may have become slow: read their latency histograms for ``slowdowns``."""
    calls: tuple[int, ...]
    """Of every target, those of the window: with fewer than ``least_calls`` nobody can say."""
    timed: int
    """How many targets' durations were compared, to choose ``look_at``."""
