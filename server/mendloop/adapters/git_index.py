"""Hold git's lock on the index as git itself holds it, and leave it to nobody after a crash.

Whoever changes an index makes ``index.lock`` first, writes the new index there and renames it into
place: while it is there no other git adds, commits or switches branches. Here the lock is a second
name of a file of ours, so that after a crash it can be told from anybody else's: only a lock that
is the same file is ever removed.
"""

import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Final

from mendloop.noun import dataclass

_PAUSE: Final = 0.05
"""Seconds between two looks at a lock that somebody else holds."""


class Busy(Exception):
    """Somebody else has held the lock all the time."""


class Left(Enum):
    """What a crash had left of a lock."""

    NOTHING = "nothing"
    ENDED = "ended"
    """The lock was ours, and was let go of, or its index put in place."""
    LOST = "lost"
    """It was ours, but somebody has taken it away: the index may not hold what was written."""


@dataclass(frozen=True, slots=True)
class Held:
    """The lock, held."""

    folder: Path
    own: Path

    def index(self) -> bytes:
        """The index as it stands; nobody changes it now."""
        return (self.folder / "index").read_bytes()

    def write(self, content: bytes) -> None:
        """Write the next index, so that it outlives a power cut; it is not in force yet."""
        with self.own.open("wb") as file:
            os.fchmod(file.fileno(), (self.folder / "index").stat().st_mode & 0o777)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def put(self) -> None:
        """Put what was written in force."""
        (self.folder / "index.lock").rename(self.folder / "index")


@contextmanager
def held(folder: Path, name: str, *, patience: float) -> Generator[Held]:
    """Hold the lock of the index in a repository's folder.

    Args:
        folder: The folder that git keeps for the working tree.
        name: Of the one who holds it.
        patience: Seconds to wait for somebody else.

    Raises:
        Busy: Somebody else holds it for longer.
        OSError: The folder cannot be written.
    """
    own = _own(folder, name)
    own.touch(mode=0o600)
    try:
        _take(own, folder / "index.lock", tries=int(patience / _PAUSE))
        yield Held(folder, own)
    finally:
        _let_go(folder, own)


def end(folder: Path, name: str, *, finish: bool) -> Left:
    """End what a crash has left of a lock. Call it only where its holder is surely dead.

    Args:
        folder: The folder that git keeps for the working tree.
        name: Of the one who held it.
        finish: Whether what was written is to be put in force: the branch has moved already.
    """
    own, lock = _own(folder, name), folder / "index.lock"
    if not own.exists():
        return Left.NOTHING
    ours = _same(own, lock)
    if ours and finish:
        lock.rename(folder / "index")
    ended = ours or _same(own, folder / "index")
    _let_go(folder, own)
    return Left.ENDED if ended else Left.LOST


def _own(folder: Path, name: str) -> Path:
    return folder / f"mendloop-{name}.index"


def _take(own: Path, lock: Path, *, tries: int) -> None:
    while True:
        try:
            os.link(own, lock)
        except FileExistsError:
            if tries <= 0:
                raise Busy from None
            tries -= 1
            time.sleep(_PAUSE)
        else:
            return


def _let_go(folder: Path, own: Path) -> None:
    lock = folder / "index.lock"
    if _same(own, lock):
        lock.unlink(missing_ok=True)
    own.unlink(missing_ok=True)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except FileNotFoundError:
        return False
