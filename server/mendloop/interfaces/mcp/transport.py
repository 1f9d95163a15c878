"""The two transports: standard input and output, and Streamable HTTP."""

import socket
from collections.abc import Callable, Collection
from typing import Any, Final

import anyio
from mcp.server import MCPServer
from starlette.types import ASGIApp

from mendloop.errors import Unavailable
from mendloop.interfaces.mcp.guard import TokenGuard, check_binding, security
from mendloop.interfaces.mcp.leaving import until_signalled
from mendloop.interfaces.mcp.sdk import run_stdio
from mendloop.interfaces.mcp.stdin import Lines, own_stdin

PATH: Final = "/mcp"
MOST_BODY: Final = 8 << 20
"""Bytes of one request's body: eight files of the largest size, written as JSON."""
_MOST_SESSIONS: Final = 100


async def serve_stdio(server: MCPServer[Any]) -> None:
    """Serve until the input ends or a signal comes; tools and lifespan are unwound first."""
    with own_stdin() as descriptor:
        async with until_signalled():
            await run_stdio(server, Lines(descriptor))


async def serve_http(
    server: MCPServer[Any],
    host: str,
    port: int,
    *,
    token: str | None = None,
    names: Collection[str] = (),
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve Streamable HTTP at ``/mcp`` until a signal comes.

    Args:
        server: What is served.
        host: The address to bind.
        port: The port; 0 for any that is free.
        token: What every request must bear, where it is set.
        names: Other names by which clients call this host, as a Host header has them.
        ready: Told the URL once requests are accepted.

    Raises:
        Refused: The address can be reached from the network, and there is no token.
        InvalidInput: The token is short, or the address names no host.
        Unavailable: The address cannot be bound.
    """
    check_binding(host, token=token, names=names)

    def application(taken: int) -> ASGIApp:
        # No event store: SDK 2.3 names a stream by the bare id of its request, so that replaying
        # one would mix up sessions. What a call has done is on record, and is read by its id.
        app = server.streamable_http_app(
            streamable_http_path=PATH,
            max_request_body_size=MOST_BODY,
            max_sessions=_MOST_SESSIONS,
            transport_security=security(host, taken, names),
            host=host,
        )
        return app if token is None else TokenGuard(app, token)

    await serve_application(application, host, port, ready=ready)


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

    with _bound(host, port) as listener:
        taken = listener.getsockname()[1]
        async with until_signalled(), running(application(taken), listener):
            if ready is not None:
                ready(f"http://{f'[{host}]' if ':' in host else host}:{taken}{PATH}")
            await anyio.sleep_forever()


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # the protocol is named, because asyncio sets TCP_NODELAY only where it is
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Unavailable(
            f"{host}:{port} cannot be bound: {error.strerror}.", hint="Choose another port."
        ) from error
    return listener
