"""How fast a file of executions comes in, beside a bare insert of the same rows.

    python -m tests.bench.ingestion [ROWS]

The product reads JSON Lines, checks every record, takes secrets out, fingerprints failures, keeps
rows, indexes and all rollups. Beside it stand two floors, each a bare ``sqlite3`` with
``executemany`` of the same records, in batches of the same size, into one table with a column for
each field, which has what any history needs: a unique id, and an index by target and time; in the
same journal mode, and with the same ``synchronous``.

- *insert*: the rows are tuples in memory already, and only the inserts are timed. The target is a
  quarter of its rate.
- *read and insert*: each line is also parsed with ``json.loads``, and lists and objects are written
  as JSON texts, as they must be for a column.

All run in this process, on the same disk, the floors before and after the product: the better of
the two counts. Memory is the largest that the process has been, after a file of a tenth of the rows
and after the whole; the floors, too, hold one batch at a time.
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
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import anyio
import numpy as np

from mendloop.bootstrap import open_house, wall_clock
from mendloop.settings import Settings

_ROWS: Final = 200_000
_TARGETS: Final = 200
_BATCH: Final = 8_000
_LEAST: Final = 0.25
"""The share of the floor's rate that is the target."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Rows a second, by the clock and by the processor."""

    wall: float
    cpu: float


@dataclass(slots=True)
class Watch:
    """Adds up the time of some blocks."""

    wall: float = 0.0
    cpu: float = 0.0

    def __enter__(self) -> None:
        """Begin one."""
        self.wall -= time.perf_counter()
        self.cpu -= time.process_time()

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.wall += time.perf_counter()
        self.cpu += time.process_time()

    def rate(self, rows: int) -> Rate:
        """Of so many rows."""
        return Rate(rows / self.wall, rows / self.cpu)


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


async def product(folder: Path, file: Path) -> tuple[Rate, float]:
    """Bring the file in; also how many bytes a row takes on disk."""
    (folder / "workspace").mkdir(parents=True)
    settings = Settings.at(folder / "workspace", folder / "data", {})
    watch = Watch()
    async with open_house(settings) as house:
        with watch:
            brought = await house.importer.bring(file, form="jsonl")
    if brought.refused:
        raise RuntimeError(f"{brought.refused} records were refused: {brought.reasons}")
    (history,) = folder.glob("data/*/history.db")
    return watch.rate(brought.new), history.stat().st_size / brought.new


def floors(file: Path, path: Path) -> tuple[Rate, Rate]:
    """Insert the same records: only the inserts, and the reading with them."""
    insert, read = Watch(), Watch()
    done = 0
    with closing(_bare(path)) as bare, file.open(encoding="utf-8") as lines:
        while True:
            with read:
                rows = [
                    tuple(_column(value) for value in json.loads(line).values())
                    for line in islice(lines, _BATCH)
                ]
                with insert:
                    bare.execute("BEGIN IMMEDIATE")
                    bare.executemany("INSERT INTO bare VALUES (?,?,?,?,?,?,?,?,?,?,?)", rows)
                    bare.execute("COMMIT")
            if not rows:
                return insert.rate(done), read.rate(done)
            done += len(rows)


def _bare(path: Path) -> sqlite3.Connection:
    bare = sqlite3.connect(path, isolation_level=None)
    bare.execute("PRAGMA journal_mode = wal")
    bare.execute("PRAGMA synchronous = normal")
    bare.execute(
        "CREATE TABLE bare (target, at, seconds, outcome, args, kwargs, result, error, caller,"
        " session, id UNIQUE)"
    )
    bare.execute("CREATE INDEX bare_by_time ON bare (target, at)")
    return bare


def _column(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value


def _better(one: Rate, other: Rate) -> Rate:
    return Rate(max(one.wall, other.wall), max(one.cpu, other.cpu))


def _memory() -> float:
    """The largest that this process has been, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _compare(name: str, ours: Rate, floor: Rate, least: float | None) -> None:
    share = ours.cpu / floor.cpu
    verdict = ""
    if least is not None:
        verdict = f"; target at least {least}: {'met' if share >= least else 'NOT MET'}"
    _say(
        f"  bare {name}: {floor.wall:,.0f} rows/s ({floor.cpu:,.0f} per CPU second);"
        f" ours is {ours.wall / floor.wall:.2f} of it by the clock, {share:.2f} by CPU{verdict}"
    )


def main() -> None:
    """Measure, and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else _ROWS
    with TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "small.jsonl", rows // 10)
        write(folder / "week.jsonl", rows)
        size = (folder / "week.jsonl").stat().st_size / rows
        first = floors(folder / "week.jsonl", folder / "first.db")
        anyio.run(product, folder / "small", folder / "small.jsonl")
        small = _memory()
        ours, disk = anyio.run(product, folder / "week", folder / "week.jsonl")
        large = _memory()
        last = floors(folder / "week.jsonl", folder / "last.db")
    _say(
        f"ingestion, {rows} rows of {size:.0f} B over {_TARGETS} targets:"
        f" {ours.wall:,.0f} rows/s ({ours.cpu:,.0f} per CPU second),"
        f" {disk:.0f} B a row on disk, rollups included"
    )
    _compare("insert", ours, _better(first[0], last[0]), _LEAST)
    _compare("read and insert", ours, _better(first[1], last[1]), None)
    _say(
        f"  memory {small:.0f} MB after {rows // 10} rows, {large:.0f} MB after {rows} more:"
        f" {large - small:+.0f} MB"
    )


if __name__ == "__main__":
    main()
