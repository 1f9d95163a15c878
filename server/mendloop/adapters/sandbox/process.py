"""The processes of one sandbox: started, asked, and ended for certain."""

import array
import json
import os
import select
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import anyio

from mendloop.adapters.sandbox.interpreter import Interpreter
from mendloop.adapters.sandbox.stage import Stage

MOST_MESSAGE: Final = 1 << 20
_START: Final = Path(__file__).resolve().parents[2] / "worker" / "start.py"
_START_SECONDS: Final = 20
_ANSWER_SECONDS: Final = 10
_WARM_SECONDS: Final = 60
_END_SECONDS: Final = 2
_ROOT_TASKS: Final = 64
_SPARE_TASKS: Final = 512
_ENVIRONMENT: Final = {
    "HOME": "/nonexistent",
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",
    "MENDLOOP_RECORD": "off",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PATH": "/nonexistent",
    "PYTHONHASHSEED": "0",
    "TZ": "UTC",
}


class LostError(Exception):
    """The sandbox is gone, or does not answer any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a sandbox says of itself when it comes up."""

    layers: Mapping[str, str]
    probes: Mapping[str, str]
    why: str
    """Why it did not come up; empty where it did."""


def pair() -> tuple[socket.socket, socket.socket]:
    """Two ends of a channel for messages."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def send(channel: socket.socket, message: Any, descriptors: Sequence[int] = ()) -> None:
    """Send one message, with descriptors beside it.

    Raises:
        OSError: The other side is gone, or takes nothing.
    """
    beside = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
    channel.sendmsg([json.dumps(message).encode()], beside if descriptors else [])


def read(channel: socket.socket) -> dict[str, Any]:
    """The next message.

    Raises:
        LostError: The other side is gone, silent, or talks nonsense.
    """
    try:
        message: Any = json.loads(channel.recv(MOST_MESSAGE))
    except (OSError, ValueError, RecursionError) as error:
        raise LostError from error
    if not isinstance(message, dict):
        raise LostError
    return cast("dict[str, Any]", message)


def _tasks(user: int) -> int:
    """How many processes and threads the sandbox's user may have in all.

    Raises:
        OSError: ``/proc`` cannot be read.
    """
    if user:
        return _ROOT_TASKS
    # The kernel counts all that an ordinary user runs, not only what is in here.
    running = 0
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it may have ended by now
            if entry.stat().st_uid == os.getuid():
                running += len(list((entry / "task").iterdir()))
    return running + _SPARE_TASKS


class Base:
    """The process that candidates are forked from, as the server sees it."""

    def __init__(self, interpreter: Interpreter, stage: Stage, user: int) -> None:
        """Start it.

        It must be started by a thread that lives as long as the sandbox: the kernel ends it with
        that thread.

        Raises:
            OSError: It could not be started.
        """
        tasks = _tasks(user)
        self._busy = threading.Lock()
        self._channel, theirs = pair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  our own program
                [interpreter.python, "-s", "-S", str(_START), "base", str(theirs.fileno())],
                cwd="/",
                env=_ENVIRONMENT,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        config = {
            "folder": str(stage.folder),
            "keep_reading": bool(user) and not (interpreter.for_all and stage.for_all),
            "list": interpreter.listed,
            "read": interpreter.read,
            "scratch": str(stage.scratch),
            "stages": str(stage.stages),
            "sys_path": interpreter.sys_path,
            "tasks": tasks,
            "uid": user,
        }
        self._channel.settimeout(_ANSWER_SECONDS)
        try:
            send(self._channel, config)
        except OSError:
            self.kill()
            raise

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    async def report(self) -> Report:
        """Wait until it is up, and hear what holds."""
        answer: dict[str, Any] = {"why": "it ended before it was up"}
        with suppress(TimeoutError, LostError):
            with anyio.fail_after(_START_SECONDS):
                await anyio.wait_readable(self._channel)
            answer = read(self._channel)
        if not answer.get("ready"):
            return Report(layers={}, probes={}, why=str(answer.get("why")))
        return Report(layers=answer["layers"], probes=answer["probes"], why="")

    def warm(self, modules: Sequence[str]) -> None:
        """Import libraries once for all candidates.

        Raises:
            LostError: It is gone.
        """
        self._ask({"op": "warm", "modules": list(modules)}, seconds=_WARM_SECONDS)

    def load(self, order: dict[str, Any], channel: socket.socket, texts: int) -> None:
        """Fork a candidate; it will answer on its own channel.

        Raises:
            LostError: It is gone.
        """
        self._ask({**order, "op": "load"}, (channel.fileno(), texts))

    def retire(self, number: int) -> int:
        """End a candidate and all that came from it; gives its exit status.

        Raises:
            LostError: It is gone, and with it the candidate.
        """
        status = self._ask({"op": "retire", "id": number}).get("status")
        return status if isinstance(status, int) else 0

    def _ask(
        self, message: object, descriptors: Sequence[int] = (), *, seconds: int = _ANSWER_SECONDS
    ) -> dict[str, Any]:
        with self._busy:
            try:
                self._channel.settimeout(seconds)
                send(self._channel, message, descriptors)
                return read(self._channel)
            except (OSError, LostError) as error:
                self.kill()
                raise LostError from error

    def kill(self) -> None:
        """End it and all that came from it; blocks until every process is gone."""
        self._channel.close()
        if self.alive:
            # It ends its candidates, strays and all; in a namespace of its own they end with it.
            self._process.send_signal(signal.SIGTERM)
            self._wait(_END_SECONDS)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _wait(self, seconds: float) -> None:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return


def ready(channel: socket.socket, seconds: float) -> bool:
    """Whether something can be read within some seconds."""
    return bool(select.select([channel], [], [], max(0.0, seconds))[0])
