"""What mendloop costs beside a bare server of the same SDK, measured in the same run.

    python -m tests.bench.serving [ROUNDS]

Both are measured in turn, round by round, so that other load on the machine hits both. The verdict
is by the minimum, which other load disturbs least; the median stands beside it. It is never a
failure of CI: the exit code is 0.
"""

import os
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from tests.bench.speakers import Http, Speaker, Stdio, cpu_seconds, free_port, memory_mb

_CALLS: Final = 300
"""Calls of a round, one at a time."""
_WARM: Final = 20
"""Calls before it: the first `status` probes the sandbox."""
_BARE: Final = [sys.executable, str(Path(__file__).with_name("bare.py"))]
_PRODUCT: Final = [sys.executable, "-m", "mendloop", "serve"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing measured of both servers."""

    name: str
    unit: str
    most: float | None = None
    """How much more than the floor it may be; only told where there is no target."""
    floor: list[float] = field(default_factory=list[float])
    ours: list[float] = field(default_factory=list[float])

    def line(self) -> str:
        """What came of it."""
        least, ours = min(self.floor), min(self.ours)
        more = ours - least
        told = (
            f"{self.name:<28}{least:9.2f} {ours:9.2f} {more:+9.2f} {self.unit:<3}"
            f" (median {median(self.floor):.2f}, {median(self.ours):.2f})"
        )
        if self.most is None:
            return told
        verdict = "met" if more <= self.most else "NOT MET"
        return f"{told}  target +{self.most:g} {self.unit}: {verdict}"


@dataclass(frozen=True, slots=True)
class Results:
    """All that is measured."""

    cold_cpu: Measure = field(default_factory=lambda: Measure("cold start, CPU", "ms", 150))
    cold_wall: Measure = field(default_factory=lambda: Measure("cold start, wall", "ms"))
    stdio: Measure = field(default_factory=lambda: Measure("status / echo, stdio", "ms", 1))
    http: Measure = field(default_factory=lambda: Measure("status / echo, HTTP", "ms", 1))
    memory: Measure = field(default_factory=lambda: Measure("resident memory", "MB", 25))

    def all(self) -> Sequence[Measure]:
        """In the order in which they are told."""
        return (self.cold_cpu, self.cold_wall, self.stdio, self.http, self.memory)


def main(rounds: int) -> None:
    """Measure, and tell."""
    results = Results()
    with TemporaryDirectory() as folder:
        place = _place(Path(folder))
        for _ in range(rounds):
            _round(results, place)
    load = os.getloadavg()[0]
    sys.stdout.write(
        f"{rounds} rounds, {os.cpu_count()} processors, load {load:.1f}, "
        f"Python {sys.version.split()[0]}\n"
        f"{'':<28}{'bare':>9} {'mendloop':>9} {'more':>9}\n"
    )
    for measure in results.all():
        sys.stdout.write(f"{measure.line()}\n")


def _round(results: Results, place: Sequence[str]) -> None:
    _measured(results, "echo", _BARE, [])
    _measured(results, "status", [*_PRODUCT, *place], ["--http"])


def _measured(results: Results, tool: str, command: Sequence[str], http: Sequence[str]) -> None:
    """One round of one server."""

    def keep(measure: Measure, *values: float) -> None:
        (measure.ours if http else measure.floor).extend(values)

    began = time.perf_counter()
    with closing(Stdio(command)) as speaker:
        speaker.ask("tools/list")
        keep(results.cold_wall, (time.perf_counter() - began) * 1e3)
        keep(results.cold_cpu, cpu_seconds(speaker.process) * 1e3)
        keep(results.stdio, *_calls(speaker, tool))
        keep(results.memory, memory_mb(speaker.process))
    port = free_port()
    address = f"127.0.0.1:{port}" if http else str(port)
    with closing(Http([*command, *http, address], port)) as web:
        keep(results.http, *_calls(web, tool))


def _calls(speaker: Speaker, tool: str) -> list[float]:
    """How long each call took, in milliseconds."""
    for _ in range(_WARM):
        answer = speaker.ask("tools/call", name=tool, arguments={})
        assert not answer.get("isError"), answer
    took: list[float] = []
    for _ in range(_CALLS):
        began = time.perf_counter()
        speaker.ask("tools/call", name=tool, arguments={})
        took.append((time.perf_counter() - began) * 1e3)
    return took


def _place(folder: Path) -> list[str]:
    """An empty workspace, and where its state is kept."""
    workspace = folder / "workspace"
    workspace.mkdir()
    (workspace / "mendloop.toml").write_text("[targets]\n", encoding="utf-8")
    return ["--workspace", str(workspace), "--data", str(folder / "state")]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
