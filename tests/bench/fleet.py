"""Executions by the million: as a history keeps them counted, and as a table of a column store."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
from numpy.random import Generator

from mendloop.core.stats.arrays import FloatArray, IntArray, floats, integers
from mendloop.model import pulse
from mendloop.store.history import History
from tests.calibration.fleet import SINCE, WINDOW
from tests.calibration.fold import Calls, folded, packed

_BLOCK: Final = 250
"""Targets that are made at a time."""
TABLE: Final = (
    "CREATE TABLE executions (id VARCHAR, target VARCHAR, called TIMESTAMP, outcome VARCHAR,"
    " seconds DOUBLE, fingerprint VARCHAR, args VARCHAR)"
)
_FILL: Final = (
    "INSERT INTO executions SELECT 'r-' || hex(number), 't' || target, make_timestamp(called * 1000000),"
    " CASE WHEN failed THEN 'error' ELSE 'ok' END, seconds,"
    " CASE WHEN failed THEN 'f' || kind END,"
    """ '[' || number % 1000 || ', "order ' || number % 977 || ' of the week"]' FROM block"""
)


@dataclass(frozen=True, slots=True)
class Made:
    """One block of targets."""

    calls: Calls
    kind: IntArray
    """What each call would fail of."""
    first: int
    """The first target of the block."""


def blocks(executions: int, targets: int, seed: int) -> Iterator[Made]:
    """A fleet of busy and quiet tools, of which some fail, grew worse or became slow."""
    rng = np.random.default_rng(seed)
    busy = floats(rng.lognormal(0.0, 1.0, targets))
    sizes = integers(np.maximum(np.rint(busy * executions / busy.sum()), 1).astype(np.int64))
    start, span = int(SINCE.timestamp()), int(WINDOW.total_seconds())
    for first in range(0, targets, _BLOCK):
        counts = sizes[first : first + _BLOCK]
        target = integers(np.repeat(integers(np.arange(counts.size)), counts))
        at = start + integers(rng.integers(0, span, target.size))
        rate, factor = _troubles(rng, counts.size)
        change = start + span * floats(rng.uniform(0.4, 0.95, counts.size))
        late = at > change[target]
        now = floats(np.where(late, rate[1][target], rate[0][target]))
        failed = floats(rng.random(target.size)) < now
        slower = floats(np.where(late, factor[target], 1.0))
        seconds = floats(rng.lognormal(-3, 0.5, target.size)) * slower
        shared = integers(rng.integers(0, 4, target.size))
        own = floats(rng.random(target.size)) > 0.15
        kind = integers(np.where(own, 1000 + first + target, shared))
        yield Made(Calls(target=target, at=at, failed=failed, seconds=seconds), kind, first)


def _troubles(rng: Generator, targets: int) -> tuple[tuple[FloatArray, FloatArray], FloatArray]:
    """Failure rates before and after a change, and by how much calls become slower."""
    before = np.minimum(rng.lognormal(np.log(0.008), 1.0, targets), 0.05)
    before = np.where(rng.random(targets) < 0.08, rng.uniform(0.13, 0.6, targets), before)
    worse = rng.random(targets) < 0.08
    after = np.where(worse, np.minimum(before + rng.uniform(0.1, 0.5, targets), 1.0), before)
    slower = np.where(rng.random(targets) < 0.08, rng.uniform(1.6, 4.0, targets), 1.0)
    return (floats(before), floats(after)), floats(slower)


class Store:
    """A history database whose rollups are those of some executions, and a table of these."""

    def __init__(self, folder: Path, table: duckdb.DuckDBPyConnection | None) -> None:
        self._path, self._table = folder / "history.db", table
        self._rows = 0
        self._failures: list[IntArray] = []

    async def fill(self, executions: int, targets: int) -> None:
        """Put all in, block by block."""
        async with History.open(self._path):
            pass
        with closing(sqlite3.connect(self._path)) as history:
            for made in blocks(executions, targets, seed=1):
                self._keep(history, made)
                if self._table is not None:
                    self._tabulate(self._table, made)
            self._keep_failures(history)
            history.commit()

    def _keep(self, history: sqlite3.Connection, made: Made) -> None:
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
        bad = calls.failed
        target = made.first + calls.target[bad] + 1
        self._failures.append(np.stack([calls.at[bad], target, made.kind[bad] + 1]))

    def _keep_failures(self, history: sqlite3.Connection) -> None:
        at, target, kind = np.concatenate(self._failures, axis=1)
        history.executemany(
            "INSERT INTO cells VALUES (?, ?)", zip(*packed(at, target, kind), strict=True)
        )
        history.executemany(
            "INSERT INTO fingerprints VALUES (?, ?)",
            [(number, f"{number:012x}") for number in np.unique(kind).tolist()],
        )

    def _tabulate(self, table: duckdb.DuckDBPyConnection, made: Made) -> None:
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
