"""The two transports: standard input and output, and HTTP; who comes in there is ``door``'s."""

from collections.abc import Callable
from typing import Any

import anyio
from mcp.server import MCPServer
from starlette.types import ASGIApp

from mendloop.interfaces.listening.binding import url
from mendloop.interfaces.listening.listener import listen
from mendloop.interfaces.mcp.leaving import until_signalled
from mendloop.interfaces.mcp.sdk import run_stdio
from mendloop.interfaces.mcp.stdin import Lines, own_stdin


async def serve_stdio(server: MCPServer[Any]) -> None:
    """Serve until the input ends or a signal comes; tools and lifespan are unwound first."""
    with own_stdin() as descriptor:
        async with until_signalled():
            await run_stdio(server, Lines(descriptor))


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
                ready(url(host, taken, "/mcp"))
            await anyio.sleep_forever()
