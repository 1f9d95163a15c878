"""A made-up fleet of tools whose troubles are known."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import log

import numpy as np
from numpy.random import Generator

from mendloop.model.execution import Series
from mendloop.model.ids import TargetName

NOW = datetime(2026, 11, 21, tzinfo=UTC)
WINDOW = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool, its recorded week, and what is really the matter with it."""

    series: Series
    failing: bool
    degraded: bool
    slow: bool
    kind: str
    steady: bool
    """Nothing about it ever got worse."""


def fleet(tools: int, seed: int) -> Iterator[Tool]:
    """Healthy, borderline, failing, degraded, recovered, bursty and slow tools, in that mix."""
    rng = np.random.default_rng(seed)
    kinds = [
        "healthy",
        "borderline",
        "failing",
        "degraded",
        "recovered",
        "bursty",
        "slow",
        "cyclic",
    ]
    shares = [0.56, 0.05, 0.08, 0.08, 0.02, 0.03, 0.08, 0.10]
    for number, kind in enumerate(rng.choice(kinds, tools, p=shares)):
        yield _tool(rng, f"t{number}", str(kind))


def _tool(rng: Generator, name: str, kind: str) -> Tool:
    calls = int(min(max(rng.lognormal(log(89), 1.2), 5), 4000))
    at = np.sort(rng.uniform(0, WINDOW.total_seconds(), calls))
    change = int(calls * rng.uniform(0.4, 0.95))
    rate = np.full(calls, _healthy_rate(rng))
    match kind:
        case "borderline":
            rate[:] = rng.uniform(0.055, 0.09)
        case "failing":
            rate[:] = rng.uniform(0.13, 0.6)
        case "degraded":
            rate[change:] = rate[0] + rng.uniform(0.05, 0.5)
        case "recovered":
            rate[:change] = rng.uniform(0.2, 0.6)
        case _:
            pass
    failed = rng.random(calls) < rate
    if kind == "bursty":
        failed = _bursts(rng, calls, rng.uniform(0.02, 0.05))
    seconds = rng.lognormal(rng.uniform(-5, 1), rng.uniform(0.2, 0.6), calls)
    if kind == "cyclic":
        seconds *= 1 + 0.4 * np.sin(2 * np.pi * at / 86_400)
    if kind == "slow":
        seconds[change:] *= rng.uniform(1.6, 4.0)
    start = NOW - WINDOW
    return Tool(
        series=Series(
            target=TargetName(name),
            at=tuple(start + timedelta(seconds=float(each)) for each in at),
            failed=tuple(map(bool, failed)),
            seconds=tuple(map(float, seconds)),
            fingerprints=tuple("k" if each else "" for each in failed),
        ),
        failing=bool(rate[-1] > 0.1),
        degraded=kind == "degraded",
        slow=kind == "slow",
        kind=kind,
        steady=kind not in {"degraded", "slow"},
    )


def _healthy_rate(rng: Generator) -> float:
    return min(rng.lognormal(log(0.008), 1.0), 0.05)


def _bursts(
    rng: Generator, calls: int, rate: float
) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Failures whose neighbours are correlated by 0.3, at a constant rate in the long run."""
    draws = rng.random(calls)
    failed = np.zeros(calls, dtype=np.bool_)
    for call in range(calls):
        before = call > 0 and failed[call - 1]
        failed[call] = draws[call] < (0.3 if before else 0.0) + 0.7 * rate
    return failed
