"""The three narrowings in order: for the base, for a candidate, for its cases."""

import ctypes
import os
import resource
import signal
from typing import Optional, Sequence

from mendloop.worker import kernel, landlock, privileges
from mendloop.worker.landlock import Grant, Installed
from mendloop.worker.seccomp import Filter, Level
from mendloop.worker.syscalls import NUMBERS

_CHILD_DESCRIPTORS = 64


def enclose_base(grants: Sequence[Grant], tasks: int) -> Installed:
    """Lock down the process from which all candidates are forked.

    Raises:
        OSError: A layer could not be put in force.
    """
    handled = landlock.detect()
    privileges.no_way_back()
    privileges.limit_base(tasks)
    landlock.restrict(landlock.ruleset(handled, grants))
    Filter(Level.BASE, scoped=bool(handled.scopes)).install(os.getpid())
    return handled


def enclose_candidate(
    handled: Installed, grants: Sequence[Grant], memory_bytes: int, cpu_seconds: int
) -> None:
    """Lock down the process that imports a candidate, before it reads a byte of it.

    Raises:
        OSError: A layer could not be put in force.
    """
    os.setpgid(0, 0)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    landlock.restrict(landlock.ruleset(handled, grants))
    privileges.limit_candidate(memory_bytes, cpu_seconds)
    Filter(Level.TEMPLATE, scoped=bool(handled.scopes)).install(os.getpid())


class CaseLock:
    """What a process for cases has yet to give up, made ready before the fork.

    Every page that a fresh fork touches is copied, so little may be left to do in it.
    """

    def __init__(self, handled: Installed, grants: Sequence[Grant]) -> None:
        self._handled = handled
        self._grants = list(grants)
        self._rules = landlock.scopes_only(handled)
        self._filter = Filter(Level.CHILD, scoped=bool(handled.scopes))
        numbers = (NUMBERS["prctl"], kernel.PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        self._with_parent = tuple(ctypes.c_long(number) for number in numbers)

    def close(self, scratch: Optional[str]) -> None:
        """Lock down this process for good.

        Args:
            scratch: The one folder that it may write in, if any.

        Raises:
            OSError: A layer could not be put in force.
        """
        kernel.check(kernel.LIBC.syscall(*self._with_parent))
        limit = (_CHILD_DESCRIPTORS, _CHILD_DESCRIPTORS)
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)
        if scratch is not None:
            own = landlock.grant(scratch, landlock.WRITE)
            grants = [*self._grants, *([own] if own else [])]
            landlock.restrict(landlock.ruleset(self._handled, grants))
        elif self._rules is not None:
            landlock.restrict(self._rules)
        self._filter.install(os.getpid())
