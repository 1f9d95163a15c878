"""The socket behind an address."""

import socket
from typing import Final

from mendloop.errors import Unavailable
from mendloop.interfaces.listening.address import authority

_WAITING: Final = 128
"""Connections that wait to be accepted."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that can be connected to from now on; port 0 for any that is free.

    Raises:
        Unavailable: The address is taken, or not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # the protocol by its number, or asyncio lets small answers wait for an acknowledgement (40 ms)
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_WAITING)
    except OSError as error:
        listener.close()
        raise Unavailable(
            f"{authority(host, port)} cannot be bound: {error.strerror}.",
            hint="Name another with --http, or port 0 for any that is free.",
        ) from error
    return listener
