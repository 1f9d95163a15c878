"""One candidate in a sandbox: loaded, asked for chunks, ended, and loaded again when need be."""

import fcntl
import json
import os
import signal
import socket  # noqa: TC003  as everywhere
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, Final

from mendloop.adapters.sandbox.frames import MalformedError, fault
from mendloop.adapters.sandbox.process import Base, LostError, pair, read, ready, send
from mendloop.adapters.sandbox.stage import Stage
from mendloop.app.ports import Limits, Program
from mendloop.model.execution import Fault
from mendloop.model.observation import Case, Crashed, NotRun, Seen
from mendloop.model.world import world_record
from mendloop.noun import dataclass

_NUMBERS: Final = count(1)
_STATUS_SECONDS: Final = 0.5
_NOT_LOCKED_DOWN: Final = 97
"""The status of a process that ran nothing (``worker/child.py``)."""
_LEAST_CPU: Final = 10


def case_text(case: Case) -> dict[str, Any]:
    """A case as it is told to whoever runs it, but for its world."""
    return {"id": case.id, "args": list(case.args), "kwargs": dict(case.kwargs)}


def worldly(cases: Sequence[Case]) -> tuple[str, ...]:
    """The kinds of things that some of the cases ask the world for."""
    kinds = {kind for case in cases if case.world is not None for kind in case.world.kept}
    return tuple(sorted(kinds))


_LIBRARIES: Final = {
    b'"$datetime"': "datetime",
    b'"$date"': "datetime",
    b'"$time"': "datetime",
    b'"$timedelta"': "datetime",
    b'"$decimal"': "decimal",
    b'"$uuid"': "uuid",
    b'"$path"': "pathlib",
    b'"$dataclass"': "dataclasses",
}
"""What it takes to rebuild a value, by its tag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """All cases in memory that cannot be changed any more, and where each lies in it."""

    fd: int
    places: tuple[tuple[int, int], ...]
    libraries: frozenset[str]
    """What has to be imported to rebuild their arguments."""

    @classmethod
    def of(cls, cases: Sequence[Case]) -> "Texts":
        """Write the cases down.

        Raises:
            OSError: There is no memory.
        """
        fd = os.memfd_create("cases", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        places: list[tuple[int, int]] = []
        worlds: dict[int, tuple[int, int]] = {}
        tags: set[bytes] = set()
        at = 0
        with os.fdopen(os.dup(fd), "wb") as file:
            for case in cases:
                text = case_text(case)
                if case.world is not None:
                    if id(case.world) not in worlds:
                        plain = json.dumps(world_record(case.world)).encode()
                        worlds[id(case.world)] = (at, file.write(plain))
                        at += len(plain)
                    text["world"] = worlds[id(case.world)]
                whole = json.dumps(text).encode()
                tags.update(tag for tag in _LIBRARIES if b"$" in whole and tag in whole)
                places.append((at, file.write(whole)))
                at += places[-1][1]
        seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
        libraries = frozenset(_LIBRARIES[tag] for tag in tags)
        return cls(fd=fd, places=tuple(places), libraries=libraries)

    def close(self) -> None:
        """Let go of the memory."""
        os.close(self.fd)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a candidate is and what it may use."""

    program: Program
    limits: Limits
    memory_bytes: int
    trace: bool
    stage: Stage
    name: str = ""
    """Of the stage's copy of its files."""
    world: tuple[str, ...] = ()
    """What some of its cases ask the world for, and are answered as recorded."""

    def named(self, name: str) -> "Order":
        """The same, with its files under another name."""
        return replace(self, name=name)

    @property
    def cpu_seconds(self) -> int:
        """The processor time after which the kernel ends a process of it."""
        return max(_LEAST_CPU, int(2 * self.limits.total_timeout.total_seconds()))

    @property
    def scratch(self) -> Path | None:
        """The folder of all folders that it writes in, if it writes."""
        return self.stage.scratch / self.name if self.program.writes_files else None


class Candidate:
    """A process that has imported a program, and the forks of it. Used by one thread at a time."""

    def __init__(self, base: Base, order: Order, texts: Texts) -> None:
        self._base = base
        self._order = order
        self._texts = texts
        self._number = 0
        self._cpu_seconds = 0
        self._channel: socket.socket | None = None
        self._told: Texts | None = None
        """The cases that the process has been given."""

    @property
    def order(self) -> Order:
        """What it is, and what it may use."""
        return self._order

    @property
    def loaded(self) -> bool:
        """Whether it was imported, and was not ended since."""
        return self._channel is not None

    def suffices(self, order: Order) -> bool:
        """Whether the kernel gives the process that has loaded it as much time as is wanted now."""
        return self._cpu_seconds >= order.cpu_seconds

    def take(self, order: Order, texts: Texts) -> None:
        """Go on with other cases of the same program."""
        self._order = order.named(self._order.name)
        self._texts = texts

    def load(self, seconds: float, cancelled: Callable[[], bool]) -> Fault | None:
        """Import the program in a new process; gives what went wrong, if anything.

        Raises:
            LostError: The sandbox is gone.
        """
        self._number = next(_NUMBERS)
        self._cpu_seconds = self._order.cpu_seconds
        self._channel, theirs = pair()
        self._channel.settimeout(_STATUS_SECONDS)
        self._told = None
        with theirs:
            self._base.load(self._order_text(), theirs)
        left = seconds
        while not ready(self._channel, min(left, 0.05)):
            left -= 0.05
            if left <= 0 or cancelled():
                self.retire()
                return _fault("TimeoutError", f"the import took longer than {seconds:g} s")
        return self._loaded()

    def _order_text(self) -> dict[str, Any]:
        order = self._order
        return {
            "id": self._number,
            "cpu": order.cpu_seconds,
            "entry": order.program.entry.value,
            "function": order.program.function,
            "memory": order.memory_bytes,
            "output": order.limits.output_bytes,
            "path": order.program.path,
            "scratch": str(order.scratch) if order.scratch else None,
            "stage": str(order.stage.stages / order.name),
            "trace": order.trace,
            "world": order.world,
        }

    def _loaded(self) -> Fault | None:
        assert self._channel is not None  # noqa: S101  set by load
        try:
            answer = read(self._channel)
        except LostError:
            status = self.retire()
            return _fault("Crashed", f"the process ended during the import: {ended(status)}")
        if answer.get("loaded") is True:
            return None
        self.retire()
        try:
            return fault(answer.get("fault"))
        except MalformedError:
            return _fault("Crashed", "the process sent a malformed answer during the import")

    def start(self, chunk: int, cases: Sequence[int], out: int, scratch: Path | None) -> None:
        """Fork a process for some cases; it answers on the pipe given.

        Raises:
            LostError: The candidate is gone.
        """
        index = [[number, *self._texts.places[number]] for number in cases]
        order = [chunk, index, str(scratch) if scratch else None]
        if self._channel is None:
            raise LostError
        given = (out,) if self._told is self._texts else (out, self._texts.fd)
        try:
            send(self._channel, order, given)
        except OSError as error:
            raise LostError from error
        self._told = self._texts

    def how_it_ended(self, chunk: int) -> Seen:
        """How the process of a chunk ended, after its pipe was closed.

        Raises:
            LostError: It did not end, or the candidate is gone.
        """
        if self._channel is None:
            raise LostError
        try:
            send(self._channel, chunk)
            status = read(self._channel).get("status")
        except OSError as error:
            raise LostError from error
        if type(status) is not int or not 0 <= status <= 0xFFFF:  # noqa: PLR2004  16 bits
            raise LostError
        if status == _NOT_LOCKED_DOWN << 8:
            return NotRun("no process could be started and locked down for it")
        return Crashed(ended(status))

    def retire(self) -> int:
        """End it and all that came from it; gives its exit status.

        Raises:
            LostError: The sandbox is gone, and the candidate with it.
        """
        if self._channel is None:
            return 0
        self.hang_up()
        return self._base.retire(self._number)

    def hang_up(self) -> None:
        """Say nothing more to it, upon which it ends, unless it is hostile."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None


def _fault(kind: str, message: str) -> Fault:
    return Fault(type=kind, message=message)


def ended(status: int) -> str:
    """An exit status in words."""
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"exit status {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"
