"""Streamable HTTP: MCP for each role, what stands beside it, and the door before it all."""

from collections import Counter
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import field, replace
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import anyio
from mcp.server import MCPServer
from mcp.server.auth.routes import build_resource_metadata_url
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import AnyHttpUrl
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from mendloop.app.doorkeeper import Doorkeeper
from mendloop.core.governance.roles import Leave
from mendloop.interfaces.listening.binding import Binding, authorities, check_binding, url
from mendloop.interfaces.mcp.bearer import Identification
from mendloop.interfaces.mcp.guard import PATH, Behind, Metadata, Share, TokenGuard
from mendloop.interfaces.mcp.sdk import end_sessions, open_sessions
from mendloop.interfaces.mcp.transport import serve_application
from mendloop.noun import dataclass

MOST_BODY: Final = 8 << 20
"""Bytes of one request's body: eight files of the largest size, written as JSON."""
_MOST_SESSIONS: Final = 100

Beside: TypeAlias = Callable[[TransportSecuritySettings], Sequence[BaseRoute]]
"""Makes routes, told which Host and Origin headers are let through."""
_SHARE: Final = Share(requests_per_minute=1_200, burst=200, at_once=64, sessions=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Who may come in, and what each of them finds."""

    doorkeeper: Doorkeeper
    viewer: MCPServer[Any] | None = None
    """What viewers see; ``None`` where all see the same."""
    share: Share = field(default=_SHARE)
    url: str = ""
    """How clients name this server, where a proxy stands before it."""


@dataclass(frozen=True, slots=True)
class Application:
    """The door, and what has to run for as long as it is open."""

    guard: TokenGuard
    lifespan: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or begin and end serving."""
        await (self.lifespan if scope["type"] == "lifespan" else self.guard)(scope, receive, send)


async def serve_http(
    server: MCPServer[Any],
    binding: Binding,
    door: Door,
    *,
    beside: Beside | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve at ``/mcp`` until a signal comes.

    Args:
        server: What is served.
        binding: Where.
        door: Who may come in.
        beside: Makes routes that stand beside MCP's, behind the same door.
        ready: Told the URL once requests are accepted.

    Raises:
        Refused: The address can be reached from the network, and there is no token.
        InvalidInput: The token is short, or the address names no host.
        Unavailable: The address cannot be bound, or the tokens not be read.
    """
    known = await door.doorkeeper.closed()
    check_binding(
        replace(binding, known=known),
        variable="MENDLOOP_HTTP_TOKEN",
        option="--name",
        more=", or make one for each with `mendloop tokens new`",
    )
    await serve_application(
        lambda port: application(server, binding, port, door, beside),
        binding.host,
        binding.port,
        ready=ready,
    )


def application(
    server: MCPServer[Any], binding: Binding, port: int, door: Door, beside: Beside | None
) -> Application:
    """All of it, for an address that is bound.

    Args:
        server: MCP, whole.
        binding: What was bound.
        port: Its port.
        door: Who may come in.
        beside: Makes routes that stand beside MCP's.
    """
    who = security(binding.host, port, binding.names, door.url)
    servers = [server] if door.viewer is None else [server, door.viewer]
    apps = [_mcp(each, who, binding.host) for each in servers]
    if beside is not None:
        apps[0].routes.extend(beside(who))

    def sessions() -> Counter[str]:
        return sum((open_sessions(each) for each in servers), Counter[str]())

    async def end(clients: Collection[str]) -> None:
        for each in servers:
            await end_sessions(each, clients)

    resource = door.url or url(binding.host, port, PATH)
    guard = TokenGuard(
        Behind(full=apps[0], viewer=apps[-1], sessions=sessions, end=end),
        Identification(binding.token, door.doorkeeper, resource),
        door.doorkeeper,
        door.share,
        _metadata(resource),
    )

    @asynccontextmanager
    async def lasting(_: Starlette) -> AsyncGenerator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(guard.watch)
            async with apps[0].router.lifespan_context(apps[0]):
                if apps[-1] is apps[0]:
                    yield
                else:
                    async with apps[-1].router.lifespan_context(apps[-1]):
                        yield
            tasks.cancel_scope.cancel()

    return Application(guard=guard, lifespan=Starlette(lifespan=lasting))


def security(
    host: str, port: int, names: Collection[str], public: str = ""
) -> TransportSecuritySettings:
    """The Host and Origin headers that are let through: those of the address that is bound.

    And, where a proxy stands before it, those of the URL by which clients know it.
    """
    hosts = sorted(authorities(host, port, names))
    origins = [f"http://{authority}" for authority in hosts]
    if public:
        parts = urlsplit(public)
        hosts = [*hosts, parts.netloc.lower()]
        origins = [*origins, f"{parts.scheme}://{parts.netloc.lower()}"]
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)


def _mcp(server: MCPServer[Any], who: TransportSecuritySettings, host: str) -> Starlette:
    # No event store: SDK 2.3 names a stream by the bare id of its request, so that replaying
    # one would mix up sessions. What a call has done is on record, and is read by its id.
    return server.streamable_http_app(
        streamable_http_path=PATH,
        max_request_body_size=MOST_BODY,
        max_sessions=_MOST_SESSIONS,
        transport_security=who,
        host=host,
    )


def _metadata(resource: str) -> Metadata:
    at = str(build_resource_metadata_url(AnyHttpUrl(resource)))
    return Metadata(
        path=urlsplit(at).path,
        url=at,
        document={
            "resource": resource,
            "resource_name": "Mendloop",
            "bearer_methods_supported": ["header"],
            "scopes_supported": [leave.value for leave in Leave],
        },
    )
