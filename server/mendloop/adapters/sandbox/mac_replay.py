"""All cases of one program on a machine with macOS: a confined process for each chunk.

**Not exercised** on macOS: see ``macos``. Here it is tried without confinement.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from mendloop.adapters.sandbox import frames, macos
from mendloop.adapters.sandbox.candidate import case_text, worldly
from mendloop.adapters.sandbox.interpreter import Interpreter
from mendloop.adapters.sandbox.launch import WORKER
from mendloop.adapters.sandbox.lone import LoneProcess, StalledError
from mendloop.adapters.sandbox.stage import Stage
from mendloop.app.ports import Limits, Program
from mendloop.model.execution import Fault
from mendloop.model.observation import Case, Crashed, NotRun, Observation, Seen, TimedOut
from mendloop.model.world import world_record
from mendloop.noun import dataclass

LEAST_CPU: Final = 10
_LEAST_LOAD: Final = 10.0
_NO_TIME: Final = NotRun("the time for all calls was used up")
Confining = Callable[[macos.Confines, Sequence[str]], list[str]]
"""Puts words that confine before those that start a process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where code of one sandbox runs, and how it is confined."""

    asked: Interpreter
    stage: Stage
    confining: Confining
    memory_bytes: int

    def words(self, read: Sequence[str], scratch: str | None) -> list[str]:
        """What starts a confined worker; the number of its descriptor is to be added."""
        python = os.path.realpath(self.asked.python)
        confines = macos.Confines(
            python=python,
            read=(*self.asked.read, *self.asked.shown, str(WORKER), *read),
            scratch=scratch,
        )
        own = [self.asked.python, "-s", "-S", str(WORKER / "start.py"), "cases"]
        return self.confining(confines, own)


class Replay:
    """All cases of one program, in as many processes as it takes. Blocks."""

    def __init__(
        self,
        place: Place,
        program: Program,
        cases: Sequence[Case],
        limits: Limits,
        name: str,
        *,
        trace: bool,
    ) -> None:
        """Take note of what is to be done; ``name`` is that of the stage's copy."""
        self.stop = threading.Event()
        self._place = place
        self._program = program
        self._cases = cases
        self._limits = limits
        self._name = name
        self._trace = trace
        self._seen: dict[int, Observation] = {}
        self._until = time.monotonic() + limits.total_timeout.total_seconds()

    def observations(self) -> tuple[Observation, ...]:
        """One for each case."""
        for number in range(len(self._cases)):
            self._note(number, _NO_TIME, 0.0)
        return tuple(self._seen[number] for number in range(len(self._cases)))

    def run(self, chunk: int) -> Fault | None:
        """Run everything; gives why the program does not load, where it does not."""
        count = len(self._cases)
        pending = deque(range(at, min(at + chunk, count)) for at in range(0, max(count, 1), chunk))
        while pending and not self.stop.is_set() and time.monotonic() < self._until:
            numbers = pending.popleft()
            failed = self._some(numbers)
            if failed is not None:
                return failed
            left = [number for number in numbers if number not in self._seen]
            if left:
                pending.appendleft(range(left[0], left[-1] + 1))
        return None

    def _note(self, number: int, seen: Seen, seconds: float) -> None:
        case = self._cases[number].id
        self._seen.setdefault(number, Observation(case=case, seen=seen, seconds=seconds))

    def _some(self, numbers: range) -> Fault | None:
        """Run some cases in one process; the one in progress is blamed for what is not answered."""
        stage = self._place.stage
        scratch = str(stage.new_scratch(self._name)) if self._program.writes_files else None
        words = self._place.words([str(stage.stages / self._name)], scratch)
        process = LoneProcess(words, self._order(numbers, scratch), self.stop)
        blame: Seen | None = None
        failed: Fault | None = None
        loaded = False
        try:
            for text in process.answers(self._patience()):
                if not loaded:
                    failed, loaded = frames.loaded(text), True
                else:
                    self._take(text, numbers)
        except StalledError:
            blame = TimedOut(self._limits.case_timeout.total_seconds())
        except frames.MalformedError:
            blame = frames.MALFORMED
        how = process.end()
        if scratch is not None:
            stage.drop_scratch(Path(scratch))
        if not loaded and not self.stop.is_set():
            return Fault(type="Crashed", message=f"the process ended during the import: {how}")
        if failed is None and not self.stop.is_set():
            self._blame(numbers, blame or Crashed(how))
        return failed

    def _blame(self, numbers: range, seen: Seen) -> None:
        left = [number for number in numbers if number not in self._seen]
        if left:
            self._note(left[0], seen, 0.0)

    def _take(self, text: bytes, numbers: range) -> None:
        """Note one answer, which must be that of the case in progress.

        Raises:
            MalformedError: It is not.
        """
        answer = frames.parse(text)
        left = [number for number in numbers if number not in self._seen]
        if answer.number not in left[:1]:
            raise frames.MalformedError
        case = self._cases[answer.number].id
        self._seen[answer.number] = Observation(
            case=case,
            seen=answer.seen,
            seconds=answer.seconds,
            lines=answer.lines,
            peak_bytes=answer.peak_bytes,
        )

    def _patience(self) -> list[float]:
        """Seconds for the import, and for each case after it."""
        case = self._limits.case_timeout.total_seconds()
        left = max(0.0, self._until - time.monotonic())
        return [min(max(_LEAST_LOAD, 2 * case), left), min(case, left)]

    def _order(self, numbers: range, scratch: str | None) -> dict[str, Any]:
        limits, program = self._limits, self._program
        return {
            "op": "run",
            "cases": [[number, _text(self._cases[number])] for number in numbers],
            "cpu": max(LEAST_CPU, int(2 * limits.total_timeout.total_seconds())),
            "entry": program.entry.value,
            "function": program.function,
            "memory": min(limits.memory_bytes, self._place.memory_bytes),
            "output": limits.output_bytes,
            "path": program.path,
            "scratch": scratch,
            "stage": str(self._place.stage.stages / self._name),
            "sys_path": self._place.asked.sys_path,
            "trace": self._trace,
            "world": worldly(self._cases),
        }


def _text(case: Case) -> dict[str, Any]:
    text = case_text(case)
    return text if case.world is None else {**text, "world": world_record(case.world)}
