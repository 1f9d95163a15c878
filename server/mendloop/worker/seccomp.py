"""A filter for system calls that allows what is listed and refuses all else with EPERM.

Three filters lie on top of each other, each narrower: ``base`` (our own code, which may also make
process groups and signal them), ``template`` (a candidate while it is imported; may fork, because
its cases are forked from it) and ``child`` (the cases: threads, but no process). Calls that change
metadata, and those that take the path of a socket, are in none of them: Landlock does not see them.
The program is classic BPF as described in ``Documentation/userspace-api/seccomp_filter.rst``.
"""

from __future__ import annotations

import ctypes
import struct
from enum import IntEnum

from mendloop.worker import kernel
from mendloop.worker.syscalls import ARCH, MACHINE, NUMBERS


class Level(IntEnum):
    """Whose filter it is."""

    BASE = 0
    TEMPLATE = 1
    CHILD = 2


OWN_PID = 0x7ABCDEF1
"""Stands for the number of the process in a program that is prepared before the fork."""

_ALWAYS_TEXT = """
read write open close stat fstat lstat poll lseek mmap mprotect munmap brk rt_sigaction
rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend pread64 pwrite64 readv
writev access pipe select sched_yield mremap msync mincore madvise dup dup2 pause nanosleep
getitimer alarm setitimer getpid sendfile recvfrom recvmsg shutdown getsockname getpeername
getsockopt exit wait4 uname flock fsync fdatasync ftruncate fallocate fadvise64 getdents getcwd
chdir fchdir rename mkdir rmdir creat link unlink symlink readlink umask gettimeofday getrlimit
getrusage sysinfo times time getuid getgid geteuid getegid getppid getpgrp getgroups getresuid
getresgid getpgid getsid sigaltstack statfs fstatfs arch_prctl gettid futex sched_getaffinity
epoll_create getdents64 set_tid_address clock_gettime clock_getres clock_nanosleep exit_group
epoll_wait epoll_ctl waitid openat mkdirat newfstatat unlinkat renameat linkat symlinkat readlinkat
faccessat pselect6 ppoll set_robust_list get_robust_list epoll_pwait timerfd_create eventfd
timerfd_settime timerfd_gettime eventfd2 epoll_create1 dup3 pipe2 preadv pwritev getcpu renameat2
getrandom membarrier copy_file_range statx rseq close_range faccessat2 epoll_pwait2
"""
_PARENT_TEXT = """
fork vfork landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp
"""
_BASE = ["setpgid", "sendmsg"]
_ALWAYS, _PARENT = _ALWAYS_TEXT.split(), _PARENT_TEXT.split()

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _FAIL, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_EPERM, _ENOTTY, _ENOSYS = 1, 25, 38
_CLONE_THREAD, _CLONE_NEW = 0x10000, 0x7E020080
_FCNTL_REFUSED = (8, 10, 15, 1024, 1026)
"""F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY: each makes the kernel send signals."""
_IOCTL_ALLOWED = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
"""TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX."""
_LONGEST_JUMP = 255


def _step(code: int, operand: int, when_true: int = 0, when_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, when_true, when_false, operand & 0xFFFFFFFF)


_YES = _step(_RETURN, _ALLOW)


def _refuse(number: int) -> bytes:
    return _step(_RETURN, _FAIL | number)


def _low(argument: int) -> bytes:
    """Load the low half of an argument (both machines are little-endian)."""
    return _step(_LOAD, 16 + 8 * argument)


def _high(argument: int) -> bytes:
    return _step(_LOAD, 20 + 8 * argument)


def _among(values: tuple[int, ...], inside: bytes, outside: bytes) -> list[bytes]:
    """Return one of two answers by whether what is loaded is among some values."""
    count = len(values)
    tests = [_step(_EQUAL, value, count - place) for place, value in enumerate(values)]
    return [*tests, outside, inside]


def _is_null(argument: int) -> list[bytes]:
    """Go on where a pointer is null, and refuse where it is not."""
    return [
        _low(argument),
        _step(_EQUAL, 0, 1),
        _refuse(_EPERM),
        _high(argument),
        _step(_EQUAL, 0, 1),
        _refuse(_EPERM),
    ]


def _clone(level: Level) -> list[bytes]:
    no = _refuse(_EPERM)
    if level is not Level.CHILD:
        return [_low(0), _step(_ANY_BIT, _CLONE_NEW, 0, 1), no, _YES]
    return [
        _low(0),
        _step(_ANY_BIT, _CLONE_NEW, 0, 1),
        no,
        _step(_ANY_BIT, _CLONE_THREAD, 1),
        no,
        _YES,
    ]


def _prctl(level: Level) -> list[bytes]:
    no = _refuse(_EPERM)
    if level is Level.CHILD:
        return [_low(0), *_among((kernel.PR_SET_NAME, kernel.PR_GET_NAME), _YES, no)]
    # To die with the parent may be asked for, but not taken back.
    names = _among((kernel.PR_SET_NAME, kernel.PR_GET_NAME), _YES, no)
    rest = [_low(0), _step(_EQUAL, kernel.PR_SET_PDEATHSIG, 0, 3), _low(1), _step(_EQUAL, 9, 0, 1)]
    return [*rest, _YES, _low(0), *names]


def _prlimit(level: Level) -> list[bytes]:
    own = [_low(0), _step(_EQUAL, 0, 1), _refuse(_EPERM)]
    return [*own, *(_is_null(2) if level is Level.CHILD else []), _YES]


def _signals(level: Level, *, scoped: bool) -> dict[str, list[bytes]]:
    """Who may be sent a signal.

    Where Landlock keeps the signals of a candidate to its own processes, its template may send
    them, so that its cases (which lie under the same filter) may send them to themselves.
    """
    if level is Level.CHILD:
        own = [_low(0), *_among((OWN_PID,), _YES, _refuse(_EPERM))]
        return {"kill": own, "tgkill": own}
    if level is Level.TEMPLATE and not scoped:
        return {}
    return {"kill": [_YES], "tgkill": [_YES]}


def _by_argument(level: Level) -> dict[str, list[bytes]]:
    """The calls that depend on what they are given."""
    no = _refuse(_EPERM)
    return {
        "clone": _clone(level),
        # The C library falls back to clone, whose flags can be seen.
        "clone3": [_refuse(_ENOSYS)],
        # A stream pair cannot be pointed elsewhere; a datagram pair could send to any socket.
        "socketpair": [
            _low(0),
            _step(_EQUAL, 1, 1),
            no,
            _low(1),
            # the type without SOCK_NONBLOCK and SOCK_CLOEXEC
            *_among((0x1, 0x801, 0x80001, 0x80801), _YES, no),
        ],
        "sendto": [*_is_null(4), _YES],
        "fcntl": [_low(1), *_among(_FCNTL_REFUSED, no, _YES)],
        "ioctl": [_low(1), *_among(_IOCTL_ALLOWED, _YES, _refuse(_ENOTTY))],
        "prctl": _prctl(level),
        "prlimit64": _prlimit(level),
        "setrlimit": [no if level is Level.CHILD else _YES],
    }


def _ranges(numbers: list[int]) -> list[tuple[int, int]]:
    """Neighbouring numbers, joined."""
    joined: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if joined and joined[-1][1] == number - 1:
            joined[-1] = (joined[-1][0], number)
        else:
            joined.append((number, number))
    return joined


def program(level: Level, *, scoped: bool) -> bytes:
    """The filter of one level, in the kernel's own form."""
    rules = {**_by_argument(level), **_signals(level, scoped=scoped)}
    steps = [_step(_LOAD, 4), _step(_EQUAL, ARCH, 1), _step(_RETURN, _KILL), _step(_LOAD, 0)]
    if MACHINE == "x86_64":
        # The same numbers again, for 32-bit pointers.
        steps += [_step(_AT_LEAST, 0x40000000, 0, 1), _step(_RETURN, _KILL)]
    for name, body in rules.items():
        if name in NUMBERS:
            steps += [_step(_EQUAL, NUMBERS[name], 0, len(body)), *body]
    names = _ALWAYS + (_PARENT if level is not Level.CHILD else [])
    names = names + (_BASE if level is Level.BASE else [])
    listed = _ranges([NUMBERS[name] for name in names if name in NUMBERS])
    return b"".join([*steps, *_listed(listed)])


def _listed(ranges: list[tuple[int, int]]) -> list[bytes]:
    """Allow what lies in one of the ranges, and refuse all else.

    Short, because each process for cases has the kernel translate it anew.
    """
    left = sum(1 if low == high else 2 for low, high in ranges)
    steps: list[bytes] = []
    for low, high in ranges:
        if low == high:
            steps.append(_step(_EQUAL, low, left, 0))
        else:
            steps.append(_step(_AT_LEAST, low, 0, 1))
            left -= 1
            steps.append(_step(_AT_LEAST, high + 1, 0, left))
        left -= 1
    return [*steps, _refuse(_EPERM), _YES]


class _Program(ctypes.Structure):
    pass


_Program._fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


class Filter:
    """A filter made ready, so that a fork has little left to do."""

    def __init__(self, level: Level, *, scoped: bool) -> None:
        text = program(level, scoped=scoped)
        own = struct.pack("=I", OWN_PID)
        self._own = [at // 4 for at in range(4, len(text), 8) if text[at : at + 4] == own]
        self._buffer = ctypes.create_string_buffer(text, len(text))
        self._words = memoryview(self._buffer).cast("B").cast("I")
        pointer = ctypes.cast(self._buffer, ctypes.c_void_p)
        self._program = _Program(len(text) // 8, pointer)
        self.words = (
            ctypes.c_long(NUMBERS["seccomp"]),
            ctypes.c_long(1),
            ctypes.c_long(0),
            ctypes.byref(self._program),
        )

    def install(self, pid: int) -> None:
        """Put it in force for this thread and all that come from it, for ever.

        Raises:
            OSError: The kernel has no such filters, or allows none here.
        """
        self.aim(pid)
        kernel.check(kernel.LIBC.syscall(*self.words))

    def aim(self, pid: int) -> None:
        """Write the number of the process in, so that ``words`` make the call that installs it."""
        for at in self._own:
            self._words[at] = pid
