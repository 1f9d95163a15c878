"""Where to listen, as it stands on a command line and in a URL."""

import argparse
from typing import Final

from mendloop.noun import dataclass

_LAST_PORT: Final = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to listen; port 0 for any that is free."""

    host: str
    port: int


def read_address(text: str) -> Address:
    """An address of a command line.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    host, colon, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    # ASCII alone: a digit of another script is a decimal too
    good = colon and port.isascii() and port.isdecimal() and int(port) <= _LAST_PORT and bare
    if not good:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 127.0.0.1:8765 or [::1]:8765")
    return Address(host=bare, port=int(port))


def in_url(host: str) -> str:
    """A host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def authority(host: str, port: int) -> str:
    """Host and port as they stand in a URL."""
    return f"{in_url(host)}:{port}"
