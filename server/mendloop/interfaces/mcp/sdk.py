"""The only module that touches private parts of the SDK: what 2.3 has no public way for."""

import sys
from collections import Counter
from collections.abc import Collection, Generator, Iterable
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from mcp.server import MCPServer
from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.subscriptions import InMemorySubscriptionBus, ResourceUpdated
from mcp_types import EmptyResult, SubscribeRequestParams, UnsubscribeRequestParams

Requested = ServerRequestContext[Any, Any]


def lowlevel(server: MCPServer[Any]) -> Server[Any]:
    """The server below the server."""
    return server._lowlevel_server  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def connection(context: Requested) -> Connection:
    """The client's connection, which outlives the request."""
    return context.session._connection  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


@contextmanager
def plain_logging() -> Generator[None]:
    """Let the SDK set up the log without Rich, while a server is made.

    It imports Rich whenever that can be imported, to colour its lines and wrap them at 80 columns:
    a twentieth of the whole start, for a log that programs read. A name that is ``None`` in
    ``sys.modules`` cannot be imported, and the SDK then takes the handler of the standard library.
    """
    names = ("rich.console", "rich.logging")
    loaded = {name: sys.modules[name] for name in names if name in sys.modules}
    sys.modules.update(dict.fromkeys(names))  # type: ignore[arg-type]  # None is for this
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]
        sys.modules.update(loaded)


class Updates:
    """Tells clients of both eras that a resource has changed.

    Clients of 2026-07-28 listen to the bus; those of 2025-11-25 subscribe to single resources, on
    a connection that is forgotten when it ends.
    """

    def __init__(self) -> None:
        self.bus = InMemorySubscriptionBus()
        self._subscribed: WeakKeyDictionary[Connection, set[str]] = WeakKeyDictionary()

    def serve(self, server: MCPServer[Any]) -> None:
        """Answer ``resources/subscribe`` and ``resources/unsubscribe``."""
        low = lowlevel(server)
        low.add_request_handler("resources/subscribe", SubscribeRequestParams, self._subscribe)
        low.add_request_handler(
            "resources/unsubscribe", UnsubscribeRequestParams, self._unsubscribe
        )

    async def publish(self, uris: Iterable[str]) -> None:
        """Say that these have changed."""
        for uri in uris:
            await self.bus.publish(ResourceUpdated(uri=uri))
            for client, wanted in list(self._subscribed.items()):
                if uri in wanted:
                    await client.notify("notifications/resources/updated", {"uri": uri})

    async def _subscribe(self, context: Requested, params: SubscribeRequestParams) -> EmptyResult:
        self._subscribed.setdefault(connection(context), set()).add(str(params.uri))
        return EmptyResult()

    async def _unsubscribe(
        self, context: Requested, params: UnsubscribeRequestParams
    ) -> EmptyResult:
        self._subscribed.get(connection(context), set()).discard(str(params.uri))
        return EmptyResult()


async def run_stdio(server: MCPServer[Any], stdin: Any) -> None:
    """Serve standard input and output until the input ends."""
    low = lowlevel(server)
    async with stdio_server(stdin=stdin) as (read, write):
        await low.run(read, write, low.create_initialization_options())


def open_sessions(server: MCPServer[Any]) -> Counter[str]:
    """How many sessions of the older era are open, by the client that opened them."""
    manager = server.session_manager
    return Counter(
        _owner(manager, session)
        for session in manager._server_instances  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    )


async def end_sessions(server: MCPServer[Any], clients: Collection[str]) -> None:
    """End those that some clients have opened, and what runs in them."""
    manager = server.session_manager
    instances = manager._server_instances  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    for session, transport in list(instances.items()):
        if _owner(manager, session) in clients:
            await manager._discard_session(session, transport)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def _owner(manager: StreamableHTTPSessionManager, session: str) -> str:
    owner = manager._session_owners.get(session)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return "" if owner is None else owner["client_id"]
