"""What SQLite's errors mean for the caller."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from mendloop.errors import Unavailable

_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_DAMAGED: Final = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT})
_DISK: Final = frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)


def primary_code(error: sqlite3.Error) -> int:
    """The primary result code; 0 for an error that did not come from SQLite itself."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


@contextmanager
def plainly(path: Path) -> Generator[None]:
    """Say of a failing file what the caller can do; any other error is a fault of ours.

    Raises:
        Unavailable: The file is locked for long, damaged, or the disk does not work.
    """
    try:
        yield
    except sqlite3.Error as error:
        code = primary_code(error)
        if code in _BUSY:
            raise Unavailable(
                f"Another process is writing to {path}, and has not finished.",
                hint="Try again; if it lasts, look for a second Mendloop that hangs.",
            ) from error
        if code in _DAMAGED:
            raise Unavailable(
                f"{path} is damaged, or is no SQLite database ({error}).",
                hint="Put a sound copy in its place, or move it away to begin anew.",
            ) from error
        if code in _DISK:
            raise Unavailable(
                f"{path} cannot be read or written ({error}). Whether the last change was kept"
                " is not certain.",
                hint="See to the disk's space and the folder's permissions, then read the state"
                " before trying again.",
            ) from error
        raise
