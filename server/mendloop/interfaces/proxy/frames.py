"""What the relay tells the observer, over a pipe between two processes."""

import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import BinaryIO, Final

from mendloop.noun import dataclass

_HEAD: Final = struct.Struct("<BIdI")
"""Kind, stream, monotonic seconds, bytes of the payload."""


class Kind(IntEnum):
    """What a frame tells."""

    OPEN = 0
    """An HTTP request began; the payload is JSON, see ``watch_http``."""
    CLIENT = 1
    """Bytes from the client."""
    HEAD = 2
    """The head of an HTTP answer; the payload is JSON."""
    SERVER = 3
    """Bytes from the server."""
    END = 4
    """The stream has ended; the payload says how."""
    LOST_CLIENT = 5
    """The observer was behind: some bytes from the client are missing here."""
    LOST_SERVER = 6


@dataclass(frozen=True, slots=True)
class Frame:
    """One piece of news."""

    kind: Kind
    stream: int
    """Which connection or exchange; 0 for standard input and output."""
    at: float
    """Monotonic seconds, which all processes of a machine share."""
    payload: bytes = b""

    def packed(self) -> bytes:
        """As it goes through the pipe."""
        return _HEAD.pack(self.kind, self.stream, self.at, len(self.payload)) + self.payload


def frames(pipe: BinaryIO) -> Iterator[Frame]:
    """All frames until the pipe ends; one that was cut off by the end is left out."""
    while len(head := pipe.read(_HEAD.size)) == _HEAD.size:
        kind, stream, at, size = _HEAD.unpack(head)
        payload = pipe.read(size)
        if len(payload) < size:
            return
        yield Frame(Kind(kind), stream, at, payload)
