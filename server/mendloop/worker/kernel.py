"""Calls of the kernel that Python has no name for, by ctypes."""

from __future__ import annotations

import _thread
import ctypes
import os
import sys
from typing import Any

# Taken now, because a candidate may put something else in their place.
_threads = sys._current_frames  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
started: Any = getattr(_thread, "_count")  # noqa: B009  its stub does not name it
_python_fork = os.fork
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_KEEPCAPS = 8
PR_SET_NAME = 15
PR_GET_NAME = 16
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38


_HELD = ctypes.PyDLL(None)
"""The same, called without letting go of the interpreter: less is touched on the way."""
quick_fork, quick_syscall = _HELD.fork, _HELD.syscall
quick_syscall.restype = ctypes.c_long


def threads() -> int:
    """How many threads know of Python, whoever started them."""
    return len(_threads())


def fork() -> int:
    """Fork, and do nothing else where Python has started no thread here.

    Python's own runs what libraries want done in a child: new locks, threads forgotten, chance sown
    again. That touches hundreds of pages, each of which is copied, and with one thread there is
    nothing to put right: no lock is held, and chance is sown for each case.

    Raises:
        OSError: The kernel refused it.
    """
    if started():
        return _python_fork()
    pid: int = quick_fork()
    if pid < 0:
        raise BlockingIOError("the kernel has no room for one more process")
    return pid


def check(result: int) -> int:
    """The result of a call, or its failure as ``OSError``."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def syscall(number: int, *arguments: Any) -> int:
    """One system call by number; integers, bytes and pointers are passed as they are.

    Raises:
        OSError: The kernel refused it.
    """
    words = [ctypes.c_long(part) if isinstance(part, int) else part for part in arguments]
    return check(LIBC.syscall(ctypes.c_long(number), *words))


def prctl(operation: int, argument: int = 0) -> None:
    """One ``prctl`` with one argument.

    Raises:
        OSError: The kernel refused it.
    """
    zero = ctypes.c_ulong(0)
    check(LIBC.prctl(operation, ctypes.c_ulong(argument), zero, zero, zero))
