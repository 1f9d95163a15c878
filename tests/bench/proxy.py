"""What the proxy adds to a call, measured beside the same server without it.

    python -m tests.bench.proxy [ROUNDS]

Both are measured in turn, round by round, so that other load on the machine hits both. The exit
code is 0 whatever comes out.
"""

import os
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from tests.bench.speakers import Http, Speaker, Stdio, cpu_seconds, free_port, memory_mb

_CALLS: Final = 400
"""Calls of a round, one at a time."""
_WARM: Final = 30
_BARE: Final = [sys.executable, str(Path(__file__).with_name("bare.py"))]
_PROXY: Final = [sys.executable, "-P", "-m", "mendloop.interfaces.proxy"]
_SMALL: Final = "hello"
_LARGE: Final = "x" * 100_000
_MS: Final = 1e3


class Times:
    """One thing, with and without the proxy."""

    def __init__(self, name: str, unit: str = "ms") -> None:
        self._name, self._unit = name, unit
        self.direct: list[float] = []
        self.proxied: list[float] = []

    def line(self) -> str:
        """What came of it."""
        least, ours = min(self.direct), min(self.proxied)
        middle, our_middle = median(self.direct), median(self.proxied)
        return (
            f"{self._name:<28}{least:9.3f} {ours:9.3f} {ours - least:+9.3f} {ours / least:6.2f}x"
            f"   (median {middle:.3f}, {our_middle:.3f}, {our_middle / middle:.2f}x) {self._unit}\n"
        )


def main(rounds: int) -> None:
    """Measure, and tell."""
    cold, stdio, large = Times("cold start"), Times("call, stdio"), Times("call of 100 kB, stdio")
    http, memory = Times("call, HTTP"), Times("resident memory", "MB")
    with TemporaryDirectory() as folder:
        os.environ["MENDLOOP_DATA_DIR"] = folder
        for _ in range(rounds):
            _stdio(cold.direct, stdio.direct, large.direct, _BARE)
            memory.direct.append(_memory(_BARE))
            _stdio(cold.proxied, stdio.proxied, large.proxied, [*_PROXY, "--", *_BARE])
            memory.proxied.append(_memory([*_PROXY, "--", *_BARE]))
            _http(http)
    sys.stdout.write(
        f"{rounds} rounds, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n"
        f"{'':<28}{'direct':>9} {'proxied':>9} {'more':>9}   ratio\n"
    )
    for times in (cold, stdio, large, http, memory):
        sys.stdout.write(times.line())


def _stdio(
    cold: list[float], small: list[float], large: list[float], command: Sequence[str]
) -> None:
    began = time.perf_counter()
    with closing(Stdio(command)) as speaker:
        speaker.ask("tools/list")
        cold.append((time.perf_counter() - began) * _MS)
        small.extend(_calls(speaker, _SMALL))
        large.extend(_calls(speaker, _LARGE))


def _memory(command: Sequence[str]) -> float:
    """Of the process that was started: the server, or the relay before it."""
    with closing(Stdio(command)) as speaker:
        speaker.ask("tools/call", name="echo", arguments={"text": _LARGE})
        return memory_mb(speaker.process)


def _http(times: Times) -> None:
    port, before = free_port(), free_port()
    url = f"http://127.0.0.1:{port}/mcp"
    with closing(Http([*_BARE, str(port)], port)) as direct:
        address = f"127.0.0.1:{before}"
        with closing(Http([*_PROXY, "--http", address, url], before)) as proxied:
            times.direct.extend(_calls(direct, _SMALL))
            times.proxied.extend(_calls(proxied, _SMALL))
            used = cpu_seconds(proxied.process)
            sys.stdout.write(f"HTTP proxy, CPU with its start: {used * _MS:.0f} ms\n")


def _calls(speaker: Speaker, text: str) -> list[float]:
    """How long each call took, in milliseconds."""
    for _ in range(_WARM):
        speaker.ask("tools/call", name="echo", arguments={"text": text})
    took: list[float] = []
    for _ in range(_CALLS):
        began = time.perf_counter()
        answer = speaker.ask("tools/call", name="echo", arguments={"text": text})
        took.append((time.perf_counter() - began) * _MS)
        assert not answer.get("isError"), answer
    return took


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
