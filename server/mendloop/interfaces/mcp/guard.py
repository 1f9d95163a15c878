"""The door of the HTTP server: who may come in, for what, how often, and until when."""

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final

import anyio
from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mendloop.app.doorkeeper import Doorkeeper
from mendloop.core.governance.roles import Leave
from mendloop.errors import MendloopError
from mendloop.interfaces.listening.rate import Buckets
from mendloop.interfaces.mcp import refusals
from mendloop.interfaces.mcp.bearer import STARTUP, Identification, Malformed, Who, who_of
from mendloop.interfaces.mcp.boundary import answering
from mendloop.interfaces.mcp.held import Held
from mendloop.model.ids import Digest
from mendloop.noun import dataclass

PATH: Final = "/mcp"
METRICS_PATH: Final = "/metrics"
_LEAVES: Final[Mapping[str, Leave]] = {PATH: Leave.LOOK, METRICS_PATH: Leave.LOOK}
"""What the paths ask for; any other asks for what only an operator has."""
_LOOK: Final = 1.0
"""Seconds between two looks at whether the tokens of open requests are still good."""
_SESSION: Final = 60.0
"""Seconds after which a session may have ended."""
_NOBODY: Final = ""
_MOST_HEAD: Final = 32 << 10
"""Bytes of all headers; uvicorn's own limit is only on what has not come whole yet."""
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one token may take of the server."""

    requests_per_minute: float
    burst: float
    """Requests that may come at one time."""
    at_once: int
    """Open requests, streams too."""
    sessions: int
    """Open sessions of the era that has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What is behind the door."""

    full: ASGIApp
    viewer: ASGIApp
    """What a viewer finds at the path of MCP."""
    sessions: Callable[[], Mapping[str, int]]
    """How many sessions are open, by the token that opened them."""
    end: Callable[[Collection[str]], Awaitable[None]]
    """Ends the sessions of some tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What is said of this server to whoever asks (RFC 9728): what it is called, and no more.

    No authorization server is named, because there is none.
    """

    path: str
    url: str
    document: Mapping[str, object]


class TokenGuard:
    """Lets a request in that bears a good token; any, on this machine, while there are no tokens.

    It looks before any body is read, at every path.
    """

    def __init__(
        self,
        behind: Behind,
        identification: Identification,
        doorkeeper: Doorkeeper,
        share: Share,
        metadata: Metadata,
    ) -> None:
        self._full = AuthContextMiddleware(behind.full)
        self._viewer = AuthContextMiddleware(behind.viewer)
        self._behind = behind
        self._identification = identification
        self._doorkeeper = doorkeeper
        self._share = share
        self._buckets = Buckets(per_minute=share.requests_per_minute, burst=share.burst)
        self._metadata = metadata
        self._opening: Counter[str] = Counter()
        self._held = Held()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or let it in."""
        if scope["type"] != "http":  # no other is announced: there are no web sockets here
            return
        if sum(len(name) + len(value) for name, value in scope["headers"]) > _MOST_HEAD:
            await refusals.large(_MOST_HEAD)(scope, receive, send)
            return
        try:
            user = await self._identification.user(scope)
            refusal = await self._refusal(scope, who_of(user))
        except Malformed as error:
            refusal, user = refusals.malformed(str(error)), None
        except MendloopError as error:
            refusal, user = refusals.shut(f"{error.message} {error.hint}"), None
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await self._let_in(user, scope, receive, send)

    async def watch(self) -> None:
        """End what is open of tokens that open nothing any more, until cancelled."""
        while True:
            await anyio.sleep(_LOOK)
            try:
                with answering():
                    await self.look()
            except ToolError as error:
                # nothing new comes in meanwhile either: every request asks the same file
                _LOG.warning("looking after the open requests: %s", error)

    async def look(self) -> None:
        """Do so once.

        Raises:
            Unavailable: The tokens cannot be read.
        """
        present = {*self._held.clients, *self._behind.sessions()} - {STARTUP}
        gone = {*await self._doorkeeper.gone([Digest(each) for each in present - {_NOBODY}])}
        if _NOBODY in present and await self._closed():
            gone.add(Digest(_NOBODY))
        for client in gone:
            self._held.end(client)
        if gone:
            await self._behind.end(gone)

    async def _closed(self) -> bool:
        return self._identification.has_startup or await self._doorkeeper.closed()

    async def _refusal(self, scope: Scope, who: Who | None) -> Response | None:
        """Why a request is not let in, where it is not; a look at what this server is called."""
        path = scope["path"]
        if path == self._metadata.path and scope["method"] in {"GET", "HEAD"}:
            return JSONResponse(self._metadata.document)
        if who is None:
            if not await self._closed():
                return None
            given = "authorization" in Headers(scope=scope)
            return refusals.unknown(self._metadata.url, given=given)
        leave = _LEAVES.get(path, Leave.TELEMETRY)
        if leave not in who.may:
            return refusals.forbidden(who, leave)
        return self._too_many(scope, who)

    def _too_many(self, scope: Scope, who: Who) -> Response | None:
        share, client = self._share, who.client
        wait = self._buckets.take(client, self._doorkeeper.clock.now())
        if wait:
            return refusals.too_many(
                f"{who.name} may make {share.requests_per_minute:g} requests a minute.", wait
            )
        if self._held.count(client) >= share.at_once:
            return refusals.too_many(f"{who.name} may have {share.at_once} requests open.", _LOOK)
        if _opens_session(scope):
            taken = self._behind.sessions().get(client, 0) + self._opening[client]
            if taken >= share.sessions:
                return refusals.too_many(
                    f"{who.name} may have {share.sessions} sessions open: end one with DELETE.",
                    _SESSION,
                )
        return None

    async def _let_in(
        self, user: AuthenticatedUser | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        who = who_of(user)
        client = _NOBODY if who is None else who.client
        looks = who is not None and Leave.LOOP not in who.may and scope["path"] == PATH
        app = self._viewer if looks else self._full
        opens = _opens_session(scope)
        reply = _Reply(send)
        self._opening[client] += opens
        try:
            with self._held.holding(client) as until:
                inside = scope if user is None else {**scope, "user": user}
                await app(inside, receive, reply.send)
        finally:
            self._opening[client] -= opens
            self._opening += Counter()  # forgets those that are at nothing
        if until.cancelled_caught:
            late = refusals.unknown(self._metadata.url, given=True)
            await reply.end(late, scope, receive)


class _Reply:
    """What was sent of an answer, so that it can be ended early."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._started = self._over = self._sized = False

    async def send(self, message: Message) -> None:
        """Pass a part on."""
        if message["type"] == "http.response.start":
            self._started = True
            self._sized = any(name == b"content-length" for name, _ in message.get("headers", ()))
        elif not message.get("more_body", False):
            self._over = True
        await self._send(message)

    async def end(self, instead: Response, scope: Scope, receive: Receive) -> None:
        """End it as it stands, or answer otherwise where nothing was said yet."""
        if not self._started:
            await instead(scope, receive, self._send)
        elif not self._over and not self._sized:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})


def _opens_session(scope: Scope) -> bool:
    """Whether a request may open a session: a POST of the older era without one."""
    headers = Headers(scope=scope)
    version = headers.get("mcp-protocol-version")
    return (
        scope["path"] == PATH
        and scope["method"] == "POST"
        and "mcp-session-id" not in headers
        and (version is None or version in HANDSHAKE_PROTOCOL_VERSIONS)
    )
