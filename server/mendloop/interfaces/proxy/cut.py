"""A stream of bytes, cut into messages of bounded size."""

import re
from collections.abc import Iterator
from typing import Final

from mendloop.noun import dataclass

MOST_BYTES: Final = 4 * 1024 * 1024
"""Of one message. Longer ones are relayed like all others, and only counted."""
_HEAD: Final = 512
"""Bytes kept of a longer one: as a rule its id is in them."""
_LINE_END: Final = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Piece:
    """One message, or the head of one that is too long."""

    data: bytes
    whole: bool = True


class Gatherer:
    """Parts of one message, of which at most ``MOST_BYTES`` are held."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, part: bytes) -> None:
        """Hold another part."""
        if self._size <= MOST_BYTES:
            self._parts.append(part)
        self._size += len(part)
        if self._size > MOST_BYTES:
            self._parts = [b"".join(self._parts)[:_HEAD]]

    def take(self) -> Piece:
        """All that was added since the last time."""
        data, whole = b"".join(self._parts), self._size <= MOST_BYTES
        self._parts, self._size = [], 0
        return Piece(data, whole)

    def __len__(self) -> int:
        return self._size


class LineCutter:
    """Cuts at line ends, as messages stand on standard input and output."""

    def __init__(self) -> None:
        self._line = Gatherer()
        self._lost = False

    def feed(self, chunk: bytes) -> Iterator[Piece]:
        """The lines that are whole with this chunk, empty ones left out."""
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            self._line.add(part)
            line = self._line.take()
            if not self._lost and line.data.strip():
                yield line
            self._lost = False
        if rest:
            self._line.add(rest)

    def lose(self) -> None:
        """Some bytes are missing here: the line that they belonged to is none."""
        self._line.take()
        self._lost = True


class EventCutter:
    """Cuts out the data of server-sent events (WHATWG HTML, section 9.2.6)."""

    def __init__(self) -> None:
        self._line = Gatherer()
        self._data = Gatherer()
        self._held = b""

    def feed(self, chunk: bytes) -> Iterator[Piece]:
        """The data of the events that are whole with this chunk."""
        chunk, self._held = self._held + chunk, b""
        if chunk.endswith(b"\r"):  # a line feed may follow, and belong to it
            chunk, self._held = chunk[:-1], b"\r"
        *ended, rest = _LINE_END.split(chunk)
        for part in ended:
            self._line.add(part)
            yield from self._take(self._line.take())
        if rest:
            self._line.add(rest)

    def _take(self, line: Piece) -> Iterator[Piece]:
        if not line.data and line.whole:
            if len(self._data):
                yield self._data.take()
            return
        name, _, value = line.data.partition(b":")
        if name != b"data":
            return
        if len(self._data):
            self._data.add(b"\n")
        self._data.add(value.removeprefix(b" "))
        if not line.whole:  # as long as it really was
            self._data.add(bytes(MOST_BYTES))
