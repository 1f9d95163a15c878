"""One HTTP exchange, passed on as it comes: every byte of both bodies, every header but a few."""

from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from itertools import count
from typing import Final, TypeAlias

import anyio
import httpx2
from starlette.types import Message, Receive, Scope, Send
from typing_extensions import override

from mendloop.interfaces.proxy.frames import Kind
from mendloop.interfaces.proxy.tap import Tap
from mendloop.interfaces.proxy.watch_http import (
    CLIENT_LEFT,
    COMPLETE,
    SERVER_BROKE,
    Heading,
    Opening,
)
from mendloop.interfaces.proxy.web_guard import Guard

Headers: TypeAlias = list[tuple[bytes, bytes]]

_HOP: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""Headers of one connection and not of the message (RFC 9110, section 7.6.1)."""
_OURS: Final = frozenset({b"host", b"expect"})
"""Of a request: the host is another one, and the body was waited for already."""
_UNREACHABLE: Final = b"The server behind the proxy cannot be reached.\n"


class _Left(Exception):
    """The client has gone."""


class _Body(httpx2.AsyncByteStream):
    """What the client sends, as it comes."""

    def __init__(self, receive: Receive, tap: Tap, stream: int) -> None:
        self._receive, self._tap, self._stream = receive, tap, stream
        self.ended = anyio.Event()

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The parts of the body, and after the last one leave for others to receive."""
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise _Left
            if part := message.get("body", b""):
                self._tap.put(Kind.CLIENT, part, self._stream)
                yield part
            if not message.get("more_body", False):
                self.ended.set()
                return

    async def drain(self) -> None:
        """Read what nobody else has read, so that it is known what was asked for."""
        with suppress(_Left):
            while not self.ended.is_set():
                async for _ in self:
                    pass


class Forward:
    """An ASGI application that answers as the server behind it does."""

    def __init__(self, url: httpx2.URL, client: httpx2.AsyncClient, tap: Tap, guard: Guard) -> None:
        self._url, self._client, self._tap, self._guard = url, client, tap, guard
        self._streams = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one exchange on."""
        headers: Headers = scope["headers"]
        denied = self._guard.look(dict(headers))
        if denied is not None:
            await _say(send, denied.status, f"{denied.reason}\n".encode())
            return
        stream = next(self._streams)
        self._open(scope, headers, stream)
        body = _Body(receive, self._tap, stream)
        how = await self._exchange(self._request(scope, headers, body), body, receive, send, stream)
        self._tap.put(Kind.END, how, stream)

    def _open(self, scope: Scope, headers: Headers, stream: int) -> None:
        client = scope.get("client") or ("", 0)
        opening = Opening(
            method=scope["method"],
            session=_header(headers, b"mcp-session-id"),
            encoding=_header(headers, b"content-encoding").lower(),
            connection=f"{self._url.host}-{client[1]}",
        )
        self._tap.put(Kind.OPEN, opening.packed(), stream)

    def _request(self, scope: Scope, headers: Headers, body: _Body) -> httpx2.Request:
        path, query = scope["raw_path"], scope["query_string"]
        own_path, _, own_query = self._url.raw_path.partition(b"?")
        if path == own_path and not query:
            query = own_query  # a key that the server wants there need not be told to the client
        url = self._url.copy_with(raw_path=path + b"?" + query if query else path)
        sent = [(b"host", self._url.netloc), *_passing(headers, _HOP | _OURS)]
        if _header(headers, b"transfer-encoding"):
            sent.append((b"transfer-encoding", b"chunked"))
        return httpx2.Request(scope["method"], url, headers=sent, stream=body)

    async def _exchange(
        self, request: httpx2.Request, body: _Body, receive: Receive, send: Send, stream: int
    ) -> bytes:
        """Give how it ended."""
        how = CLIENT_LEFT
        async with anyio.create_task_group() as tasks:

            async def until_left() -> None:
                await body.ended.wait()
                while (await receive())["type"] != "http.disconnect":
                    pass
                tasks.cancel_scope.cancel()

            tasks.start_soon(until_left)
            how = await self._answer(request, body, send, stream)
            tasks.cancel_scope.cancel()
        return how

    async def _answer(self, request: httpx2.Request, body: _Body, send: Send, stream: int) -> bytes:
        begun = False
        try:
            response = await self._client.send(request, stream=True)
            try:
                begun = True
                await self._head(response, send, stream)
                async for part in response.aiter_raw():
                    self._tap.put(Kind.SERVER, part, stream)
                    await send(_part(part))
            finally:
                with anyio.CancelScope(shield=True):
                    await response.aclose()
            await send(_part(b"", more=False))
        except _Left:
            return CLIENT_LEFT
        except (httpx2.TransportError, httpx2.InvalidURL):
            if not begun:
                await body.drain()
                await _say(send, 502, _UNREACHABLE)
            return SERVER_BROKE  # where it has begun it is left open, and so cut off
        body.ended.set()
        return COMPLETE

    async def _head(self, response: httpx2.Response, send: Send, stream: int) -> None:
        headers: Headers = response.headers.raw
        heading = Heading(
            status=response.status_code,
            kind=_header(headers, b"content-type").partition(";")[0].strip().lower(),
            session=_header(headers, b"mcp-session-id"),
            encoding=_header(headers, b"content-encoding").lower(),
        )
        self._tap.put(Kind.HEAD, heading.packed(), stream)
        await send(
            {
                "type": "http.response.start",
                "status": response.status_code,
                "headers": _passing(headers, _HOP),
            }
        )


def _passing(headers: Headers, without: Iterable[bytes]) -> Headers:
    named = {
        name.strip().lower()
        for key, value in headers
        if key.lower() == b"connection"
        for name in value.split(b",")
    }
    left = {*without, *named}
    return [(name, value) for name, value in headers if name.lower() not in left]


def _header(headers: Headers, name: bytes) -> str:
    for key, value in headers:
        if key.lower() == name:
            return value.decode("latin-1")
    return ""


def _part(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


async def _say(send: Send, status: int, text: bytes) -> None:
    headers: Headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(text)).encode()),
    ]
    if status == 407:  # noqa: PLR2004  proxy authentication required
        headers.append((b"proxy-authenticate", b'Bearer realm="mendloop"'))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send(_part(text, more=False))
