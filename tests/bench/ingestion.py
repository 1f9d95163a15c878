"""How fast a file of executions comes in, beside a bare insert of the same rows.

    python -m tests.bench.ingestion [ROWS]

The product reads JSON Lines, checks every record, takes secrets out, fingerprints failures, keeps
rows, indexes and all rollups. The floor inserts the same records, already in
memory, in batches of the same size, into a table with a column for each field and a unique id, in
the same journal mode: nothing else. Both run in this process, one after the other, on the same disk.
"""

import json
import resource
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import anyio
import numpy as np

from mendloop.bootstrap import open_house, wall_clock
from mendloop.settings import Settings

_ROWS: Final = 200_000
_TARGETS: Final = 200
_BATCH: Final = 4_000
_LEAST: Final = 0.25
"""The share of the floor's rate that is the target."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Rows a second, by the clock and by the processor; memory in MB."""

    wall: float
    cpu: float
    early: float
    late: float


def write(path: Path, rows: int) -> None:
    """A file as a busy week leaves it: in the order of time, 5 % failures, 400 bytes a line."""
    with path.open("w", encoding="utf-8") as file:
        for record in _records(rows):
            file.write(json.dumps(record, separators=(",", ":")) + "\n")


def _records(rows: int) -> Iterator[dict[str, Any]]:
    chance = np.random.default_rng(20261121)
    start = wall_clock().now() - timedelta(days=7)
    step = timedelta(days=6.9) / rows
    for number in range(rows):
        target = int(_TARGETS * chance.random() ** 2)
        failed = chance.random() < 0.05
        yield {
            "target": f"shop{target % 20}.tool{target}",
            "at": (start + number * step).isoformat(),
            "seconds": round(float(chance.lognormal(-4, 0.7)), 6),
            "outcome": "error" if failed else "ok",
            "args": [int(chance.integers(1000)), f"order {number % 977} of the week"],
            "kwargs": {"coupon": None, "lines": chance.integers(9, size=6).tolist()},
            "result": None if failed else {"total": int(chance.integers(10**5)), "note": "x" * 60},
            "error": {
                "type": "KeyError",
                "message": f"'item-{number % 31}'",
                "frames": [{"file": "tools/shop.py", "line": 41, "function": "quote"}],
            }
            if failed
            else None,
            "caller": "claude-code",
            "session": f"s-{number // 500}",
            "id": f"r-{chance.bytes(12).hex()}",
        }


async def product(folder: Path, file: Path) -> Rates:
    """Bring the file in."""
    (folder / "workspace").mkdir()
    settings = Settings.at(folder / "workspace", folder / "data", {})
    early = 0.0

    async def watch(done: float, total: float, message: str) -> None:
        nonlocal early
        del total, message
        if not early and done >= 5 * _BATCH:
            early = _memory()

    async with open_house(settings) as house:
        wall, cpu = time.perf_counter(), time.process_time()
        brought = await house.importer.bring(file, form="jsonl", progress=watch)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if brought.refused:
        raise RuntimeError(f"{brought.refused} records were refused: {brought.reasons}")
    return Rates(brought.new / wall, brought.new / cpu, early, _memory())


def floor(file: Path, path: Path) -> Rates:
    """Insert the same records, a column for each field; values stand as JSON texts."""
    with file.open(encoding="utf-8") as lines:
        rows = [tuple(_column(value) for value in json.loads(line).values()) for line in lines]
    with closing(sqlite3.connect(path, isolation_level=None)) as bare:
        bare.execute("PRAGMA journal_mode = wal")
        bare.execute("PRAGMA synchronous = normal")
        bare.execute(
            "CREATE TABLE bare (target, at, seconds, outcome, args, kwargs, result, error, caller,"
            " session, id UNIQUE)"
        )
        insert = "INSERT INTO bare VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        wall, cpu = time.perf_counter(), time.process_time()
        for start in range(0, len(rows), _BATCH):
            bare.execute("BEGIN IMMEDIATE")
            bare.executemany(insert, rows[start : start + _BATCH])
            bare.execute("COMMIT")
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Rates(len(rows) / wall, len(rows) / cpu, 0, 0)


def _column(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value


def _memory() -> float:
    """The largest that this process has been, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> None:
    """Measure, and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else _ROWS
    with TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "week.jsonl", rows)
        size = (folder / "week.jsonl").stat().st_size / rows
        ours = anyio.run(product, folder, folder / "week.jsonl")
        (history,) = folder.glob("data/*/history.db")
        disk = history.stat().st_size / rows
        bare = floor(folder / "week.jsonl", folder / "bare.db")
    by_wall, by_cpu = ours.wall / bare.wall, ours.cpu / bare.cpu
    verdict = "met" if by_cpu >= _LEAST else "NOT MET"
    _say(
        f"ingestion, {rows} rows of {size:.0f} B over {_TARGETS} targets:"
        f" {ours.wall:,.0f} rows/s ({ours.cpu:,.0f} per CPU second);"
        f" bare insert {bare.wall:,.0f} ({bare.cpu:,.0f})"
    )
    _say(
        f"  ratio {by_wall:.2f} by the clock, {by_cpu:.2f} by CPU"
        f"  target at least {_LEAST}: {verdict}"
    )
    _say(
        f"  memory {ours.early:.0f} MB after {5 * _BATCH} rows, {ours.late:.0f} MB at the end;"
        f" {disk:.0f} B a row on disk, rollups included"
    )


if __name__ == "__main__":
    main()
