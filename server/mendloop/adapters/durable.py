"""Bytes that survive a power cut, and disk errors in words that a person can act on."""

import errno
import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from mendloop.errors import Unavailable

_HINTS: Final = {
    errno.ENOSPC: "Free some space on that disk, then try again.",
    errno.EDQUOT: "Free some of your quota on that disk, then try again.",
    errno.EROFS: "The disk is mounted read-only: mount it writable, then try again.",
    errno.EACCES: "Run mendloop as the user that owns the file, or give that user the right.",
    errno.EPERM: "Run mendloop as the user that owns the file, or give that user the right.",
    errno.EIO: "The disk is failing: read the kernel's log before anything else.",
}


@contextmanager
def disk(doing: str) -> Generator[None]:
    """Turn a disk error into ``Unavailable``.

    Args:
        doing: What was being done, to follow "could not": ``write pricing.py``.

    Raises:
        Unavailable: The disk is full, read-only, failing, or not ours to write.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        hint = _HINTS.get(error.errno or 0, "`mendloop doctor` looks at the disk and the folders.")
        raise Unavailable(f"Could not {doing}: {reason}.", hint=hint) from error


def write_all(descriptor: int, content: bytes) -> None:
    """Write every byte; the caller flushes.

    A failed flush is final: the kernel may have dropped the pages, so the caller starts again with
    a new file and never flushes the same one twice.
    """
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def sync_folder(path: str | os.PathLike[str]) -> None:
    """Flush the names in a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
