"""The bodies of HTTP, as messages: decoded, of bounded size, whole or as events."""

import zlib
from collections.abc import Iterator
from typing import Final

from mendloop.interfaces.proxy.cut import EventCutter, Gatherer, Piece

_ANY: Final = 47
"""Window bits with which zlib tells gzip from zlib by itself."""
_MOST_AT_ONCE: Final = 1024 * 1024
"""Bytes that are unpacked of one chunk before the next look at the size."""


class Body:
    """A body, fed as it passes."""

    def __init__(self, *, encoding: str = "", events: bool = False) -> None:
        self.readable = encoding in {"", "identity", "gzip", "deflate"}
        """Whether all that passed could be decoded."""
        self._unpack = zlib.decompressobj(_ANY) if encoding in {"gzip", "deflate"} else None
        self._events = EventCutter() if events else None
        self._all = Gatherer()

    def feed(self, chunk: bytes) -> Iterator[Piece]:
        """The messages that are whole with this chunk: only events come before the end."""
        for part in self._plain(chunk):
            if self._events is None:
                self._all.add(part)
            else:
                yield from self._events.feed(part)

    def end(self) -> Piece | None:
        """The body, where it was one message."""
        if self._events is not None or not self.readable or not len(self._all):
            return None
        return self._all.take()

    def _plain(self, chunk: bytes) -> Iterator[bytes]:
        if not self.readable:
            return
        if self._unpack is None:
            yield chunk
            return
        try:
            while chunk:
                yield self._unpack.decompress(chunk, _MOST_AT_ONCE)
                chunk = self._unpack.unconsumed_tail
        except zlib.error:
            self.readable = False
