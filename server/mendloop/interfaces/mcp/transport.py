"""The two transports: standard input and output, and Streamable HTTP."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

import anyio
from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from mendloop.interfaces.listening.binding import Binding, check_binding, url
from mendloop.interfaces.listening.listener import listen
from mendloop.interfaces.mcp.guard import TokenGuard, security
from mendloop.interfaces.mcp.leaving import until_signalled
from mendloop.interfaces.mcp.sdk import run_stdio
from mendloop.interfaces.mcp.stdin import Lines, own_stdin

PATH: Final = "/mcp"
MOST_BODY: Final = 8 << 20
"""Bytes of one request's body: eight files of the largest size, written as JSON."""
_MOST_SESSIONS: Final = 100

Beside: TypeAlias = Callable[[TransportSecuritySettings], Sequence[BaseRoute]]
"""Makes routes, told which Host and Origin headers are let through."""


async def serve_stdio(server: MCPServer[Any]) -> None:
    """Serve until the input ends or a signal comes; tools and lifespan are unwound first."""
    with own_stdin() as descriptor:
        async with until_signalled():
            await run_stdio(server, Lines(descriptor))


async def serve_http(
    server: MCPServer[Any],
    binding: Binding,
    *,
    beside: Beside | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve Streamable HTTP at ``/mcp`` until a signal comes.

    Args:
        server: What is served.
        binding: Where, and who may speak to it.
        beside: Makes routes that stand beside MCP's, behind the same guard.
        ready: Told the URL once requests are accepted.

    Raises:
        Refused: The address can be reached from the network, and there is no token.
        InvalidInput: The token is short, or the address names no host.
        Unavailable: The address cannot be bound.
    """
    check_binding(binding, variable="MENDLOOP_HTTP_TOKEN", option="--name")

    def application(taken: int) -> ASGIApp:
        who = security(binding.host, taken, binding.names)
        # No event store: SDK 2.3 names a stream by the bare id of its request, so that replaying
        # one would mix up sessions. What a call has done is on record, and is read by its id.
        app = server.streamable_http_app(
            streamable_http_path=PATH,
            max_request_body_size=MOST_BODY,
            max_sessions=_MOST_SESSIONS,
            transport_security=who,
            host=binding.host,
        )
        if beside is not None:
            app.routes.extend(beside(who))
        return app if binding.token is None else TokenGuard(app, binding.token)

    await serve_application(application, binding.host, binding.port, ready=ready)


async def serve_application(
    application: Callable[[int], ASGIApp],
    host: str,
    port: int,
    *,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Bind an address, and serve what is made for its port until a signal comes.

    Raises:
        Unavailable: The address cannot be bound.
    """
    from mendloop.interfaces.mcp.httpd import running  # noqa: PLC0415  uvicorn loads with it

    with listen(host, port) as listener:
        taken = listener.getsockname()[1]
        async with until_signalled(), running(application(taken), listener):
            if ready is not None:
                ready(url(host, taken, PATH))
            await anyio.sleep_forever()
