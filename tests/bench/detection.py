"""What a look at the whole fleet costs, beside one scan of the same executions by a column store.

    python -m tests.bench.detection [EXECUTIONS]

The product reads what it keeps of every target (pulses, the histograms of suspects, failures by
five minutes) from a real history database, and judges all targets. The scan is DuckDB's: of a table
with the columns that an execution has, one pass that counts calls, failures and kinds and adds up
durations by target, and looks at the ids and arguments too: at all columns, which is the yardstick.
One of the five columns that the counts need alone is told beside it. Both run in this process, one
after the other, with as many threads as there are processors.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import duckdb

from mendloop.core.detect.outage import outages
from mendloop.core.detect.rule import Rule
from mendloop.core.detect.sweep import slowdowns, sweep
from mendloop.model.ids import TargetName
from mendloop.model.rollup import Heads
from mendloop.store.history import History
from tests.bench.fleet import TABLE, Store, blocks
from tests.calibration.fleet import NOW, SINCE
from tests.calibration.fold import folded

_EXECUTIONS: Final = 10_000_000
_TARGETS: Final = 5_000
_MANY: Final = 100_000
_SHARE: Final = 10
"""How many times fewer executions the smaller fleet has."""
_ROUNDS: Final = 3
_CELLS: Final = 16 << 20
"""As many bytes of failures by five minutes as the product reads at most."""
_GROWTH: Final = 1.3
_SECONDS: Final = 1.0
_RULE: Final = Rule(
    success_below=0.9, confidence=0.99, least_calls=5, recent_share=0.25, slow_factor=1.5
)
_SCAN: Final = (
    "SELECT target, count(*), count(*) FILTER (outcome <> 'ok'), sum(seconds), max(called),"
    " approx_count_distinct(fingerprint){more} FROM executions GROUP BY target"
)


class _Cost(NamedTuple):
    wall: float
    cpu: float


def least(work: Callable[[], object], rounds: int = _ROUNDS) -> _Cost:
    """The least of some rounds, by the clock and by the processor."""
    costs: list[_Cost] = []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        costs.append(_Cost(time.perf_counter() - wall, time.process_time() - cpu))
    return _Cost(min(each.wall for each in costs), min(each.cpu for each in costs))


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at all targets of a database."""

    whole: _Cost
    cells: float
    """Of its CPU, what reading the failures by five minutes took."""
    judging: float
    """And what was done with all that was read."""
    findings: int


async def look(folder: Path) -> _Look:
    """The cheapest of some looks: read as the product reads, judge, put nothing into words."""
    async with History.open(folder / "history.db") as history:
        looks = [await _one_look(history) for _ in range(_ROUNDS + 1)]
    return min(looks, key=lambda each: each.whole.cpu)


async def _one_look(history: History) -> _Look:
    now = NOW + timedelta(seconds=1)
    wall, cpu = time.perf_counter(), time.process_time()
    heads = await history.heads()
    before = time.process_time()
    cells = await history.cells(since=SINCE, limit=_CELLS)
    reading = time.process_time() - before
    before = time.process_time()
    together = outages(cells, now=now, rule=_RULE)
    seen = sweep(heads, _RULE, now=now, since=SINCE, outages=together)
    judging = time.process_time() - before
    times = await history.latencies([heads.names[place] for place in seen.look_at])
    before = time.process_time()
    known = dict(zip(seen.look_at, times, strict=True))
    found = slowdowns(seen, known, _RULE, now=now, since=SINCE)
    judging += time.process_time() - before
    cost = _Cost(time.perf_counter() - wall, time.process_time() - cpu)
    return _Look(cost, reading, judging, len(found.all) + len(together))


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
    await Store(small, None).fill(executions // _SHARE, _TARGETS)
    with closing(duckdb.connect(str(folder / "executions.duckdb"))) as table:
        table.execute(TABLE)
        await Store(large, table).fill(executions, _TARGETS)
        table.execute("CHECKPOINT")
        scan = least(lambda: table.execute(_SCAN.format(more="")).fetchall())
        more = ", sum(length(args)), max(id)"
        whole = least(lambda: table.execute(_SCAN.format(more=more)).fetchall())
    few, ours = await look(small), await look(large)
    crowd = many()
    cost = ours.whole
    told = (
        f"detection over {_TARGETS:,} targets, {executions:,} executions: {cost.wall:.2f} s"
        f" ({cost.cpu:.2f} of CPU: {ours.cells:.2f} to read the failures, {ours.judging:.2f} to"
        f" judge), {ours.findings} findings; DuckDB's scan of all columns {whole.wall:.2f}"
        f" ({whole.cpu:.2f})"
    )
    five = (
        f"  a scan of five columns alone: {scan.wall:.2f} s ({scan.cpu:.2f} of CPU);"
        f" ours is {cost.wall / scan.wall:.2f} of it, no target"
    )
    return [
        told,
        _verdict("  ratio to the scan, by the clock", cost.wall / whole.wall, 1.0),
        five,
        _verdict(f"  CPU at {_SHARE} times the executions", cost.cpu / few.whole.cpu, _GROWTH),
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
