"""Write the file that is to take another's place, beside it and with all that belongs to it."""

import errno
import os
import stat
from contextlib import suppress
from typing import Final

from mendloop.adapters.durable import write_all

_SECOND: Final = 1_000_000_000
"""In nanoseconds."""
_NEW_MODE: Final = 0o644
_WRITE: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
_READ: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def part_of(draft: str) -> str:
    """The name that a draft has until it is whole: what is found under it is ours and worthless."""
    return f"{draft}.part"


def write_draft(folder: int, draft: str, content: bytes, *, like: str | None) -> None:
    """Write a draft that is whole and on disk when it gets its name.

    Args:
        folder: The open folder.
        draft: The name to give.
        content: Every byte of it; nothing is converted.
        like: The file whose owner, mode and attributes it takes over; a new file has those of its
            folder's owner.

    Raises:
        FileNotFoundError: There is no file ``like``.
        OSError: It could not be written, or could not be given what belongs to it.
    """
    descriptor = os.open(part_of(draft), _WRITE, 0o600, dir_fd=folder)
    try:
        write_all(descriptor, content)
        if like is None:
            _dress_new(folder, descriptor)
        else:
            _dress_like(folder, like, descriptor)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.rename(part_of(draft), draft, src_dir_fd=folder, dst_dir_fd=folder)


def _dress_new(folder: int, new: int) -> None:
    owner = os.fstat(folder)
    with suppress(PermissionError):
        os.fchown(new, owner.st_uid, owner.st_gid)
    os.fchmod(new, _NEW_MODE)


def _dress_like(folder: int, like: str, new: int) -> None:
    old = os.open(like, _READ, dir_fd=folder)
    try:
        before, now = os.fstat(old), os.fstat(new)
        if (before.st_uid, before.st_gid) != (now.st_uid, now.st_gid):
            os.fchown(new, before.st_uid, before.st_gid)
        os.fchmod(new, stat.S_IMODE(before.st_mode))
        _copy_attributes(old, new)
        # Python takes bytecode for fresh when size and whole second agree: never give a path a
        # second that it has had before
        changed = max(now.st_mtime_ns, before.st_mtime_ns + _SECOND)
        os.utime(new, ns=(changed, changed))
    finally:
        os.close(old)


def _copy_attributes(old: int, new: int) -> None:
    try:
        names = os.listxattr(old)
    except OSError as error:
        if error.errno in {errno.ENOTSUP, errno.ENOSYS}:
            return
        raise
    has = set(os.listxattr(new))
    for name in names:
        value = os.getxattr(old, name)
        # labels that the system gives every file of the folder are there already
        if name not in has or os.getxattr(new, name) != value:
            os.setxattr(new, name, value)
