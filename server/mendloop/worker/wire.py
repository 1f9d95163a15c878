"""Messages between a server and what runs apart from it: JSON, with descriptors beside it."""

from __future__ import annotations

import json
import os
import socket
import struct
from typing import Any, Callable

MOST_MESSAGE = 1 << 20
MOST_ORDER = 1 << 16
"""The bytes of an order to run some cases: a thousand at most, each named by three numbers."""
_MOST_DESCRIPTORS = 4
# Taken now, because a candidate may put something else in their place.
_dumps, _write = json.dumps, os.write
_decoder: Any = json.JSONDecoder()
_scan = _decoder.scan_once
_HEADER = struct.Struct("!I")
_ONE = struct.Struct("=i")
_space = bytearray(MOST_ORDER)
"""Where orders come in: made once, so that none is asked for between two forks."""
_BESIDE = socket.CMSG_SPACE(_MOST_DESCRIPTORS * 4)
_RIGHTS = socket.SCM_RIGHTS
_INTO = (_space,)


def receive(channel: socket.socket) -> tuple[Any, list[int]]:
    """The next message and its descriptors; ``None`` where the other side is gone."""
    data, beside, _, _ = channel.recvmsg(MOST_MESSAGE, _BESIDE)
    return (loads(data) if data else None), _descriptors(beside)


def receive_short(channel: socket.socket) -> tuple[Any, list[int]]:
    """As ``receive``, for orders to a candidate: none is long, and no memory is asked for."""
    size, beside, _, _ = channel.recvmsg_into(_INTO, _BESIDE)
    return (loads(_space[:size]) if size else None), _descriptors(beside)


def _descriptors(beside: list[tuple[int, int, bytes]]) -> list[int]:
    held: list[int] = []
    for _, kind, content in beside:
        if kind == _RIGHTS:
            for at in range(0, len(content) - 3, 4):
                held += _ONE.unpack_from(content, at)
    return held


def loads(text: bytes | bytearray) -> Any:
    """What a text of our own stands for: there is no space around it, and it is UTF-8."""
    return _scan(str(text, "utf-8"), 0)[0]


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
