"""How much may lie in the spool folder while nobody reads it.

The folder is looked at when a segment is begun, and while there is no room, each at most every few
seconds and never at every call. What other processes write meanwhile is seen at the next look, so
several of them may together exceed a limit, each by what it writes in that time.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

MOST_HELD = 192_000_000
"""Bytes that may lie there before successes are no longer written."""
MOST_HELD_OF_FAILURES = 256_000_000
"""Bytes that may lie there before nothing is written any more."""
MOST_FILES = 8_000
"""Segments that may lie there before successes begin no more: each short program leaves one."""
MOST_FILES_OF_FAILURES = 10_000
"""Segments that may lie there before none is begun any more; no more are ever looked at."""
LOOK_SECONDS = 5.0
"""The folder is not looked at again before."""


class Room:
    """What one process knows of the room in its spool folder."""

    __slots__ = ("_files", "_folder", "_held", "_looked", "_refused")

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held = 0
        self._files = 0
        self._looked = float("-inf")
        self._refused = float("-inf")

    def refused(self) -> bool:
        """Whether successes were refused at the last look, and it is too soon for the next."""
        return self._refused == self._looked and not self._stale()

    def take(self, size: int, *, failures: bool, begins: bool) -> bool:
        """Whether so many bytes may be written; they are counted.

        Args:
            size: Bytes of what is to be written.
            failures: Whether it tells of failures, which are kept longer.
            begins: Whether a segment has to be begun for it.
        """
        if (begins or not self._fits(size, failures=failures, begins=begins)) and self._stale():
            self._look()
        if not self._fits(size, failures=failures, begins=begins):
            self._refused = self._looked
            return False
        self._held += size
        self._files += begins
        return True

    def _stale(self) -> bool:
        return time.monotonic() - self._looked >= LOOK_SECONDS

    def _fits(self, size: int, *, failures: bool, begins: bool) -> bool:
        if begins and self._files >= (MOST_FILES_OF_FAILURES if failures else MOST_FILES):
            return False
        return self._held + size <= (MOST_HELD_OF_FAILURES if failures else MOST_HELD)

    def _look(self) -> None:
        """Count what lies there now."""
        self._held = self._files = 0
        self._looked = time.monotonic()
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    self._count(entry)
                    if self._files >= MOST_FILES_OF_FAILURES:
                        return
        except OSError:
            return  # whoever writes there is told why it cannot

    def _count(self, entry: os.DirEntry[str]) -> None:
        try:
            self._held += entry.stat(follow_symlinks=False).st_size
        except OSError:
            return  # read to its end, and removed, meanwhile
        self._files += 1
