"""Who may speak to the HTTP server, as the SDK and Starlette want to be told."""

from collections.abc import Collection

from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mendloop.interfaces.listening.binding import authorities
from mendloop.interfaces.listening.token import Bearer


class TokenGuard:
    """Lets no request through that does not bear the token, whatever it asks for.

    Not the SDK's ``TokenVerifier``: that one belongs to OAuth. It needs an authorization server,
    and advertises it to clients, which would then try to log in to a server that does not exist.
    One secret in a header is checked here, before any body is read and for every path.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._bearer = Bearer(token)

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
        return self._bearer.in_header(Headers(scope=scope).get("authorization", ""))


def security(host: str, port: int, names: Collection[str]) -> TransportSecuritySettings:
    """The Host and Origin headers that are let through: those of the address that is bound."""
    hosts = sorted(authorities(host, port, names))
    return TransportSecuritySettings(
        allowed_hosts=hosts, allowed_origins=[f"http://{authority}" for authority in hosts]
    )
