"""The HTTP server. Imports uvicorn, so that it is imported only where HTTP is served."""

import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import anyio
import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override

_GRACE: Final = 2
"""Seconds that open connections are waited for at the end."""


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers, which would end the process before it is unwound."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = anyio.Event()

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.up.set()

    @override
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave signals to ``leaving``."""
        yield


@asynccontextmanager
async def running(app: ASGIApp, listener: socket.socket) -> AsyncGenerator[None]:
    """Serve from the start of the block; end gracefully when it is left, however that comes."""
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            ws="none",
            lifespan="on",
            timeout_graceful_shutdown=_GRACE,
        )
    )
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_serve, server, listener)
        await server.up.wait()
        try:
            yield
        finally:
            server.should_exit = True


async def _serve(server: _Server, listener: socket.socket) -> None:
    # shielded: it ends when it is asked to, after its connections
    with anyio.CancelScope(shield=True):
        await server.serve([listener])
