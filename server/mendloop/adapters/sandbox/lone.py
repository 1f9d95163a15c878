"""One process that runs some cases: started, heard, and ended from outside when it stalls.

For machines where processes cannot be forked from a locked-down one. Blocks; used in a thread.
"""

import json
import os
import select
import signal
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

from mendloop.adapters.sandbox import frames
from mendloop.adapters.sandbox.candidate import ended
from mendloop.adapters.sandbox.launch import ENVIRONMENT

_LENGTH: Final = struct.Struct("!I")
_READ_BYTES: Final = 1 << 16
_LOOK_SECONDS: Final = 0.05


class StalledError(Exception):
    """Nothing was heard for too long."""


class LoneProcess:
    """It, from its start to its certain end."""

    def __init__(self, words: Sequence[str], order: dict[str, Any], stop: threading.Event) -> None:
        """Start it.

        Args:
            words: What starts it; the number of the descriptor that it answers on is added.
            order: What it is asked for.
            stop: Set where nobody wants to hear more.

        Raises:
            OSError: It could not be started.
        """
        self._stop = stop
        self._buffer = bytearray()
        self._most = int(order.get("output", 0)) + frames.OVERHEAD
        self._reading, writing = os.pipe()
        try:
            with tempfile.TemporaryFile() as asked:
                asked.write(json.dumps(order).encode())
                asked.seek(0)
                self._process = subprocess.Popen(  # noqa: S603  our own program
                    [*words, str(writing)],
                    cwd="/",
                    env=ENVIRONMENT,
                    pass_fds=[writing],
                    start_new_session=True,
                    stdin=asked,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
        except OSError:
            os.close(self._reading)
            raise
        finally:
            os.close(writing)

    def answers(self, seconds: Sequence[float]) -> Iterator[bytes]:
        """Each answer as it comes, until it ends or says nonsense.

        Args:
            seconds: How long to wait for each; the last one counts for all that follow.

        Raises:
            StalledError: One took longer.
            MalformedError: One is longer than any may be.
        """
        for number in range(1 << 30):
            until = time.monotonic() + seconds[min(number, len(seconds) - 1)]
            text = self._next(until)
            if text is None:
                return
            yield text

    def _next(self, until: float) -> bytes | None:
        while True:
            if len(self._buffer) >= frames.HEADER:
                (length,) = _LENGTH.unpack_from(self._buffer)
                if length > self._most:
                    raise frames.MalformedError
                end = frames.HEADER + length
                if len(self._buffer) >= end:
                    text = bytes(self._buffer[frames.HEADER : end])
                    del self._buffer[:end]
                    return text
            if not self._hear(until):
                return None

    def _hear(self, until: float) -> bool:
        """Take in what has been said; false where nothing more comes."""
        ready = False
        while not ready:
            if self._stop.is_set():
                return False
            if time.monotonic() > until:
                raise StalledError
            ready = bool(select.select([self._reading], [], [], _LOOK_SECONDS)[0])
        heard = os.read(self._reading, _READ_BYTES)
        self._buffer += heard
        return bool(heard)

    def end(self) -> str:
        """End it and its process group; gives how it ended, in words."""
        os.close(self._reading)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_LOOK_SECONDS)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        code = self._process.wait()
        return ended(code << 8 if code >= 0 else -code)
