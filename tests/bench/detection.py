"""What a look at the whole fleet costs, beside one scan of the same executions by a column store.

    python -m tests.bench.detection [EXECUTIONS]

The product reads what it keeps of every target (pulses, the histograms of suspects, failures by
five minutes) from a real history database, and judges all targets. The scan is DuckDB's: of a table
with the columns that an execution has, one pass that counts calls, failures and kinds and adds up
durations by target. It reads those five columns; a second one reads the arguments too. Both run in
this process, one after the other, with as many threads as there are processors.
"""

import asyncio
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import duckdb
import numpy as np
from numpy.random import Generator

from mendloop.app.fleet import Fleet
from mendloop.core.detect.rule import Rule
from mendloop.core.detect.sweep import slowdowns, sweep
from mendloop.model import pulse
from mendloop.model.ids import TargetName
from mendloop.model.rollup import Heads
from mendloop.model.target import Manifest
from mendloop.store.history import History
from mendloop.store.state import State
from tests.calibration.fleet import CELL, NOW, SINCE, WINDOW
from tests.calibration.fold import Calls, folded

_EXECUTIONS: Final = 10_000_000
_TARGETS: Final = 5_000
_MANY: Final = 100_000
_BLOCK: Final = 250
"""Targets that are made at a time."""
_SHARE: Final = 10
"""How many times fewer executions the smaller fleet has."""
_ROUNDS: Final = 3
_GROWTH: Final = 1.3
_SECONDS: Final = 1.0
_RULE: Final = Rule(
    success_below=0.9, confidence=0.99, least_calls=5, recent_share=0.25, slow_factor=1.5
)
_SCAN: Final = (
    "SELECT target, count(*), count(*) FILTER (outcome <> 'ok'), sum(seconds), max(called),"
    " approx_count_distinct(fingerprint){more} FROM executions GROUP BY target"
)
_TABLE: Final = (
    "CREATE TABLE executions (id VARCHAR, target VARCHAR, called TIMESTAMP, outcome VARCHAR,"
    " seconds DOUBLE, fingerprint VARCHAR, args VARCHAR)"
)
_FILL: Final = (
    "INSERT INTO executions SELECT 'r-' || hex(number), 't' || target, make_timestamp(called * 1000000),"
    " CASE WHEN failed THEN 'error' ELSE 'ok' END, seconds,"
    " CASE WHEN failed THEN 'f' || kind END,"
    """ '[' || number % 1000 || ', "order ' || number % 977 || ' of the week"]' FROM block"""
)


class _Cost(NamedTuple):
    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class _Made:
    """One block of targets."""

    calls: Calls
    kind: "np.ndarray[Any, np.dtype[np.int64]]"
    """What each call would fail of."""
    first: int
    """The first target of the block."""


def blocks(executions: int, targets: int, seed: int) -> Iterator[_Made]:
    """A fleet of busy and quiet tools, of which some fail, grew worse or became slow."""
    rng = np.random.default_rng(seed)
    sizes = rng.lognormal(0.0, 1.0, targets)
    sizes = np.maximum(np.rint(sizes * executions / sizes.sum()), 1).astype(np.int64)
    start, span = int(SINCE.timestamp()), int(WINDOW.total_seconds())
    for first in range(0, targets, _BLOCK):
        counts = sizes[first : first + _BLOCK]
        target = np.repeat(np.arange(counts.size), counts)
        at = start + rng.integers(0, span, target.size)
        rate, factor = _troubles(rng, counts.size)
        late = at > start + (span * rng.uniform(0.4, 0.95, counts.size))[target]
        failed = rng.random(target.size) < np.where(late, rate[1][target], rate[0][target])
        seconds = rng.lognormal(-3, 0.5, target.size) * np.where(late, factor[target], 1.0)
        kind = np.where(
            rng.random(target.size) < 0.15, rng.integers(0, 4, target.size), 1000 + first + target
        )
        yield _Made(Calls(target=target, at=at, failed=failed, seconds=seconds), kind, first)


def _troubles(rng: Generator, targets: int) -> tuple[list[Any], Any]:
    """Failure rates before and after a change, and by how much calls become slower."""
    before = np.minimum(rng.lognormal(np.log(0.008), 1.0, targets), 0.05)
    before = np.where(rng.random(targets) < 0.08, rng.uniform(0.13, 0.6, targets), before)
    worse = rng.random(targets) < 0.08
    after = np.where(worse, np.minimum(before + rng.uniform(0.1, 0.5, targets), 1.0), before)
    slower = np.where(rng.random(targets) < 0.08, rng.uniform(1.6, 4.0, targets), 1.0)
    return [before, after], slower


class _Store:
    """A history database whose rollups are those of some executions, and a table of these."""

    def __init__(self, folder: Path, table: duckdb.DuckDBPyConnection | None) -> None:
        self._path, self._table = folder / "history.db", table
        self._rows = 0

    async def fill(self, executions: int, targets: int) -> None:
        """Put all in, block by block."""
        async with History.open(self._path):
            pass
        with closing(sqlite3.connect(self._path)) as history:
            for made in blocks(executions, targets, seed=1):
                self._keep(history, made)
                if self._table is not None:
                    self._tabulate(self._table, made)
            history.commit()

    def _keep(self, history: sqlite3.Connection, made: _Made) -> None:
        """The rollups that a look reads, as the store keeps them."""
        calls = made.calls
        tools = int(calls.target.max()) + 1
        pulses, latencies = folded(calls, tools)
        many = np.bincount(calls.target, minlength=tools).tolist()
        bad = np.bincount(calls.target[calls.failed], minlength=tools).tolist()
        last = np.zeros(tools, dtype=np.int64)
        np.maximum.at(last, calls.target, calls.at)
        history.executemany(
            "INSERT INTO targets VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (made.first + n + 1, f"t{made.first + n:06}", many[n], bad[n], 0, at * 10**6, each)
                for n, (at, each) in enumerate(zip(last.tolist(), pulses, strict=True))
            ],
        )
        history.executemany(
            "INSERT INTO latencies VALUES (?, ?, ?)",
            [
                (made.first + n + 1, pulse.newest(pulses[n]), each)
                for n, each in enumerate(latencies)
            ],
        )
        cells = np.stack([calls.at // CELL * CELL, made.kind, calls.target])[:, calls.failed]
        kept, count = np.unique(cells, axis=1, return_counts=True)
        history.executemany(
            "INSERT INTO cells VALUES (?, ?, ?, ?)",
            [
                (start, f"{kind:012x}", made.first + n + 1, failures)
                for start, kind, n, failures in zip(*kept.tolist(), count.tolist(), strict=True)
            ],
        )

    def _tabulate(self, table: duckdb.DuckDBPyConnection, made: _Made) -> None:
        calls = made.calls
        number = self._rows + np.arange(calls.at.size)
        self._rows += calls.at.size
        block = {
            "number": number,
            "target": made.first + calls.target,
            "called": calls.at,
            "failed": calls.failed,
            "seconds": calls.seconds,
            "kind": made.kind,
        }
        table.register("block", block)
        table.execute(_FILL)
        table.unregister("block")


def least(work: Callable[[], object], rounds: int = _ROUNDS) -> _Cost:
    """The least of some rounds, by the clock and by the processor."""
    costs: list[_Cost] = []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        costs.append(_Cost(time.perf_counter() - wall, time.process_time() - cpu))
    return _Cost(min(each.wall for each in costs), min(each.cpu for each in costs))


async def look(folder: Path) -> tuple[_Cost, int]:
    """The least cost of a look at all targets of a database, and how many findings it has."""
    async with AsyncExitStack() as stack:
        history = await stack.enter_async_context(History.open(folder / "history.db"))
        state = await stack.enter_async_context(State.open(folder / "state.db"))
        fleet = Fleet(state=state, history=history, rule=_RULE)
        costs: list[_Cost] = []
        findings = 0
        for _ in range(_ROUNDS + 1):
            wall, cpu = time.perf_counter(), time.process_time()
            seen = await fleet.look(Manifest(), since=SINCE, now=NOW + timedelta(seconds=1))
            costs.append(_Cost(time.perf_counter() - wall, time.process_time() - cpu))
            findings = len(seen.findings)
    return _Cost(min(each.wall for each in costs), min(each.cpu for each in costs)), findings


def many() -> _Cost:
    """The cost of judging 100,000 targets whose pulses have been read."""
    pulses: list[bytes] = []
    latencies: list[bytes] = []
    for made in blocks(40 * _MANY // _SHARE, _MANY // _SHARE, seed=2):
        tools = int(made.calls.target.max()) + 1
        some = folded(made.calls, tools)
        pulses += some[0]
        latencies += some[1]
    pulses, latencies = pulses * _SHARE, latencies * _SHARE
    names = tuple(TargetName(f"t{number:06}") for number in range(len(pulses)))
    heads = Heads(names=names, pulses=tuple(pulses), last=(0,) * len(pulses))

    def judge() -> None:
        seen = sweep(heads, _RULE, now=NOW, since=SINCE)
        times = {place: latencies[place] for place in seen.look_at}
        slowdowns(seen, times, _RULE, now=NOW, since=SINCE)

    return least(judge)


async def compare(folder: Path, executions: int) -> list[str]:
    """Measure, and say what came of it, a line each."""
    small, large = folder / "small", folder / "large"
    small.mkdir()
    large.mkdir()
    await _Store(small, None).fill(executions // _SHARE, _TARGETS)
    with closing(duckdb.connect(str(folder / "executions.duckdb"))) as table:
        table.execute(_TABLE)
        await _Store(large, table).fill(executions, _TARGETS)
        table.execute("CHECKPOINT")
        scan = least(lambda: table.execute(_SCAN.format(more="")).fetchall())
        more = ", sum(length(args)), max(id)"
        whole = least(lambda: table.execute(_SCAN.format(more=more)).fetchall())
    few, _ = await look(small)
    ours, findings = await look(large)
    crowd = many()
    told = (
        f"detection over {_TARGETS:,} targets, {executions:,} executions: {ours.wall:.2f} s"
        f" ({ours.cpu:.2f} of CPU), {findings} findings; DuckDB's scan of five columns"
        f" {scan.wall:.2f} ({scan.cpu:.2f}), of all columns {whole.wall:.2f} ({whole.cpu:.2f})"
    )
    return [
        told,
        _verdict("  ratio to the scan, by the clock", ours.wall / scan.wall, 1.0),
        _verdict("  ratio to the scan of all columns", ours.wall / whole.wall, 1.0),
        _verdict(f"  CPU at {_SHARE} times the executions", ours.cpu / few.cpu, _GROWTH),
        _verdict(f"  CPU seconds to judge {_MANY:,} targets", crowd.cpu, _SECONDS),
    ]


def _verdict(name: str, value: float, most: float) -> str:
    told = "met" if value <= most else "NOT MET"
    return f"{name:<40}{value:6.2f}  target at most {most:g}: {told}"


def lines(executions: int = _EXECUTIONS) -> list[str]:
    """All that is measured, a line each."""
    with TemporaryDirectory() as name:
        return asyncio.run(compare(Path(name), executions))


def main() -> None:
    """Measure, and print."""
    executions = int(sys.argv[1]) if len(sys.argv) > 1 else _EXECUTIONS
    for line in lines(executions):
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n")


if __name__ == "__main__":
    main()
