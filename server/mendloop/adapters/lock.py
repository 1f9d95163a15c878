"""One deployment at a time, across processes."""

import fcntl
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

import anyio

from mendloop.adapters.durable import disk
from mendloop.errors import Unavailable

_PATIENCE: Final = timedelta(minutes=5)
_LOOK_AGAIN: Final = timedelta(milliseconds=20)


@asynccontextmanager
async def locked(path: Path, *, patience: timedelta = _PATIENCE) -> AsyncGenerator[None]:
    """Hold the lock while the block runs. The kernel lets go of it when the process dies.

    Raises:
        Unavailable: Somebody else has held it for too long, or the file system has no locks.
    """
    with disk(f"open the lock {path}"):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        with anyio.move_on_after(patience.total_seconds()) as waiting:
            # a thread that waits for a lock cannot be cancelled, and a process has no event to wait
            # for: so look again
            while not _taken(descriptor):  # noqa: ASYNC110
                await anyio.sleep(_LOOK_AGAIN.total_seconds())
        if waiting.cancelled_caught:
            raise Unavailable(
                f"Another deployment has held {path.name} for {patience}.",
                hint="Wait for it, or end the process that hangs; nothing was changed.",
            )
        yield
    finally:
        # by name and not only by closing: a child forked meanwhile would keep it
        with suppress(OSError):  # closing it lets go as well
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    with disk("take the lock of the workspace"):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
