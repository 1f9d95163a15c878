"""What a process may still reach by path: Landlock, by its three system calls.

Everything that the kernel can deny is denied but for what is granted. What was really installed is
found by trying: some kernels announce an interface whose newest bits they refuse. The structures
are those of ``include/uapi/linux/landlock.h``.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
from typing import NamedTuple, Sequence

from mendloop.worker import kernel
from mendloop.worker.syscalls import NUMBERS

_WRITE_FILE, _READ_FILE, READ_DIR = 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE = 1 << 4, 1 << 5
_MAKE_DIR, _MAKE_FILE, _MAKE_LINK = 1 << 7, 1 << 8, 1 << 12
_REFER, _TRUNCATE = 1 << 13, 1 << 14
READ = _READ_FILE | READ_DIR
WRITE = (
    READ
    | _WRITE_FILE
    | _REMOVE_DIR
    | _REMOVE_FILE
    | _MAKE_DIR
    | _MAKE_FILE
    | _MAKE_LINK
    | _REFER
    | _TRUNCATE
)
_OF_A_FILE = _WRITE_FILE | _READ_FILE | _TRUNCATE
_FILE_BITS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NET, _SCOPES = 3, 3
_LEAST_NET, _LEAST_SCOPES = 4, 6


class Installed(NamedTuple):
    """What is handled, as the kernel accepted it."""

    abi: int
    files: int
    net: int
    scopes: int


class Grant(NamedTuple):
    """Something that stays within reach: an ``O_PATH`` descriptor and the rights under it."""

    fd: int
    rights: int


def abi() -> int:
    """The version of the interface; 0 where there is none."""
    try:
        return kernel.syscall(NUMBERS["landlock_create_ruleset"], 0, 0, 1)
    except (OSError, KeyError):
        return 0


def grant(path: str, rights: int) -> Grant | None:
    """Take hold of a path; ``None`` where there is nothing."""
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return None
    folder = stat.S_ISDIR(os.fstat(fd).st_mode)
    return Grant(fd, rights if folder else rights & _OF_A_FILE)


def _create(files: int, net: int, scopes: int) -> int:
    size = 24 if scopes else 16 if net else 8
    text = struct.pack("=QQQ", files, net, scopes)
    return kernel.syscall(NUMBERS["landlock_create_ruleset"], text, size, 0)


def detect() -> Installed:
    """The most that this kernel really takes."""
    version = abi()
    if not version:
        return Installed(0, 0, 0, 0)
    files = (1 << _FILE_BITS[min(version, 5)]) - 1
    net = _NET if version >= _LEAST_NET else 0
    scopes = _SCOPES if version >= _LEAST_SCOPES else 0
    for wanted in ((files, net, scopes), (files, net, 0), (files, 0, 0)):
        try:
            os.close(_create(*wanted))
        except OSError as error:
            if error.errno not in {errno.EINVAL, errno.E2BIG}:
                raise
        else:
            return Installed(version, *wanted)
    return Installed(version, 0, 0, 0)


def ruleset(handled: Installed, grants: Sequence[Grant]) -> int:
    """A set of rules, ready to be put in force.

    Raises:
        OSError: The kernel refused it.
    """
    fd = _create(handled.files, handled.net, handled.scopes)
    for held in grants:
        rights = held.rights & handled.files
        if rights:
            rule = struct.pack("=Qi", rights, held.fd)
            kernel.syscall(NUMBERS["landlock_add_rule"], fd, 1, rule, 0)
    return fd


def scopes_only(handled: Installed) -> int | None:
    """Rules that only forbid signals to the outside; ``None`` where the kernel has none."""
    return _create(0, 0, handled.scopes) if handled.scopes else None


def restrict(fd: int) -> None:
    """Put rules in force for this thread and all that come from it, for ever.

    Raises:
        OSError: The kernel refused it.
    """
    kernel.syscall(NUMBERS["landlock_restrict_self"], fd, 0)
    os.close(fd)
