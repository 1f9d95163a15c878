"""The HTTP proxy: a listener on this machine, before a server elsewhere."""

import signal
import socket
import sys
from typing import Final

import anyio
import httpx2
import uvicorn

from mendloop.interfaces.listening.binding import Binding, url
from mendloop.interfaces.listening.listener import listen
from mendloop.interfaces.proxy.forward import Forward
from mendloop.interfaces.proxy.observer import Observer, wait_for
from mendloop.interfaces.proxy.tap import Tap
from mendloop.interfaces.proxy.web_guard import Guard

_GRACE: Final = 1
"""Seconds that open exchanges are waited for at the end."""
_CONNECT: Final = 30.0
"""Seconds until a server counts as away; its answers may take for ever."""
_MOST_CONNECTIONS: Final = 1_000


def serve(behind: str, binding: Binding, observer: Observer) -> None:
    """Serve until a signal comes; print the URL once it can be called.

    Raises:
        Unavailable: The address is taken, or not of this machine.
    """
    listener = listen(binding.host, binding.port)
    tap = Tap(observer.pipe)
    # uvicorn ends gracefully on these, and then raises them again for whoever had them before
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _nothing)
    try:
        anyio.run(_serve, httpx2.URL(behind), binding, listener, tap)
    finally:
        tap.close()
        wait_for(observer)


async def _serve(behind: httpx2.URL, binding: Binding, listener: socket.socket, tap: Tap) -> None:
    host, port = binding.host, listener.getsockname()[1]
    guard = Guard(host, port, binding.names, binding.token)
    timeout = httpx2.Timeout(None, connect=_CONNECT)
    limits = httpx2.Limits(max_connections=_MOST_CONNECTIONS)
    async with httpx2.AsyncClient(timeout=timeout, limits=limits) as client:
        config = uvicorn.Config(
            Forward(behind, client, tap, guard),
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            ws="none",
            lifespan="off",
            timeout_graceful_shutdown=_GRACE,
        )
        path = behind.raw_path.partition(b"?")[0].decode("ascii")
        sys.stdout.write(f"{url(host, port, path)}\n")
        sys.stdout.flush()
        await uvicorn.Server(config).serve([listener])


def _nothing(_number: int, _frame: object) -> None:
    """Let the signal be."""
