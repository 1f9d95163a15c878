"""The HTTP proxy: a listener on this machine, before a server elsewhere."""

import signal
import socket
import sys
from typing import Final

import anyio
import httpx2
import uvicorn

from mendloop.errors import Unavailable
from mendloop.interfaces.proxy.forward import Forward
from mendloop.interfaces.proxy.observer import Observer, wait_for
from mendloop.interfaces.proxy.options import Address, ProxyOptions
from mendloop.interfaces.proxy.tap import Tap
from mendloop.interfaces.proxy.web_guard import Guard, authority

_GRACE: Final = 1
"""Seconds that open exchanges are waited for at the end."""
_CONNECT: Final = 30.0
"""Seconds until a server counts as away; its answers may take for ever."""
_MOST_CONNECTIONS: Final = 1_000


def serve(options: ProxyOptions, observer: Observer, *, token: str | None) -> None:
    """Serve until a signal comes; print the URL once it can be called.

    Raises:
        Unavailable: The address is taken, or not of this machine.
    """
    listener = _listen(options.http)
    tap = Tap(observer.pipe)
    # uvicorn ends gracefully on these, and then raises them again for whoever had them before
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _nothing)
    try:
        anyio.run(_serve, options, listener, tap, token)
    finally:
        tap.close()
        wait_for(observer)


async def _serve(
    options: ProxyOptions, listener: socket.socket, tap: Tap, token: str | None
) -> None:
    url = httpx2.URL(options.url)
    host, port = options.http.host, listener.getsockname()[1]
    timeout = httpx2.Timeout(None, connect=_CONNECT)
    limits = httpx2.Limits(max_connections=_MOST_CONNECTIONS)
    async with httpx2.AsyncClient(timeout=timeout, limits=limits) as client:
        config = uvicorn.Config(
            Forward(url, client, tap, Guard(host, port, options.names, token)),
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
        path = url.raw_path.partition(b"?")[0].decode("ascii")
        sys.stdout.write(f"http://{authority(host, port)}{path}\n")
        sys.stdout.flush()
        await uvicorn.Server(config).serve([listener])


def _listen(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    # the protocol by its number, or asyncio lets small answers wait for an acknowledgement (40 ms)
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address.host, address.port))
    except OSError as error:
        listener.close()
        raise Unavailable(
            f"{authority(address.host, address.port)} cannot be listened on: {error.strerror}.",
            hint="Name another with --http, or port 0 for any that is free.",
        ) from error
    listener.listen(128)
    return listener


def _nothing(_number: int, _frame: object) -> None:
    """Let the signal be."""
