"""The HTTP server. Imports uvicorn, so that it is imported only where HTTP is served."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Final, cast

import anyio
import h11
import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol

_GRACE: Final = 2
"""Seconds that open connections are waited for at the end."""
_MOST_HEAD: Final = 32 << 10
"""Bytes of the head of a request; one header of ours has 8 KiB at most."""
_MOST_CONNECTIONS: Final = 512
"""At one time, strangers included: beyond it, 503. Half of the files that a process may open."""
_IDLE: Final = 5
"""Seconds that a connection is kept between two requests."""
_PATIENCE: Final = 10.0
"""Seconds that the head of a request may take: uvicorn itself would wait for ever."""


class _Protocol(H11Protocol):
    """Uvicorn's, and a head that does not come ends the connection."""

    _late: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast("asyncio.Transport", transport))
        self._wait()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._wait()

    def _wait(self) -> None:
        self._wait_no_more()
        self._late = self.loop.call_later(_PATIENCE, self._leave)

    def _wait_no_more(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _leave(self) -> None:
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()


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
            http=_Protocol,
            h11_max_incomplete_event_size=_MOST_HEAD,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_keep_alive=_IDLE,
            proxy_headers=False,
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
