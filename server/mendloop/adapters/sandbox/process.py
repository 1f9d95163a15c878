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
from pathlib import Path
from typing import Any, Final, cast

import anyio

from mendloop.adapters.sandbox.cpu import cpu_seconds
from mendloop.adapters.sandbox.launch import ENVIRONMENT, Launch
from mendloop.adapters.sandbox.spaces import FirstProcess
from mendloop.noun import dataclass

MOST_MESSAGE: Final = 1 << 20
_START_SECONDS: Final = 20
_ANSWER_SECONDS: Final = 10
_WARM_SECONDS: Final = 60
_END_SECONDS: Final = 2
_MOST_SAID: Final = 2_000


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


class Base:
    """The process that candidates are forked from, as the server sees it."""

    def __init__(self, launch: Launch) -> None:
        """Start it.

        It must be started by a thread that lives as long as the sandbox: the kernel ends it with
        that thread.

        Raises:
            OSError: It could not be started.
        """
        self._launch = launch
        self._gone = False
        self._busy = threading.Lock()
        self._channel, theirs = pair()
        self._said, saying = os.pipe2(os.O_CLOEXEC)
        informed, informing = os.pipe2(os.O_CLOEXEC)
        self._first = FirstProcess(informed)
        try:
            self._process = subprocess.Popen(  # noqa: S603  our own program
                launch.command(theirs.fileno(), informing),
                cwd="/",
                env=ENVIRONMENT,
                pass_fds=[theirs.fileno(), *([informing] if launch.wrap else [])],
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=saying,
            )
        except OSError:
            self._let_go()
            raise
        finally:
            theirs.close()
            os.close(saying)
            os.close(informing)
        self._channel.settimeout(_ANSWER_SECONDS)
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # it ended: the report says why
                send(self._channel, launch.config)
        except OSError:
            self.kill()
            raise

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def cpu_seconds(self) -> float:
        """The CPU time of it and all that came from it; nothing is known once it was ended."""
        return cpu_seconds(self._process.pid)

    async def report(self) -> Report:
        """Wait until it is up, and hear what holds."""
        answer: dict[str, Any] = {"why": "it ended before it was up"}
        with suppress(TimeoutError, LostError):
            with anyio.fail_after(_START_SECONDS):
                await anyio.wait_readable(self._channel)
            answer = read(self._channel)
        if not answer.get("ready"):
            return Report(layers={}, probes={}, why=f"{answer.get('why')}{self._last_words()}")
        apart = self._first.in_common() if self._launch.wrap else {}
        return Report(layers=answer["layers"], probes={**answer["probes"], **apart}, why="")

    def seen(self, path: Path) -> Path:
        """Where the server sees what lies at a path inside; called once it is up."""
        return self._first.seen(path) if self._launch.wrap else path

    def _last_words(self) -> str:
        """What was said to standard error by what did not come up; nothing of ours runs yet."""
        if not select.select([self._said], [], [], 0)[0]:
            return ""
        lines = os.read(self._said, _MOST_SAID).decode("utf-8", "replace").splitlines()
        return f": {lines[-1]}" if lines else ""

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
        if self._gone:
            return
        self._channel.close()
        if self.alive and self._launch.wrap is None:
            # It ends its candidates, strays and all; in a namespace of its own they end with it.
            self._process.send_signal(signal.SIGTERM)
            self._wait(_END_SECONDS)
        self._first.end(_END_SECONDS)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._let_go()

    def _let_go(self) -> None:
        """Close what is left open."""
        self._gone = True
        self._channel.close()
        self._first.close()
        os.close(self._said)

    def _wait(self, seconds: float) -> None:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return


def ready(channel: socket.socket, seconds: float) -> bool:
    """Whether something can be read within some seconds."""
    return bool(select.select([channel], [], [], max(0.0, seconds))[0])
