"""Namespaces, user, capabilities and limits: what a process gives up before it reads any code."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import struct
import sys

from mendloop.worker import kernel

_NEW_PID, _NEW_NET, _NEW_IPC, _NEW_USER = 0x20000000, 0x40000000, 0x08000000, 0x10000000
_CAPABILITY_VERSION = 0x20080522
_CAP_DAC_READ_SEARCH = 2
_LAST_CAPABILITY = 63
_MOST_FILE_BYTES = 8 << 20
_MOST_DESCRIPTORS = 128
_MOST_OF_A_CANDIDATE = 64


def _libc(name: str, *arguments: int) -> None:
    kernel.check(getattr(kernel.LIBC, name)(*[ctypes.c_ulong(part) for part in arguments]))


def _map_user(uid: int, gid: int) -> None:
    """Stay the same user inside a new user namespace."""
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def enter_namespaces() -> str:
    """Leave the machine's processes and network behind, where the kernel allows it.

    An extra: nothing else relies on it. The process that called goes on in a fork, as the first of
    its process namespace; the one outside only waits, and when either dies the kernel ends all.

    Returns:
        What was entered, or why nothing was.
    """
    uid, gid = os.getuid(), os.getgid()
    flags = _NEW_PID | _NEW_NET | _NEW_IPC | (_NEW_USER if uid else 0)
    try:
        _libc("unshare", flags)
        if uid:
            _map_user(uid, gid)
    except OSError as error:
        return f"none: {error.strerror}"
    inner = os.fork()
    if inner:
        _wait_for(inner)
    return "processes, network, IPC"


def _wait_for(inner: int) -> None:
    """End when the inner process ends, and end it when asked to; never return."""
    null = os.open(os.devnull, os.O_RDWR)
    # The server sees the sandbox end by its channel, so no copy may stay open here.
    os.closerange(3, null)
    os.closerange(null + 1, 4096)

    def end_inner(_number: int, _frame: object) -> None:
        os.kill(inner, signal.SIGKILL)

    signal.signal(signal.SIGTERM, end_inner)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGTERM)
    os.waitpid(inner, 0)
    os._exit(0)


def become(uid: int, *, keep_reading: bool) -> None:
    """Give up root for good.

    Args:
        uid: The user and group to become; nobody else is it.
        keep_reading: Whether the interpreter lies where only root may read. Then the right to read
            past permissions is kept, and that alone; Landlock says what may be read.

    Raises:
        OSError: The kernel refused it.
    """
    for capability in range(_LAST_CAPABILITY + 1):
        with contextlib.suppress(OSError):  # the kernel knows fewer, or it is gone already
            kernel.prctl(kernel.PR_CAPBSET_DROP, capability)
    if keep_reading:
        kernel.prctl(kernel.PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    if keep_reading:
        kernel.prctl(kernel.PR_SET_KEEPCAPS, 0)
    set_capabilities(1 << _CAP_DAC_READ_SEARCH if keep_reading else 0)


def set_capabilities(wanted: int) -> None:
    """Hold exactly these capabilities, and none to inherit.

    Raises:
        OSError: The kernel refused it.
    """
    header = struct.pack("=Ii", _CAPABILITY_VERSION, 0)
    low = struct.pack("=III", wanted & 0xFFFFFFFF, wanted & 0xFFFFFFFF, 0)
    high = struct.pack("=III", wanted >> 32, wanted >> 32, 0)
    kernel.check(kernel.LIBC.capset(header, low + high))


def no_way_back() -> None:
    """Never gain rights again, be traced by nobody, take in orphans, hear of the parent's death."""
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    # A change of user takes this wish back, so it comes after it.
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGTERM)


def first_to_go() -> None:
    """Ask the kernel to choose this process when memory runs out on the machine."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as f:
        f.write("1000")


def _limit(kind: int, value: int) -> None:
    """Set both limits, never above what they are."""
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))


def limit_base(tasks: int) -> None:
    """The limits that hold for all processes of a sandbox."""
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, _MOST_FILE_BYTES)
    _limit(resource.RLIMIT_NOFILE, _MOST_DESCRIPTORS)
    _limit(resource.RLIMIT_MEMLOCK, 0)
    _limit(resource.RLIMIT_MSGQUEUE, 0)
    if tasks:
        _limit(resource.RLIMIT_NPROC, tasks)


def limit_candidate(memory_bytes: int, cpu_seconds: int) -> None:
    """The limits of one candidate and of all that comes from it."""
    _limit(resource.RLIMIT_NOFILE, _MOST_OF_A_CANDIDATE)
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_CPU, cpu_seconds)


def describe() -> str:
    """The user that this process is."""
    return f"user {os.getuid()}" if os.getuid() else "root"


def python_version() -> str:
    """The interpreter's version."""
    return ".".join(str(part) for part in sys.version_info[:3])
