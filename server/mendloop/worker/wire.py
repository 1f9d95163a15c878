"""Messages between a server and what runs apart from it: JSON, with descriptors beside it."""

from __future__ import annotations

import array
import json
import os
import socket
import struct
from typing import Any, Callable

MOST_MESSAGE = 1 << 20
_MOST_DESCRIPTORS = 4
# Taken now, because a candidate may put something else in their place.
_dumps, _write = json.dumps, os.write
_decoder: Any = json.JSONDecoder()
_scan = _decoder.scan_once
_HEADER = struct.Struct("!I")


def receive(channel: socket.socket) -> tuple[Any, list[int]]:
    """The next message and its descriptors; ``None`` where the other side is gone."""
    room = socket.CMSG_SPACE(_MOST_DESCRIPTORS * 4)
    data, beside, _, _ = channel.recvmsg(MOST_MESSAGE, room)
    held = array.array("i")
    for level, kind, content in beside:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            held.frombytes(content[: len(content) - len(content) % held.itemsize])
    return (loads(data) if data else None), list(held)


def loads(text: bytes) -> Any:
    """What a text of our own stands for: there is no space around it, and it is UTF-8."""
    return _scan(text.decode(), 0)[0]


def _encoder() -> Callable[[Any], str]:
    """What makes JSON, with all that can be prepared; each page used in a fork is copied."""
    make: Any = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return json.dumps
    escape = json.encoder.encode_basestring_ascii
    parts = make(None, _refuse, escape, None, ": ", ", ", False, False, True)  # noqa: FBT003  its own signature
    return lambda value: "".join(parts(value, 0))


def _refuse(value: Any) -> Any:
    raise TypeError(f"{type(value).__name__} is no JSON")


dumps = _encoder()
"""The JSON of a tree of plain values."""


def send(channel: socket.socket, message: Any) -> None:
    """Send one message."""
    channel.send(_dumps(message).encode())


def write_frame(fd: int, text: bytes) -> None:
    """Write one text with its length before it."""
    frame = _HEADER.pack(len(text)) + text
    while frame:
        frame = frame[_write(fd, frame) :]
