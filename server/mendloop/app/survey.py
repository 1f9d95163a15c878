"""The history in numbers, as people want to see it: of one target, and of all of them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import reduce
from typing import Final

from mendloop.app.ports import Clock
from mendloop.app.service import service
from mendloop.model import sketch
from mendloop.model.deployment import Deployment, Watch
from mendloop.model.ids import TargetName
from mendloop.model.incident import Incident, IncidentState
from mendloop.model.rollup import Hour, KindCount
from mendloop.noun import dataclass
from mendloop.store.history import History
from mendloop.store.overview import WaitingProposal
from mendloop.store.state import State

BARS: Final = 60
"""Of a chart, at most."""
_WIDTHS: Final = (1, 2, 3, 6, 12, 24, 48, 168, 336, 720)
"""Hours that one bar may stand for."""
_HOUR: Final = 3600
_MOST_KINDS: Final = 8
_MOST_CALLERS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long successful calls take, in seconds; each off by at most ``error`` of itself."""

    measured: int
    p50: float
    p95: float
    p99: float
    error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The calls of one stretch of time."""

    start: datetime
    calls: int
    failures: int
    p95: float | None
    """Seconds; ``None`` where nothing was measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetStats:
    """One target over a window."""

    target: TargetName
    calls: int
    failures: int
    times: Times | None
    """``None`` where nothing was measured."""
    bars: tuple[Bar, ...]
    """The whole window, oldest first, all of one width."""
    width: timedelta
    callers: tuple[tuple[str, int], ...]
    """Calls by who made them, the most first."""
    kinds: tuple[KindCount, ...]
    """Kinds of failure, the most frequent first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Everything over a window."""

    at: datetime
    window: timedelta
    calls: int
    failures: int
    bars: tuple[Bar, ...]
    width: timedelta
    known: int
    """Targets that were ever called."""
    targets: tuple[TargetStats, ...]
    """Those with the most failures, then those with the most calls."""
    incidents: tuple[Incident, ...]
    """The open ones, most urgent first."""
    deployments: tuple[Deployment, ...]
    """The newest ones first."""
    watches: tuple[Watch, ...]
    waiting: tuple[WaitingProposal, ...]


@service
class Surveyor:
    """Adds up."""

    state: State
    history: History
    clock: Clock

    async def stats(self, target: TargetName, *, window: timedelta) -> TargetStats:
        """One target's numbers; all are zero where it was not called in the window."""
        now = self.clock.now()
        hours = await self.history.hours(target, since=now - window)
        kinds = await self.history.kinds(target, since=now - window, limit=_MOST_KINDS)
        return _stats(target, hours, kinds, now, window)

    async def survey(self, *, window: timedelta, most: int = 50) -> Survey:
        """All numbers, of at most so many targets each."""
        now = self.clock.now()
        since = now - window
        hours = await self.history.hours(None, since=since)
        summaries = await self.history.summaries()
        recent = [each for each in summaries if each.last >= since]
        recent.sort(key=lambda each: (-each.failures, -each.calls, each.target))
        targets = [await self.stats(each.target, window=window) for each in recent[:most]]
        async with self.state.reading() as tables:
            incidents = await tables.incidents.page(state=IncidentState.OPEN, limit=most)
            deployments = await tables.deployments.page(limit=most)
            watches = await tables.watches.active()
        overview = await self.state.overview(hour_ago=now, day_ago=now)
        bars, width = bars_of(hours, now, window)
        return Survey(
            at=now,
            window=window,
            calls=sum(hour.calls for hour in hours),
            failures=sum(hour.failures for hour in hours),
            bars=bars,
            width=width,
            known=len(summaries),
            targets=tuple(sorted(targets, key=lambda each: (-each.failures, -each.calls))),
            incidents=incidents,
            deployments=tuple(each for each in deployments if each.at >= since),
            watches=watches,
            waiting=overview.proposals,
        )


def _stats(
    target: TargetName,
    hours: Sequence[Hour],
    kinds: tuple[KindCount, ...],
    now: datetime,
    window: timedelta,
) -> TargetStats:
    callers: Counter[str] = Counter()
    for hour in hours:
        callers.update(hour.callers)
    bars, width = bars_of(hours, now, window)
    most = sorted(callers.items(), key=lambda each: (-each[1], each[0]))
    return TargetStats(
        target=target,
        calls=sum(hour.calls for hour in hours),
        failures=sum(hour.failures for hour in hours),
        times=times_of(hour.sketch for hour in hours),
        bars=bars,
        width=width,
        callers=tuple(most[:_MOST_CALLERS]),
        kinds=kinds,
    )


def times_of(sketches: Iterable[bytes]) -> Times | None:
    """The durations in several sketches, together."""
    whole = reduce(sketch.merge, sketches, b"")
    measured = sketch.count(whole)
    if not measured:
        return None
    return Times(
        measured=measured,
        p50=sketch.quantile(whole, 0.50),
        p95=sketch.quantile(whole, 0.95),
        p99=sketch.quantile(whole, 0.99),
        error=sketch.RELATIVE_ERROR,
    )


def bars_of(
    hours: Sequence[Hour], now: datetime, window: timedelta
) -> tuple[tuple[Bar, ...], timedelta]:
    """The window cut into at most ``BARS`` stretches of one width, and that width.

    A bucket of a day lies in the stretch in which it begins.
    """
    whole = window / timedelta(hours=1)
    width = next((each for each in _WIDTHS if whole / each <= BARS), _WIDTHS[-1]) * _HOUR
    last = int(now.timestamp()) // width
    first = max(int((now - window).timestamp()) // width, last - BARS)
    held: dict[int, list[Hour]] = {}
    for hour in hours:
        held.setdefault(int(hour.start.timestamp()) // width, []).append(hour)
    bars = [_bar(held.get(number, ()), number * width, now) for number in range(first, last + 1)]
    return tuple(bars), timedelta(seconds=width)


def _bar(hours: Sequence[Hour], start: int, now: datetime) -> Bar:
    times = times_of(hour.sketch for hour in hours)
    return Bar(
        start=datetime.fromtimestamp(start, now.tzinfo),
        calls=sum(hour.calls for hour in hours),
        failures=sum(hour.failures for hour in hours),
        p95=None if times is None else times.p95,
    )
