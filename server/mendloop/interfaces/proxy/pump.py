"""Bytes from one descriptor to another, as they come."""

import os
import select
import threading
from collections.abc import Callable
from typing import Final

from typing_extensions import override

_CHUNK: Final = 65536


class Pump(threading.Thread):
    """Carries bytes until one side ends, and tells the other side by closing it.

    It holds one chunk at a time: who does not read is not read for, so that a slow reader slows the
    writer as if nobody stood between them.
    """

    def __init__(self, source: int, sink: int, seen: Callable[[bytes], None]) -> None:
        """Not started yet.

        Args:
            source: Where the bytes come from.
            sink: Where they go.
            seen: Is told of each chunk before it goes on: an answer may come the moment after.
        """
        super().__init__(name=f"pump {source}-{sink}", daemon=True)
        self._source, self._sink, self._seen = source, sink, seen
        self.carried = 0
        """Bytes that went out."""
        self.writing = False
        """Whether it waits for the reader."""
        self.reader_left = False

    @override
    def run(self) -> None:
        """Carry until the end of either."""
        try:
            while chunk := self._read():
                self._seen(chunk)
                self._write(chunk)
        except OSError:
            self.reader_left = True
            os.close(self._source)  # so the writer learns of it at its next write
        os.close(self._sink)

    def _read(self) -> bytes:
        while True:
            try:
                return os.read(self._source, _CHUNK)
            except BlockingIOError:  # whoever opened it made it so
                _wait(self._source, select.POLLIN)
            except OSError:  # a terminal that hung up, a socket that was reset
                return b""

    def _write(self, chunk: bytes) -> None:
        left = memoryview(chunk)
        self.writing = True
        while left:
            try:
                count = os.write(self._sink, left)
            except BlockingIOError:
                _wait(self._sink, select.POLLOUT)
            else:
                left = left[count:]
                self.carried += count
        self.writing = False


def _wait(descriptor: int, event: int) -> None:
    poll = select.poll()
    poll.register(descriptor, event)
    poll.poll()
