"""Trying what must not be possible, from where a candidate will stand.

A layer counts when the forbidden act fails, never because something was configured.
"""

from __future__ import annotations

import errno
import os
import resource
import socket
import sys
from functools import partial
from typing import Any, Callable, Mapping

from mendloop.worker import kernel
from mendloop.worker.syscalls import MACHINE

_PTRACE = {"x86_64": 101, "aarch64": 117}
_OPEN_BY_HANDLE = {"x86_64": 304, "aarch64": 265}
_CALLS = {
    "no new namespaces": {"x86_64": 272, "aarch64": 97},
    "no mounts": {"x86_64": 165, "aarch64": 40},
    "no keys": {"x86_64": 250, "aarch64": 219},
    "no programs in the kernel": {"x86_64": 321, "aarch64": 280},
    "no performance events": {"x86_64": 298, "aarch64": 241},
    "no page faults of its own": {"x86_64": 323, "aarch64": 282},
    "no rings of system calls": {"x86_64": 425, "aarch64": 425},
    "no memory files": {"x86_64": 319, "aarch64": 279},
}
"""Calls that no filter may let through, whatever they are given: unshare, mount, keyctl, bpf,
perf_event_open, userfaultfd, io_uring_setup, memfd_create."""
_PTRACE_ATTACH = 16
_DENIED = {errno.EPERM, errno.EACCES, errno.EROFS}
_PROC = "no process information"
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
        _PROC: lambda: os.listdir("/proc/self"),
        "no other program": lambda: os.execv(sys.executable, [sys.executable, "-V"]),  # noqa: S606
        "no new process": _fork,
        "no signals": lambda: os.kill(os.getppid(), 0),
        "no tracing": lambda: kernel.syscall(_PTRACE[MACHINE], _PTRACE_ATTACH, os.getppid(), 0, 0),
        "no handles": lambda: kernel.syscall(_OPEN_BY_HANDLE[MACHINE], -100, b"\0" * 64, 0),
        "no other user": lambda: os.setuid(0),
    }


def _call(number: int) -> None:
    """A system call with arguments that change nothing where it is allowed."""
    kernel.syscall(number, 0, 0, 0, 0, 0)


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
    for name, numbers in _CALLS.items():
        seen[name] = _try(partial(_call, numbers[MACHINE]))
    if _looked("/proc") == "denied":
        seen[_PROC] = "denied"
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


def look_for(hidden: Mapping[str, str]) -> dict[str, str]:
    """Ask of each path whether it is there: ``denied`` where even that cannot be seen."""
    return {name: _looked(path) for name, path in hidden.items()}


def _looked(path: str) -> str:
    try:
        os.lstat(path)
    except OSError as error:
        absent = error.errno in {errno.ENOENT, errno.ENOTDIR}
        return "denied" if absent else f"unclear: {error.strerror}"
    return "possible"


def reach(server: int, bait: str) -> dict[str, str]:
    """Try to reach the server before anything else forbids it: only own namespaces prevent that.

    Args:
        server: Its process.
        bait: The abstract address of a socket on which it listens.
    """
    seen = {"no process of the server": "denied", "no socket of the server": "denied"}
    try:
        os.kill(server, 0)
    except ProcessLookupError:
        pass
    else:
        seen["no process of the server"] = "possible"
    with socket.socket(socket.AF_UNIX) as way:
        if way.connect_ex("\0" + bait) == 0:
            seen["no socket of the server"] = "possible"
    return seen
