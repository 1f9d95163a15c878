"""The three narrowings in order: for the base, for a candidate, for its cases."""

import ctypes
import os
import signal
from typing import Any, Optional, Sequence

from mendloop.worker import kernel, landlock, privileges
from mendloop.worker.landlock import Grant, Installed
from mendloop.worker.seccomp import Filter, Level
from mendloop.worker.syscalls import NUMBERS

_REHEARSALS = 20
_getpid, _syscall = os.getpid, kernel.quick_syscall


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

    Every page that a fresh fork touches is copied, so little may be left to do in it: a few calls,
    each with its arguments in place.
    """

    def __init__(
        self, handled: Installed, grants: Sequence[Grant], closing: Sequence[int] = ()
    ) -> None:
        """Make it ready.

        Args:
            handled: What Landlock denies.
            grants: What stays within reach of a process that has a folder to write in.
            closing: Descriptors that go.
        """
        self._handled = handled
        self._grants = list(grants)
        self._filter = Filter(Level.CHILD, scoped=bool(handled.scopes))
        rules = landlock.scopes_only(handled)
        first = _words("prctl", kernel.PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        self._rules = rules
        scopes = [] if rules is None else [_words("landlock_restrict_self", rules, 0)]
        gone = [*closing] if rules is None else [*closing, rules]
        close = [_words("close", fd) for fd in gone]
        self._calls = (first, *scopes, *close, self._filter.words)
        """What is asked of the kernel, in this order."""
        self._apart = (first, *close, self._filter.words)
        """The same where there is a folder to write in."""

    def close(self, scratch: Optional[str]) -> None:
        """Lock down this process for good.

        Args:
            scratch: The one folder that it may write in, if any.

        Raises:
            OSError: A layer could not be put in force.
        """
        calls = self._calls
        if scratch is not None:
            calls = self._apart
            own = landlock.grant(scratch, landlock.WRITE)
            grants = [*self._grants, *([own] if own else [])]
            landlock.restrict(landlock.ruleset(self._handled, grants))
        self._filter.aim(_getpid())
        make(calls)

    def rehearse(self, times: int) -> None:
        """Lock down nothing, and be of no use afterwards."""
        if self._rules is not None:
            os.close(self._rules)
        self._calls = (_words("sched_yield"),) * 2
        for _ in range(times):
            self.close(None)


def make(calls: Sequence[tuple[Any, ...]]) -> None:
    """Make some system calls.

    Raises:
        PermissionError: The kernel refused one.
    """
    refused = 0
    for words in calls:
        refused |= _syscall(*words)
    if refused:
        raise PermissionError("a layer could not be put in force")


def rehearse(handled: Installed) -> None:
    """Go through it with calls that change nothing: see ``child.rehearse``."""
    lock = CaseLock(handled, [])
    lock.rehearse(_REHEARSALS)


def _words(name: str, *arguments: Any) -> tuple[Any, ...]:
    """A system call with its arguments in the form in which it is made."""
    given = (ctypes.c_long(part) if isinstance(part, int) else part for part in arguments)
    return (ctypes.c_long(NUMBERS[name]), *given)
