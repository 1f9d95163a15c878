"""Where the relay leaves what passes, for the observer to fetch. Never waits."""

import os
import threading
import time
from queue import SimpleQueue
from typing import Final

from mendloop.interfaces.proxy.frames import Frame, Kind

MOST_HELD: Final = 32 * 1024 * 1024
"""Bytes that may wait for an observer that is behind; what comes then is lost to it."""
_LOST: Final = {Kind.CLIENT: Kind.LOST_CLIENT, Kind.SERVER: Kind.LOST_SERVER}
_LAST: Final = 1.0
"""Seconds that may be spent on what is left at the end."""
_FRAME: Final = 64
"""Bytes that a frame takes beyond its payload, about."""


class Tap:
    """Frames on their way to the observer, written by a thread of their own."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._queue: SimpleQueue[Frame | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._held = 0
        self._lost: set[tuple[Kind, int]] = set()
        self._on = True
        self._thread = threading.Thread(target=self._run, name="tap", daemon=True)
        self._thread.start()

    def put(self, kind: Kind, payload: bytes = b"", stream: int = 0) -> None:
        """Leave a frame."""
        if not self._on:
            return
        at = time.monotonic()
        with self._lock:
            lost = _LOST.get(kind)
            if lost is not None and self._held + len(payload) > MOST_HELD:
                self._lost.add((lost, stream))
                return
            for gap, where in [each for each in self._lost if each[1] == stream]:
                self._lost.discard((gap, where))
                self._queue.put(Frame(gap, where, at))
            self._held += len(payload) + _FRAME
            self._queue.put(Frame(kind, stream, at, payload))

    def close(self) -> None:
        """Write what is left, and let the observer go."""
        self._queue.put(None)
        self._thread.join(_LAST)
        if not self._thread.is_alive():
            os.close(self._pipe)

    def _run(self) -> None:
        while (frame := self._queue.get()) is not None:
            data = memoryview(frame.packed())
            try:
                while data:
                    data = data[os.write(self._pipe, data) :]
            except OSError:  # it is gone, or wants nothing
                self._on = False
                return
            with self._lock:
                self._held -= len(frame.payload) + _FRAME
