"""What a batch changes in the rollups: merged here first, so that each row is touched once."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import field
from math import frexp, inf
from typing import Final, TypeAlias

from mendloop.model.cells import WIDTH
from mendloop.model.pulse import minute
from mendloop.noun import dataclass

Counted: TypeAlias = tuple[int, int, float | None, int, str, int, str | None]
"""Target, time in microseconds, seconds, outcome, fingerprint, version, caller."""
HourKey: TypeAlias = tuple[int, int, int, int]
"""Target, start, width in seconds, version."""

SECOND: Final = 1_000_000
"""In microseconds."""
HOUR: Final = 3600
DAY: Final = 86400
CALLER: Final = 0
KIND: Final = 1

_MINUTE: Final = 60 * SECOND
_END: Final = minute(2**63) * _MINUTE
# As in ``mendloop.model.sketch.index``, which would cost a call for each row here.
_BOUNDS: Final = tuple(2 ** (step / 16 - 1) for step in range(16))


@dataclass(slots=True)
class TargetChange:
    """For the head of one target."""

    first: int = 2**63 - 1
    last: int = -(2**63)
    """Of the calls that came."""
    less: bool = False
    """Whether calls were taken out, so that the first or the last may have gone."""
    tallies: dict[int, list[int]] = field(default_factory=dict[int, list[int]])
    bins: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])


@dataclass(slots=True)
class HourChange:
    """For one hour, or day, of one target and version."""

    calls: int = 0
    failures: int = 0
    bins: dict[int, int] = field(default_factory=dict[int, int])
    callers: dict[str, int] = field(default_factory=dict[str, int])
    kinds: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(slots=True)
class KindChange:
    """For one kind of failure of one target."""

    count: int = 0
    first: int = 2**63 - 1
    last: int = -(2**63)
    less: bool = False


@dataclass(slots=True)
class Changes:
    """All of them. Adding the same calls in any order gives the same changes."""

    days_until: int
    """Seconds since 1970: calls before it are counted by day, and in no cell."""
    targets: dict[int, TargetChange] = field(default_factory=dict[int, TargetChange])
    hours: dict[HourKey, HourChange] = field(default_factory=dict[HourKey, HourChange])
    cells: dict[tuple[int, str, int], int] = field(default_factory=dict[tuple[int, str, int], int])
    kinds: dict[tuple[int, str], KindChange] = field(
        default_factory=dict[tuple[int, str], KindChange]
    )

    def put(self, calls: Iterable[Counted]) -> None:
        """Calls that came."""
        for target, some in _by_target(calls).items():
            change = self._count(target, some, 1)
            ats = [call[1] for call in some]
            change.first = min(change.first, *ats)
            change.last = max(change.last, *ats)
            for call in some:
                if call[3]:
                    kind = self._fail(call, 1)
                    kind.first = min(kind.first, call[1])
                    kind.last = max(kind.last, call[1])

    def take(self, calls: Iterable[Counted]) -> None:
        """Calls that were replaced, or are seen in another light now."""
        for target, some in _by_target(calls).items():
            self._count(target, some, -1).less = True
            for call in some:
                if call[3]:
                    self._fail(call, -1).less = True

    def _count(self, target: int, calls: Iterable[Counted], sign: int) -> TargetChange:
        change = self.targets.get(target)
        if change is None:
            change = self.targets[target] = TargetChange()
        # Every call of every batch passes here: written for speed.
        tallies, bins = change.tallies, change.bins
        for _, at, seconds, outcome, fingerprint, version, caller in calls:
            here = at // _MINUTE if 0 <= at < _END else minute(at // SECOND)
            tally = tallies.get(here)
            if tally is None:
                tally = tallies[here] = [0, 0, 0, 0, 0]
            tally[0] += sign
            hour = self._hour(target, at // SECOND, version)
            hour.calls += sign
            if caller is not None:
                hour.callers[caller] = hour.callers.get(caller, 0) + sign
            if outcome:
                tally[1] += sign
                hour.failures += sign
                hour.kinds[fingerprint] = hour.kinds.get(fingerprint, 0) + sign
            elif seconds is not None and 0.0 < seconds < inf:
                mantissa, exponent = frexp(seconds)
                log = 16 * exponent + bisect_left(_BOUNDS, mantissa) - 17
                tally[2] += sign
                tally[3] += sign * log
                tally[4] += sign * log * log
                place = (here, log >> 2)
                bins[place] = bins.get(place, 0) + sign
                hour.bins[log] = hour.bins.get(log, 0) + sign
        return change

    def _hour(self, target: int, second: int, version: int) -> HourChange:
        width = HOUR if second >= self.days_until else DAY
        key = (target, second - second % width, width, version)
        hour = self.hours.get(key)
        if hour is None:
            hour = self.hours[key] = HourChange()
        return hour

    def _fail(self, call: Counted, sign: int) -> KindChange:
        target, at, _, _, fingerprint, _, _ = call
        second = at // SECOND
        # Failures of no known kind have nothing in common: they make no cell.
        if fingerprint and second >= self.days_until:
            cell = (second - second % WIDTH, fingerprint, target)
            self.cells[cell] = self.cells.get(cell, 0) + sign
        kind = self.kinds.setdefault((target, fingerprint), KindChange())
        kind.count += sign
        return kind


def _by_target(calls: Iterable[Counted]) -> dict[int, list[Counted]]:
    groups: dict[int, list[Counted]] = {}
    for call in calls:
        group = groups.get(call[0])
        if group is None:
            groups[call[0]] = [call]
        else:
            group.append(call)
    return groups
