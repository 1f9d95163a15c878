"""Standard input, read so that it can be left.

The SDK reads in a thread, which nothing can interrupt: a server that is told to end would hang
until its client closes the pipe.
"""

import os
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import contextmanager
from typing import Final

import anyio
import anyio.lowlevel

_CHUNK: Final = 1 << 16
MOST_BYTES: Final = 8 << 20
"""Of one message; a longer one is answered as one that cannot be read."""


@contextmanager
def own_stdin() -> Generator[int]:
    """Take standard input away from everybody else: a child of ours must not read the wire.

    Yields:
        The descriptor to read from.
    """
    private = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    try:
        yield private
    finally:
        os.dup2(private, 0)
        os.close(private)


class Lines:
    """The lines of a descriptor, as the SDK's transport wants them."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __aiter__(self) -> AsyncIterator[str]:
        """Read until the other side closes."""
        return self._lines()

    async def _lines(self) -> AsyncGenerator[str]:
        held = bytearray()
        oversized = False
        while data := await self._read():
            held += data
            *whole, rest = held.split(b"\n")
            for line in whole:
                yield "(too long)" if oversized else line.decode(errors="replace")
                oversized = False
            oversized = oversized or len(rest) > MOST_BYTES
            held = bytearray() if oversized else bytearray(rest)

    async def _read(self) -> bytes:
        try:
            await anyio.wait_readable(self._descriptor)
        except PermissionError:  # a regular file, which is always readable
            await anyio.lowlevel.checkpoint()
        return os.read(self._descriptor, _CHUNK)
