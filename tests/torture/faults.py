"""A fault of one system call, in a process that has been warmed up."""

import os
import re
import signal
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import anyio

from mendloop.errors import MendloopError

Work: TypeAlias = Callable[[], Awaitable[None]]
_MET: Final = re.compile(r"\(INJECTED\)|killed by SIGKILL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is to happen at which call."""

    call: str
    """The name of the system call."""
    what: str
    """As strace names it: ``signal=KILL``, ``error=EIO``."""
    when: str
    """``3``: at the third call of each thread; ``3+``: from then on."""

    @property
    def told(self) -> str:
        """In one word."""
        return f"{self.call}:{self.what}:when={self.when}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """How a process ended."""

    killed: bool
    refused: str
    """What it told its caller that it could not do; empty where it did it."""
    bug: str
    """An exception that no caller is told of."""
    met: bool
    """Whether the fault came about."""


def live(work: Work, fault: Fault | None = None, *, log: Path | None = None) -> Life:
    """Work in a process of its own, in which a system call may fail."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work(work, writing, stop=fault is not None)
    os.close(writing)
    tracer = None if fault is None else _attached(child, fault, log or Path(os.devnull))
    _, status = os.waitpid(child, 0)
    if tracer is not None:
        tracer.communicate()
    with os.fdopen(reading, "rb") as pipe:
        kind, _, text = pipe.read().decode(errors="replace").partition(" ")
    return Life(
        killed=os.WIFSIGNALED(status),
        refused=text if kind == "refused" else "",
        bug=text if kind == "bug" else "",
        met=log is not None and bool(_MET.search(log.read_text(encoding="utf-8"))),
    )


def _work(work: Work, writing: int, *, stop: bool) -> None:
    told = "done "
    if stop:
        os.kill(os.getpid(), signal.SIGSTOP)
    try:
        anyio.run(work)
    except MendloopError as error:
        told = f"refused {error.code}: {error}"
    except BaseException as error:  # noqa: BLE001  told to the parent, which judges
        told = f"bug {type(error).__name__}: {error}"
    # not by ``write``, which may be the call that fails
    os.writev(writing, [told.encode()])
    os._exit(0)


def _attached(child: int, fault: Fault, log: Path) -> subprocess.Popen[str]:
    """Follow a process that waits for it, and let it go on."""
    os.waitpid(child, os.WUNTRACED)
    command = ["strace", "-f", "-p", str(child), "-o", str(log)]
    command += ["-e", f"trace={fault.call}", "-e", f"inject={fault.told}"]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, encoding="utf-8")
    assert tracer.stderr is not None
    first = tracer.stderr.readline()
    os.kill(child, signal.SIGCONT)
    if "attached" not in first:
        raise AssertionError(f"strace does not follow: {first}")
    return tracer
