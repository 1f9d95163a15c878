"""Who may speak to the HTTP proxy: a page in a browser may not, nor a stranger on the network.

The token stands in ``Proxy-Authorization``, which is for a proxy and ends there: ``Authorization``
belongs to the server behind.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from ipaddress import ip_address
from typing import Final

from mendloop.errors import InvalidInput, Refused
from mendloop.interfaces.proxy.options import ProxyOptions

LEAST_TOKEN: Final = 16
"""Characters of a token."""
_LOCAL_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
_PLAIN_PORT: Final = 80


@dataclass(frozen=True, slots=True)
class Denied:
    """A request is not let through."""

    status: int
    reason: str


class Guard:
    """Looks at the head of each request, before its body is read."""

    def __init__(self, host: str, port: int, names: Collection[str], token: str | None) -> None:
        self._hosts = _authorities(host, port, names)
        self._token = None if token is None else _digest(token)

    def look(self, headers: Mapping[bytes, bytes]) -> Denied | None:
        """Why a request is not let through, where it is not."""
        if _text(headers.get(b"host", b"")) not in self._hosts:
            return Denied(421, "This is not the host that was asked for.")
        origin = headers.get(b"origin")
        if origin is not None and _text(origin) not in {f"http://{host}" for host in self._hosts}:
            return Denied(403, "Pages of other origins may not ask here.")
        if self._token is not None and not self._bears(headers):
            return Denied(407, "A bearer token is needed in Proxy-Authorization.")
        return None

    def _bears(self, headers: Mapping[bytes, bytes]) -> bool:
        given = headers.get(b"proxy-authorization", b"").decode("latin-1")
        scheme, _, token = given.strip().partition(" ")
        # digests, so that the comparison takes as long for every length
        same = compare_digest(_digest(token.strip()), self._token or b"")
        return scheme.lower() == "bearer" and same


def read_token(options: ProxyOptions, environment: Mapping[str, str]) -> str | None:
    """The token that requests must bear, where anything is set.

    Raises:
        InvalidInput: Its file cannot be read.
    """
    try:
        return options.token(environment)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"The token file {options.token_file} cannot be read.",
            hint="Name a text file that holds the token and nothing else.",
        ) from error


def check_binding(host: str, *, token: str | None, names: Collection[str]) -> None:
    """Refuse to be reached by strangers.

    Raises:
        Refused: The address is not of this machine alone, and there is no token.
        InvalidInput: The token is short, or the address stands for all and no name is given.
    """
    if token is not None and len(token) < LEAST_TOKEN:
        raise InvalidInput(
            f"The token has {len(token)} characters; {LEAST_TOKEN} is the least.",
            hint="Make one with `openssl rand -hex 32`.",
        )
    if _is_loopback(host):
        return
    if token is None:
        raise Refused(
            f"{host} can be reached from the network, and there is no token.",
            hint="Bind 127.0.0.1, or set MENDLOOP_PROXY_TOKEN or --token-file.",
        )
    if _stands_for_all(host) and not names:
        raise InvalidInput(
            f"{host} names no host, so that no Host header could be checked.",
            hint="Bind the one address that clients use, or give its names with --host.",
        )


def authority(host: str, port: int) -> str:
    """Host and port as they stand in a URL."""
    return f"{_in_url(host)}:{port}"


def _authorities(host: str, port: int, names: Collection[str]) -> frozenset[str]:
    if _is_loopback(host):
        own = {*_LOCAL_NAMES, _in_url(host), *names}
    else:
        own = {*names} if _stands_for_all(host) else {_in_url(host), *names}
    named = {f"{name}:{port}".lower() for name in own}
    return frozenset(named | {name.lower() for name in own} if port == _PLAIN_PORT else named)


def _is_loopback(host: str) -> bool:
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


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _text(header: bytes) -> str:
    return header.decode("latin-1").strip().lower()


def _digest(token: str) -> bytes:
    return sha256(token.encode(errors="replace")).digest()
