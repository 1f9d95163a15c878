"""Rounds in which something is killed while it works, on one state that grows."""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.kill import programs
from tests.recorder.processes import Place, read

KINDS = ("recorder", "ingester", "server")
TOLD = "s-"
"""Begins the ids of the records that a server is told of."""
_APART = 1_000_000
"""Between the numbers of the calls of two rounds."""
_OLD = 10_000.0
"""Seconds: a spool file that was not written for so long is taken for left."""


@dataclass
class Rounds:
    """What was done, and what was said to be safe."""

    place: Place
    chance: np.random.Generator
    done: Counter[str] = field(default_factory=Counter[str])
    numbers: set[int] = field(default_factory=set[int])
    """Of the calls of which the recorder has said that they are safe."""
    ids: set[str] = field(default_factory=set[str])
    """Of the records that the server has answered for, and of whole lines in the spool."""

    def go(self, kind: str) -> None:
        """One round."""
        first = (1 + self.done.total()) * _APART
        self.done[kind] += 1
        with self._killed(programs.recorder(self.place, first)) as recorder:
            heard = [recorder.stdout.readline()]  # it is at work
            if kind == "ingester":
                with self._killed(programs.ingester(self.place)) as reader:
                    self._ingester(reader)
            elif kind == "server":
                with self._killed(programs.server(self.place)) as server:
                    self._server(server, first)
            else:
                self._wait(0.05)
            recorder.kill()
            heard += recorder.stdout.readlines()
        self._hear(first, [line for line in heard if line.endswith(b"\n")])
        self._look()

    def _ingester(self, process: Any) -> None:
        if self._opening():
            self._wait(1.0)
        else:
            process.stdout.readline()
            self._wait(0.1)

    def _server(self, process: Any, first: int) -> None:
        opening, number = self._opening(), 0
        batch = self._records(first, number)
        with self._later(process.kill, 1.0 if opening else None) as begin:
            while programs.told(process, batch):
                self.ids |= {record["id"] for record in batch}
                begin(self.chance.uniform(0, 0.3))
                number += len(batch)
                batch = self._records(first, number)

    def _opening(self) -> bool:
        """Whether to kill while it opens, and ends what was left half done; not the first ones."""
        return self.done.total() > len(KINDS) and self.chance.random() < 0.25

    def _records(self, first: int, number: int) -> list[dict[str, Any]]:
        return [
            {
                "id": f"{TOLD}{first}-{each}",
                "target": "kill.told",
                "outcome": "ok",
                "args": [first + each],
                "seconds": 0.001 * each,
            }
            for each in range(number, number + int(self.chance.integers(1, 20)))
        ]

    @contextmanager
    def _later(
        self, act: Callable[[], None], most: float | None
    ) -> Generator[Callable[[float], None]]:
        """Do something after a while: given at once, or when the block first says so."""
        timers: list[threading.Timer] = []

        def begin(seconds: float) -> None:
            if not timers:
                timers.append(threading.Timer(seconds, act))
                timers[0].start()

        if most is not None:
            begin(self.chance.uniform(0, most))
        try:
            yield begin
        finally:
            for timer in timers:
                timer.cancel()
                timer.join()

    @contextmanager
    def _killed(self, process: Any) -> Generator[Any]:
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()

    def _wait(self, most: float) -> None:
        time.sleep(self.chance.uniform(0, most))  # to hit it at any moment is the point

    def _hear(self, first: int, lines: list[bytes]) -> None:
        for line in lines:
            word, _, number = line.decode().partition(" ")
            at = int(number)
            begun = first if at < first + _APART // 2 else first + _APART // 2
            self.numbers |= {at} if word == "failed" else set(range(begun, at + 1))

    def _look(self) -> None:
        """Note whole lines that wait in the spool; let some of the files seem to be left."""
        self.ids |= {record["id"] for record in read(self.place.spool)}
        for path in self.place.spool.iterdir():
            if self.chance.random() < 0.5:
                then = path.stat().st_mtime - _OLD
                os.utime(path, (then, then))
