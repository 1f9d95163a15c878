"""How fast a sandbox answers, beside a fresh interpreter for each case and no isolation at all.

    python -m tests.bench.sandbox [CASES]

One trivial pure function. For each tier that this machine can have: the start of a sandbox with all
its probes, a second candidate in a warm one, all cases in chunks, a process for each case, and 2,000
cases among which are an endless loop, an exit, a fault of memory and a demand for 100 GB. Beside
that, in the same run: an interpreter started for each case, and the bare calls in this process. The
best of several rounds counts, because other load on the machine disturbs it least. Never a failure
of CI: the exit code is 0.
"""

import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import anyio

from mendloop.adapters.sandbox.linux import LinuxSandbox, LinuxSession
from mendloop.app.ports import Limits, Program
from mendloop.model.observation import Case, NotLoaded, Observation, Returned
from tests.adapters.sandbox.calls import BAD, FOUR_BAD

_SOURCE: Final = "def f(x):\n    return {'y': x * 2}\n"
_CASES: Final = 10_000
_SOLO: Final = 400
_FRESH: Final = 20
_ROUNDS: Final = 3
_CHUNKS: Final = (32, 256)
_PATH: Final = "candidate.py"
_PROGRAM: Final = Program(overlay={_PATH: _SOURCE.encode()}, path=_PATH, function="f")
_LIMITS: Final = Limits(total_timeout=timedelta(minutes=5))
_LEAST_CHUNKED: Final = 10_000
_LEAST_RATIO: Final = 200
_LEAST_SOLO: Final = 20
_MOST_START: Final = 0.100
_MOST_SECOND: Final = 0.015
_MIXED: Final = 2_000
_MOST_MIXED: Final = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """Cases a second without a sandbox."""

    fresh: float
    bare: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One tier: seconds of a start and of a second candidate; cases a second."""

    start: float
    second: float
    chunked: dict[int, float]
    solo: float
    mixed: float
    """Seconds for the cases of which four are bad."""


def floor(cases: int) -> Floor:
    """What it takes without any isolation, and with a new interpreter each time."""
    space: dict[str, Any] = {}
    exec(_SOURCE, space)  # noqa: S102  our own source
    function = space["f"]
    start = time.perf_counter()
    for number in range(cases):
        function(number)
    bare = cases / (time.perf_counter() - start)
    each: list[float] = []
    for number in range(_FRESH):
        start = time.perf_counter()
        code = f"{_SOURCE}import json\nprint(json.dumps(f({number})))"
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        each.append(time.perf_counter() - start)
    return Floor(fresh=1 / min(each), bare=bare)


def _calls(count: int) -> list[Case]:
    return [Case(id=str(number), args=(number,)) for number in range(count)]


def _check(answer: tuple[Observation, ...] | NotLoaded, count: int) -> None:
    """A rate of wrong answers is no rate."""
    right = [Returned({"y": number * 2}) for number in range(count)]
    if isinstance(answer, NotLoaded) or [one.seen for one in answer] != right:
        raise RuntimeError(f"the sandbox answered wrongly: {str(answer)[:200]}")


async def _rate(session: LinuxSession, count: int, chunk: int) -> float:
    """Cases a second, the load of the candidate included."""
    cases = _calls(count)
    best = 0.0
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        answer = await session.observe(_PROGRAM, cases, limits=_LIMITS, chunk=chunk)
        best = max(best, count / (time.perf_counter() - start))
        _check(answer, count)
    return best


@asynccontextmanager
async def _up(tier: str) -> AsyncGenerator[LinuxSession]:
    sandbox = LinuxSandbox(least_tier=tier, best_tier=tier)
    async with sandbox.open({}, python=sys.executable) as session:
        yield session


async def _start(tier: str) -> float:
    """Seconds until a sandbox is up, its interpreter having been asked before."""
    sandbox = LinuxSandbox(least_tier=tier, best_tier=tier)
    best = float("inf")
    for _ in range(_ROUNDS + 1):
        start = time.perf_counter()
        async with sandbox.open({}, python=sys.executable):
            best = min(best, time.perf_counter() - start)
    return best


async def _second(session: LinuxSession) -> float:
    """Seconds from one more candidate to its first answer."""
    best = float("inf")
    for _ in range(4 * _ROUNDS):
        start = time.perf_counter()
        answer = await session.observe(_PROGRAM, _calls(1), limits=_LIMITS)
        best = min(best, time.perf_counter() - start)
        _check(answer, 1)
    return best


async def _mixed(session: LinuxSession) -> float:
    """Seconds until exactly the bad ones are blamed and all others answered."""
    limits = Limits(case_timeout=timedelta(seconds=1))
    program = Program(overlay={_PATH: FOUR_BAD.encode()}, path=_PATH, function="f")
    start = time.perf_counter()
    answer = await session.observe(program, _calls(_MIXED), limits=limits)
    took = time.perf_counter() - start
    if isinstance(answer, NotLoaded):
        raise TypeError(str(answer))
    blamed = {number for number, one in enumerate(answer) if one.seen != Returned(number * 2)}
    if sorted(blamed) != sorted(BAD):
        raise RuntimeError(f"blamed: {sorted(blamed)[:20]}")
    return took


async def measured(tier: str, cases: int) -> Measured:
    """Everything of one tier."""
    start = await _start(tier)
    async with _up(tier) as session:
        second = await _second(session)
        chunked = {chunk: await _rate(session, cases, chunk) for chunk in _CHUNKS}
        solo = await _rate(session, _SOLO, 1)
        mixed = await _mixed(session)
    return Measured(start=start, second=second, chunked=chunked, solo=solo, mixed=mixed)


async def tiers() -> list[str]:
    """Those that come up here."""
    found: list[str] = []
    for tier in ("A", "B"):
        state = await LinuxSandbox(least_tier=tier, best_tier=tier).probe()
        found += [tier] if not state.missing else []
    return found


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _met(reached: bool) -> str:  # noqa: FBT001  a word for a truth
    return "met" if reached else "NOT MET"


def _told(tier: str, found: Measured, beside: Floor) -> None:
    _say(f"tier {tier}")
    for chunk, rate in found.chunked.items():
        ratio = rate / beside.fresh
        met = _met(rate >= _LEAST_CHUNKED and ratio >= _LEAST_RATIO)
        _say(
            f"  chunks of {chunk:<4}{rate:12,.0f} cases/s, {ratio:6,.0f} times a fresh interpreter"
            f"  target at least {_LEAST_CHUNKED:,}/s and {_LEAST_RATIO} times: {met}"
        )
    ratio = found.solo / beside.fresh
    _say(
        f"  a process each{found.solo:11,.0f} cases/s, {ratio:6,.0f} times a fresh interpreter"
        f"  target at least {_LEAST_SOLO} times: {_met(ratio >= _LEAST_SOLO)}"
    )
    _say(
        f"  start {1e3 * found.start:19.1f} ms"
        f"  target at most {1e3 * _MOST_START:.0f} ms: {_met(found.start <= _MOST_START)}"
    )
    _say(
        f"  second candidate {1e3 * found.second:8.1f} ms"
        f"  target at most {1e3 * _MOST_SECOND:.0f} ms: {_met(found.second <= _MOST_SECOND)}"
    )
    _say(
        f"  {_MIXED:,} cases, those four blamed, the rest answered {found.mixed:5.2f} s"
        f"  target at most {_MOST_MIXED:.0f} s: {_met(found.mixed <= _MOST_MIXED)}"
    )


def main() -> None:
    """Measure, and print."""
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else _CASES
    before = floor(cases)
    results = {tier: anyio.run(measured, tier, cases) for tier in anyio.run(tiers)}
    after = floor(cases)
    beside = Floor(fresh=max(before.fresh, after.fresh), bare=max(before.bare, after.bare))
    _say(
        f"sandbox, {cases:,} cases of a trivial function: a fresh interpreter each"
        f" {beside.fresh:,.0f} cases/s; no isolation {beside.bare:,.0f} cases/s"
    )
    for tier, found in results.items():
        _told(tier, found, beside)


if __name__ == "__main__":
    main()
