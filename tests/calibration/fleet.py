"""A made-up fleet of tools whose troubles are known, recorded for a week."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import log
from typing import Final

import numpy as np
from numpy.random import Generator

from mendloop.model.cells import Cells
from mendloop.model.ids import TargetName
from mendloop.model.rollup import Heads
from tests.calibration.fold import BoolArray, Calls, FloatArray, IntArray, folded, packed

NOW: Final = datetime(2026, 11, 21, tzinfo=UTC)
WINDOW: Final = timedelta(days=7)
SINCE: Final = NOW - WINDOW
ALLOWED: Final = 0.1

KINDS: Final = {
    "healthy": 0.51,
    "borderline": 0.05,
    "failing": 0.08,
    "degraded": 0.08,
    "recovered": 0.04,
    "bursty": 0.03,
    "slow": 0.08,
    "cyclic": 0.05,
    "rare": 0.04,
    "rare failing": 0.04,
}
"""And of how many tools each is so."""
OUTAGES: Final = 15
CELL: Final = 300
_START: Final = int(SINCE.timestamp())
_SPAN: Final = int(WINDOW.total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One outage as it really was."""

    start: int
    stop: int
    fingerprint: str
    members: frozenset[TargetName]
    """Tools that failed because of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Tools, their recorded week, and what is really the matter with each."""

    names: tuple[TargetName, ...]
    kind: tuple[str, ...]
    rate: FloatArray
    """What each one's failure rate is at the end of the week."""
    calls: Calls
    """By tool, and each one's in the order of time."""
    cells: Cells
    outages: tuple[Trouble, ...]
    heads: Heads
    latencies: tuple[bytes, ...]

    def of(self, *kinds: str) -> frozenset[int]:
        """The places of the tools of some kinds."""
        return frozenset(place for place, kind in enumerate(self.kind) if kind in kinds)

    @property
    def failing(self) -> frozenset[int]:
        """The tools that now fail more often than is allowed."""
        return frozenset(np.flatnonzero(self.rate > ALLOWED).tolist())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tool:
    at: IntArray
    failed: BoolArray
    seconds: FloatArray
    rate: float


def fleet(tools: int, seed: int, *, typical: int = 160, outages: int = OUTAGES) -> Fleet:
    """Healthy and troubled tools, in the mix of ``KINDS``.

    Args:
        tools: How many.
        seed: Of all that is drawn.
        typical: The median number of calls in the week; the mean is about twice that.
        outages: How many there are.
    """
    rng = np.random.default_rng(seed)
    names = tuple(TargetName(f"t{number:05}") for number in range(tools))
    kinds = tuple(map(str, rng.choice(list(KINDS), tools, p=list(KINDS.values()))))
    made = [_tool(rng, kind, typical) for kind in kinds]
    calls = Calls(
        target=np.repeat(np.arange(tools), [each.at.size for each in made]),
        at=np.concatenate([each.at for each in made]),
        failed=np.concatenate([each.failed for each in made]),
        seconds=np.concatenate([each.seconds for each in made]),
    )
    why = _own_kinds(rng, calls)
    troubles = tuple(_outage(rng, calls, why, names, place) for place in range(outages))
    pulses, latencies = folded(calls, tools)
    last = np.zeros(tools, dtype=np.int64)
    np.maximum.at(last, calls.target, calls.at)
    return Fleet(
        names=names,
        kind=kinds,
        rate=np.array([each.rate for each in made]),
        calls=calls,
        cells=_cells(calls, why, names),
        outages=troubles,
        heads=Heads(names=names, pulses=pulses, last=tuple(last.tolist())),
        latencies=latencies,
    )


def _tool(rng: Generator, kind: str, typical: int) -> _Tool:
    calls = int(min(max(rng.lognormal(log(typical), 1.25), 12), 5000))
    if kind.startswith("rare"):
        calls = int(rng.integers(5, 21))
    at = np.sort(rng.integers(_START, _START + _SPAN, calls))
    change = int(_START + _SPAN * rng.uniform(0.4, 0.95))
    rate = np.full(calls, min(rng.lognormal(log(0.008), 1.0), 0.05))
    now = float(rate[0])
    match kind:
        case "borderline":
            rate[:] = now = rng.uniform(0.055, 0.09)
        case "failing":
            rate[:] = now = rng.uniform(0.13, 0.6)
        case "rare failing":
            rate[:] = now = rng.uniform(0.4, 0.95)
        case "degraded":
            now += rng.uniform(0.1, 0.5)
            rate[at >= change] = now
        case "recovered":
            bad = (at < change) & (at >= change - _SPAN * rng.uniform(0.1, 0.9))
            rate[bad] = rng.uniform(0.2, 0.6)
        case _:
            pass
    failed = _bursts(rng, calls, rng.uniform(0.02, 0.05)) if kind == "bursty" else None
    return _Tool(
        at=at,
        failed=rng.random(calls) < rate if failed is None else failed,
        seconds=_durations(rng, kind, at, change),
        rate=now,
    )


def _durations(rng: Generator, kind: str, at: IntArray, change: int) -> FloatArray:
    seconds = rng.lognormal(rng.uniform(-5, 1), rng.uniform(0.2, 0.6), at.size)
    if kind == "cyclic":
        seconds *= 1 + 0.4 * np.sin(2 * np.pi * at / 86_400 + rng.uniform(0, 2 * np.pi))
    if kind == "slow":
        some = rng.random(at.size) < (1.0 if rng.random() < 0.8 else 0.25)
        factor = rng.uniform(1.6, 4.0) if some.all() else rng.uniform(4.0, 8.0)
        seconds[(at >= change) & some] *= factor
    return seconds


def _bursts(rng: Generator, calls: int, rate: float) -> BoolArray:
    """Failures whose neighbours are correlated by 0.3, at a constant rate in the long run."""
    draws = rng.random(calls)
    failed = np.zeros(calls, dtype=np.bool_)
    for call in range(calls):
        before = call > 0 and failed[call - 1]
        failed[call] = draws[call] < (0.3 if before else 0.0) + 0.7 * rate
    return failed


def _own_kinds(rng: Generator, calls: Calls) -> IntArray:
    """What each call would fail of: one of three kinds of its own, or one that many share."""
    own = 1000 + 3 * calls.target + rng.integers(0, 3, calls.target.size)
    shared = rng.integers(0, 4, calls.target.size)
    return np.where(rng.random(calls.target.size) < 0.15, shared, own)


def _outage(
    rng: Generator, calls: Calls, why: IntArray, names: tuple[TargetName, ...], place: int
) -> Trouble:
    """Tools fail four times in five for a while, and all of one kind."""
    lasts = int(rng.uniform(900, 5400))
    start = int(rng.integers(_START + _SPAN // 10, _START + _SPAN - lasts))
    most = min(int(rng.integers(5, 60)), len(names) // 3)
    within = (calls.at >= start) & (calls.at < start + lasts)
    seen = np.unique(calls.target[within])
    members = rng.choice(seen, min(most, seen.size), replace=False)
    hit = within & np.isin(calls.target, members) & (rng.random(calls.at.size) < 0.8)
    calls.failed[hit] = True
    why[hit] = 100 + place
    return Trouble(
        start=start,
        stop=start + lasts,
        fingerprint=f"{100 + place:012x}",
        members=frozenset(names[each] for each in _distinct(calls.target[hit])),
    )


def _distinct(values: IntArray) -> list[int]:
    return [int(each) for each in np.unique(values)]


def _cells(calls: Calls, why: IntArray, names: tuple[TargetName, ...]) -> Cells:
    bad = calls.failed
    starts, bodies = packed(calls.at[bad], calls.target[bad], why[bad])
    return Cells(
        since=_START,
        starts=starts,
        bodies=bodies,
        targets=dict(enumerate(names)),
        fingerprints={kind: f"{kind:012x}" for kind in _distinct(why[bad])},
    )
