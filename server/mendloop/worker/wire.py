"""Messages between a server and what runs apart from it: JSON, with descriptors beside it."""

from __future__ import annotations

import array
import json
import os
import socket
import struct
from typing import Any

MOST_MESSAGE = 1 << 20
_MOST_DESCRIPTORS = 4
# Taken now, because a candidate may put something else in their place.
_dumps, _loads, _write = json.dumps, json.loads, os.write
_HEADER = struct.Struct("!I")


def receive(channel: socket.socket) -> tuple[Any, list[int]]:
    """The next message and its descriptors; ``None`` where the other side is gone."""
    room = socket.CMSG_SPACE(_MOST_DESCRIPTORS * 4)
    data, beside, _, _ = channel.recvmsg(MOST_MESSAGE, room)
    held = array.array("i")
    for level, kind, content in beside:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            held.frombytes(content[: len(content) - len(content) % held.itemsize])
    return (_loads(data) if data else None), list(held)


def send(channel: socket.socket, message: Any) -> None:
    """Send one message."""
    channel.send(_dumps(message).encode())


def write_frame(fd: int, text: bytes) -> None:
    """Write one text with its length before it."""
    frame = _HEADER.pack(len(text)) + text
    while frame:
        frame = frame[_write(fd, frame) :]
