"""Trying what must not be possible, from where a candidate will stand.

A layer counts when the forbidden act fails, never because something was configured.
"""

from __future__ import annotations

import errno
import os
import resource
import socket
import sys
from typing import Any, Callable

from mendloop.worker import kernel
from mendloop.worker.syscalls import MACHINE

_PTRACE = {"x86_64": 101, "aarch64": 117}
_OPEN_BY_HANDLE = {"x86_64": 304, "aarch64": 265}
_PTRACE_ATTACH = 16
_DENIED = {errno.EPERM, errno.EACCES}
_MOST_DESCRIPTORS = 128


def _open(path: str, flags: int) -> None:
    os.close(os.open(path, flags))


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _acts(folder: str) -> dict[str, Callable[[], Any]]:
    """Each act by the name of what must prevent it.

    Args:
        folder: The server's own folder; it holds a file ``canary`` that anybody could read and
            change, were it not for the sandbox.
    """
    canary = os.path.join(folder, "canary")
    new = os.O_CREAT | os.O_WRONLY
    return {
        "no network": lambda: socket.socket(socket.AF_INET).close(),
        "no datagrams": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close(),
        "no unix sockets": lambda: socket.socket(socket.AF_UNIX).close(),
        "no reading outside": lambda: _open(canary, os.O_RDONLY),
        "no listing outside": lambda: os.listdir(folder),
        "no writing outside": lambda: _open(canary, os.O_WRONLY),
        "no new files": lambda: _open(os.path.join(folder, "probe"), new),
        "no files in the root": lambda: _open("/mendloop-probe", new),
        "no change of metadata": lambda: os.chmod(canary, 0o444),
        "no change of times": lambda: os.utime(canary, (0, 0)),
        "no process information": lambda: os.listdir("/proc/self"),
        "no other program": lambda: os.execv(sys.executable, [sys.executable, "-V"]),  # noqa: S606
        "no new process": _fork,
        "no signals": lambda: os.kill(os.getppid(), 0),
        "no tracing": lambda: kernel.syscall(_PTRACE[MACHINE], _PTRACE_ATTACH, os.getppid(), 0, 0),
        "no handles": lambda: kernel.syscall(_OPEN_BY_HANDLE[MACHINE], -100, b"\0" * 64, 0),
        "no other user": lambda: os.setuid(0),
    }


def _try(act: Callable[[], Any]) -> str:
    """What came of an act: ``denied``, or how it was not."""
    try:
        act()
    except OSError as error:
        return "denied" if error.errno in _DENIED else f"unclear: {error.strerror}"
    return "possible"


def attempt(folder: str, memory_bytes: int, allowed: set[int]) -> dict[str, str]:
    """Try everything; called in a process that is locked down as one for cases.

    Args:
        folder: See ``_acts``.
        memory_bytes: What the limit of memory must be.
        allowed: The descriptors that may be open besides the first three.
    """
    seen = {name: _try(act) for name, act in _acts(folder).items()}
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    seen["limited memory"] = "denied" if 0 < limit <= memory_bytes else "possible"
    strange = [fd for fd in range(3, _MOST_DESCRIPTORS) if fd not in allowed and _is_open(fd)]
    seen["no inherited descriptors"] = f"open: {strange}" if strange else "denied"
    return seen


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True
