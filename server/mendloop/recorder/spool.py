"""The files into which one process writes what it records; whoever reads takes whole lines only.

A segment is named ``<pid>-<start>-<random>-<n>.open`` while it is written, ``.jsonl`` once it is
closed. Process id and start (in clock ticks since boot, 0 where the system does not say) tell a
reader whether the writer still lives. No two processes write into one segment, so there is no lock
between them.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Optional

from mendloop.recorder.place import make_private
from mendloop.recorder.room import Room

MOST_LINE = 1_000_000
"""Bytes of a line with its end. A longer one is not written."""
MOST_BYTES = 8_000_000
"""A segment is closed once it holds so many."""
MOST_SECONDS = 60.0
"""A segment is closed so long after its first line."""
_TRIES = 3
"""So often lines are written again where their file was removed meanwhile."""


class LostError(OSError):
    """Some lines could not be written."""

    def __init__(self, lines: int, why: str) -> None:
        super().__init__(why)
        self.lines = lines


class Spool:
    """Where one process appends its lines."""

    def __init__(self, folder: Path) -> None:
        """Nothing is made before the first line is there to be written."""
        self.folder = folder
        self._begin()

    def _begin(self) -> None:
        # a signal's handler, or a finalizer, may record while this thread is in here
        self._lock = threading.RLock()
        self._stem = f"{os.getpid()}-{_start_ticks()}-{os.urandom(6).hex()}"
        self._number = 0
        self._descriptor = -1
        self._path = self.folder
        self._size = 0
        self._since = 0.0
        self._room = Room(self.folder)
        self.written = 0

    def forked(self) -> None:
        """Let go of what belongs to the parent: call it first thing in a forked child."""
        inherited = self._descriptor
        self._begin()
        if inherited >= 0:
            os.close(inherited)

    def refuses_successes(self) -> bool:
        """Whether it was full a moment ago: lines of successes need not even be made."""
        return self._room.refused()

    def full(self, *, failures: bool) -> str:
        """Why lines are refused."""
        still = "" if failures else "; failures still are"
        return f"{self.folder} is full because no server reads it{still}"

    def append(self, lines: Sequence[bytes], *, failures: bool = False) -> None:
        """Write lines, each with its end. They have left the process when this returns.

        Args:
            lines: What is to be written.
            failures: Whether they tell of failures, for which there is more room.

        Raises:
            LostError: Some were not written; what was written are whole lines.
        """
        fitting = [line for line in lines if len(line) <= MOST_LINE]
        with self._lock:
            if fitting:
                self._append(fitting, failures=failures)
        if len(fitting) < len(lines):
            raise LostError(len(lines) - len(fitting), "the record is too long for one line")

    def rest(self) -> None:
        """Close the segment if it is old. Call it now and then."""
        with self._lock:
            if self._descriptor >= 0 and time.monotonic() - self._since > MOST_SECONDS:
                self.close()

    def close(self) -> None:
        """Close the segment, if there is one; the next line begins another."""
        with self._lock:
            if self._descriptor < 0:
                return
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)
            # where the folder is gone, or shut: readers take the .open files of the dead as well
            with contextlib.suppress(OSError):
                os.rename(self._path, self._path.with_suffix(".jsonl"))

    def _append(self, lines: Sequence[bytes], *, failures: bool) -> None:
        data, many = b"".join(lines), len(lines)
        self._rotate()
        if not self._room.take(len(data), failures=failures, begins=self._descriptor < 0):
            raise LostError(len(lines), self.full(failures=failures))
        for _ in range(_TRIES):
            start = self._ready(lines)
            failure = self._write(data)
            if failure is not None:
                whole = self._cut(start, data)
                why = f"{self._path.parent}: {failure.strerror}"
                raise LostError(len(lines) - whole, why) from failure
            if not self._removed():
                self.written += many
                return
            self.close()  # it was removed, perhaps before this was written: write it again
        raise LostError(len(lines), f"{self.folder}: its files are being removed")

    def _removed(self) -> bool:
        try:
            return os.fstat(self._descriptor).st_nlink == 0
        except OSError:
            return False  # closed by what interrupted us, after it looked

    def _write(self, data: bytes) -> Optional[OSError]:
        """Write all of it, or say what kept us from it."""
        left = memoryview(data)
        while left:
            try:
                count = os.write(self._descriptor, left)
            except OSError as error:
                return error
            self._size += count
            left = left[count:]
        return None

    def _cut(self, start: int, data: bytes) -> int:
        """Take back half a line, and give the number of whole ones."""
        kept = data[: self._size - start].rfind(b"\n") + 1
        try:
            os.ftruncate(self._descriptor, start + kept)
            self._size = start + kept
        except OSError:
            self.close()  # the half line stays the last of its file
        whole = data[:kept].count(b"\n")
        self.written += whole
        return whole

    def _rotate(self) -> None:
        """Close a segment that is full, or old."""
        old = time.monotonic() - self._since > MOST_SECONDS
        if self._descriptor >= 0 and (old or self._size >= MOST_BYTES):
            self.close()

    def _ready(self, lines: Sequence[bytes]) -> int:
        """Have a segment, and give its size."""
        try:
            if self._descriptor < 0:
                self._open()
        except OSError as error:
            raise LostError(len(lines), f"{self.folder}: {error.strerror}") from error
        return self._size

    def _open(self) -> None:
        make_private(self.folder.parent)
        make_private(self.folder)
        self._number += 1
        path = self.folder / f"{self._stem}-{self._number}.open"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL
        descriptor = os.open(path, flags, 0o600)
        if self._descriptor >= 0:  # opened meanwhile, by what interrupted us
            os.close(descriptor)
            os.unlink(path)
            return
        self._path, self._size, self._since = path, 0, time.monotonic()
        self._descriptor = descriptor


def _start_ticks() -> int:
    """When this process started, in clock ticks since boot; 0 where that is not told."""
    try:
        text = Path("/proc/self/stat").read_text(encoding="utf-8", errors="replace")
        return int(text.rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0
