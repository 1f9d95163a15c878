"""Who can reach an address, and by which names it may be called."""

from collections.abc import Collection
from dataclasses import field
from ipaddress import ip_address
from typing import Final

from mendloop.errors import InvalidInput, Refused
from mendloop.interfaces.listening.address import authority, in_url
from mendloop.interfaces.listening.token import LEAST_TOKEN
from mendloop.noun import dataclass

_LOCAL_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
_PLAIN_PORT: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """An address, and who may speak to it."""

    host: str
    port: int = 0
    """0 for any that is free."""
    token: str | None = field(default=None, repr=False)
    """What every request must bear, where it is set."""
    names: tuple[str, ...] = ()
    """Other names by which clients call this host, as a Host header has them."""
    known: bool = False
    """Whether there are other tokens, each with a name of its own."""


def check_binding(binding: Binding, *, variable: str, option: str, more: str = "") -> None:
    """Refuse to be reached by strangers.

    Args:
        binding: What is about to be bound.
        variable: The environment variable that holds the token.
        option: The option that gives another name.
        more: Another way to a token, where there is one.

    Raises:
        Refused: The address is not of this machine alone, and there is no token.
        InvalidInput: The token is short, or the address stands for all and no name is given.
    """
    token, host = binding.token, binding.host
    if token is not None and len(token) < LEAST_TOKEN:
        raise InvalidInput(
            f"The token has {len(token)} characters; {LEAST_TOKEN} is the least.",
            hint="Make one with `openssl rand -hex 32`.",
        )
    if is_loopback(host):
        return
    if token is None and not binding.known:
        raise Refused(
            f"{host} can be reached from the network, and there is no token.",
            hint=f"Bind 127.0.0.1, or set {variable} or --token-file{more}.",
        )
    if _stands_for_all(host) and not binding.names:
        raise InvalidInput(
            f"{host} names no host, so that no Host header could be checked.",
            hint=f"Bind the one address that clients use, or give its names with {option}.",
        )


def authorities(host: str, port: int, names: Collection[str]) -> frozenset[str]:
    """What a Host header may say: the names of the address that is bound."""
    if is_loopback(host):
        own = {*_LOCAL_NAMES, in_url(host), *names}
    else:
        own = {*names} if _stands_for_all(host) else {in_url(host), *names}
    named = {f"{name}:{port}" for name in own}
    return frozenset(named | own if port == _PLAIN_PORT else named)


def url(host: str, port: int, path: str) -> str:
    """Where clients find it."""
    return f"http://{authority(host, port)}{path}"


def is_loopback(host: str) -> bool:
    """Whether an address is of this machine alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _stands_for_all(host: str) -> bool:
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return host == ""
