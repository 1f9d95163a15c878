"""Calling the user's tools for real: with his rights, one call at a time, on a private channel."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import struct
import sys
import time
from typing import Any, Callable

from mendloop.worker import classes, codec, exact, faults, kernel, loading

MOST_OUTPUT = 1 << 20
MOST_ORDER = 64 << 20
_IDLE_SECONDS = 300
_HEADER = struct.Struct("!I")


class HungUpError(Exception):
    """The server is gone, or has nothing to do for this process."""


def _exactly(channel: socket.socket, count: int) -> bytes:
    """So many bytes."""
    parts = bytearray()
    while len(parts) < count:
        heard = channel.recv(count - len(parts))
        if not heard:
            raise HungUpError
        parts += heard
    return bytes(parts)


def _order(channel: socket.socket) -> dict[str, Any]:
    """The next thing to do; an idle process ends itself."""
    if not select.select([channel], [], [], _IDLE_SECONDS)[0]:
        raise HungUpError
    (length,) = _HEADER.unpack(_exactly(channel, _HEADER.size))
    if length > MOST_ORDER:
        raise HungUpError
    order: dict[str, Any] = json.loads(_exactly(channel, length))
    return order


def _tell(channel: socket.socket, told: dict[str, Any]) -> None:
    text = json.dumps(told).encode()
    channel.sendall(_HEADER.pack(len(text)) + text)


def _encoded(value: Any) -> Any:
    """The value, or only its class where it is too large to be sent."""
    try:
        return codec.encode(value, MOST_OUTPUT)
    except codec.TooLargeError:
        return {"$opaque": codec.class_name(loading.kind_of(value))}


def _call(function: Callable[..., Any], order: dict[str, Any], root: str) -> dict[str, Any]:
    """Make one call and time it."""
    try:
        args = [codec.decode(part) for part in order["args"]]
        kwargs = {name: codec.decode(part) for name, part in order["kwargs"].items()}
    except Exception as error:
        return {"k": "not_run", "w": f"the arguments cannot be rebuilt: {error}"[:300], "s": 0.0}
    start = time.perf_counter_ns()
    told: dict[str, Any]
    try:
        told = {"k": "returned", "v": _encoded(loading.finish(function(*args, **kwargs)))}
    except BaseException as error:
        told = {"k": "raised", "f": faults.describe(error, root)}
    told["s"] = (time.perf_counter_ns() - start) / 1e9
    return told


def _import(root: str, path: str, loader: Callable[[str, str], Any]) -> tuple[Any, dict[str, Any]]:
    """The module, and what is told of its import."""
    start = time.perf_counter_ns()
    module: Any = None
    told: dict[str, Any]
    try:
        module = loading.load(root, path, loader)
        told = {"k": "returned", "v": None}
    except BaseException as error:
        told = {"k": "raised", "f": faults.describe(error, root)}
    told["s"] = (time.perf_counter_ns() - start) / 1e9
    return module, told


def _serve(channel: socket.socket) -> None:
    """Import one file, then call functions of it."""
    first = _order(channel)
    root, path = first["root"], first["path"]
    digests, loader = exact.remember(root)
    sys.argv = [os.path.join(root, path)]
    classes.at_home(root)
    module, told = _import(root, path, loader)
    functions: dict[str, Callable[..., Any]] = {}
    while True:
        _tell(channel, {**told, "i": 0, "files": digests})
        order = _order(channel)
        name = order["function"]
        try:
            functions[name] = functions.get(name) or loading.find(module, name)
        except BaseException as error:
            told = {"k": "raised", "f": faults.describe(error, root), "s": 0.0}
        else:
            told = _call(functions[name], order, root)


def run(number: int) -> None:
    """Serve calls until the server hangs up; never return."""
    os.set_inheritable(number, False)  # noqa: FBT003  its own signature
    with contextlib.suppress(OSError, AttributeError):  # Linux only; elsewhere the channel tells
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    channel = socket.socket(fileno=number)
    with contextlib.suppress(HungUpError, OSError):
        _serve(channel)
    os._exit(0)
