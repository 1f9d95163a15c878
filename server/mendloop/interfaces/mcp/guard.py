"""Who may speak to the HTTP server."""

from collections.abc import Collection
from hashlib import sha256
from hmac import compare_digest
from ipaddress import ip_address
from typing import Final

from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mendloop.errors import InvalidInput, Refused

LEAST_TOKEN: Final = 16
"""Characters of a bearer token."""
_LOCAL_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
_PLAIN_PORT: Final = 80


class TokenGuard:
    """Lets no request through that does not bear the token, whatever it asks for.

    Not the SDK's ``TokenVerifier``: that one belongs to OAuth. It needs an authorization server,
    and advertises it to clients, which would then try to log in to a server that does not exist.
    One secret in a header is checked here, before any body is read and for every path.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._wanted = _digest(token)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the start and the end of the server, and what bears the token."""
        if scope["type"] == "lifespan" or self._bears(scope):
            await self._app(scope, receive, send)
            return
        refusal = PlainTextResponse(
            "A bearer token is needed.",
            status_code=401,
            headers={"WWW-Authenticate": 'Bearer realm="mendloop"'},
        )
        await refusal(scope, receive, send)

    def _bears(self, scope: Scope) -> bool:
        if scope["type"] != "http":
            return False
        scheme, _, given = Headers(scope=scope).get("authorization", "").partition(" ")
        # digests, so that the comparison takes as long for every length
        return scheme.lower() == "bearer" and compare_digest(_digest(given.strip()), self._wanted)


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
    if is_loopback(host):
        return
    if token is None:
        raise Refused(
            f"{host} can be reached from the network, and there is no token.",
            hint="Bind 127.0.0.1, or set MENDLOOP_HTTP_TOKEN or --token-file.",
        )
    if _stands_for_all(host) and not names:
        raise InvalidInput(
            f"{host} names no host, so that no Host header could be checked.",
            hint="Bind the one address that clients use, or say by which names they call it.",
        )


def security(host: str, port: int, names: Collection[str]) -> TransportSecuritySettings:
    """The Host and Origin headers that are let through: those of the address that is bound."""
    if is_loopback(host):
        own = {*_LOCAL_NAMES, _in_url(host), *names}
    else:
        own = {*names} if _stands_for_all(host) else {_in_url(host), *names}
    hosts = sorted(
        authority
        for name in own
        for authority in ((f"{name}:{port}", name) if port == _PLAIN_PORT else (f"{name}:{port}",))
    )
    return TransportSecuritySettings(
        allowed_hosts=hosts, allowed_origins=[f"http://{authority}" for authority in hosts]
    )


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


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _digest(token: str) -> bytes:
    return sha256(token.encode(errors="replace")).digest()
