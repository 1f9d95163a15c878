"""The HTTP transport, spoken to over a real socket."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from mendloop.bootstrap import House
from mendloop.errors import Unavailable
from mendloop.interfaces.listening.binding import Binding
from mendloop.interfaces.mcp import httpd
from mendloop.interfaces.mcp.door import MOST_BODY, Door, serve_http
from mendloop.interfaces.mcp.server import build_server
from tests.interfaces.mcp.said import ask

pytestmark = pytest.mark.anyio

TOKEN = "a-token-for-the-tests"  # noqa: S105  a test's own
OPENING = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "t", "version": "0"},
    },
}
HEADERS = {
    "content-type": "application/json",
    "accept": "application/json, text/event-stream",
}


@asynccontextmanager
async def serving(house: House, *, token: str | None = None) -> AsyncGenerator[str]:
    """The server's URL, for the length of the block."""
    up = anyio.Event()
    urls: list[str] = []

    def ready(url: str) -> None:
        urls.append(url)
        up.set()

    async def serve() -> None:
        await serve_http(
            build_server(house.loop),
            Binding(host="127.0.0.1", token=token),
            Door(doorkeeper=house.doorkeeper),
            ready=ready,
        )

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(serve)
        with anyio.fail_after(10):
            await up.wait()
        yield urls[0]
        tasks.cancel_scope.cancel()


async def post(
    url: str, headers: dict[str, str], body: bytes = json.dumps(OPENING).encode()
) -> httpx2.Response:
    async with httpx2.AsyncClient() as http:
        return await http.post(url, content=body, headers=HEADERS | headers)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_both_eras_are_served(house: House, mode: Any) -> None:
    async with serving(house) as url, Client(url, mode=mode) as client:
        assert (await ask(client, "detect"))["calls"] == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "evil.example"}, 421),
        ({"host": "127.0.0.1:1"}, 421),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost:1"}, 403),
        ({"origin": "https://localhost"}, 403),
    ],
)
async def test_only_the_host_and_origin_of_the_bound_address_are_let_in(
    house: House, headers: dict[str, str], status: int
) -> None:
    async with serving(house) as url:
        assert (await post(url, headers)).status_code == status


@pytest.mark.promise("http/no-token-no-network")
@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer {TOKEN}", 200),
        (None, 401),
        ("", 401),
        ("Bearer", 401),
        (f"Bearer {TOKEN}x", 401),
        (f"Bearer {TOKEN[:-1]}", 401),
        (f"Basic {TOKEN}", 401),
        (TOKEN, 401),
    ],
)
async def test_a_request_without_the_token_is_refused(
    house: House, authorization: str | None, status: int
) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    async with serving(house, token=TOKEN) as url:
        got = await post(url, headers)
    assert got.status_code == status
    if status == 401:
        assert got.headers["www-authenticate"].startswith('Bearer realm="mendloop"')


@pytest.mark.parametrize("path", ["/", "/mcp/", "/.well-known/oauth-protected-resource", "/x"])
async def test_no_path_is_open_where_a_token_is_set(house: House, path: str) -> None:
    async with serving(house, token=TOKEN) as url, httpx2.AsyncClient() as http:
        got = await http.get(url.removesuffix("/mcp") + path, params={"token": TOKEN})
    assert got.status_code == 401


async def test_a_client_with_the_token_can_work(house: House) -> None:
    async with (
        serving(house, token=TOKEN) as url,
        httpx2.AsyncClient(headers={"authorization": f"Bearer {TOKEN}"}) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        assert (await ask(client, "detect"))["calls"] == 0


async def test_a_body_that_is_too_large_is_refused_unread(house: House) -> None:
    async with serving(house) as url:
        got = await post(url, {}, b"x" * (MOST_BODY + 1))
    assert got.status_code == 413


async def test_a_port_that_is_taken_is_told(house: House) -> None:
    async with serving(house) as url:
        port = int(url.rpartition(":")[2].removesuffix("/mcp"))
        with pytest.raises(Unavailable, match="cannot be bound"):
            await serve_http(
                build_server(house.loop),
                Binding(host="127.0.0.1", port=port),
                Door(doorkeeper=house.doorkeeper),
            )


@pytest.mark.parametrize("head", [b"", b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n"])
@pytest.mark.parametrize("asked", [0, 1])
async def test_a_head_that_does_not_come_ends_the_connection(
    house: House, monkeypatch: pytest.MonkeyPatch, head: bytes, asked: int
) -> None:
    monkeypatch.setattr(httpd, "_PATIENCE", 0.2)
    whole = b"GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    async with serving(house) as url:
        host, _, port = url.removeprefix("http://").removesuffix("/mcp").partition(":")
        async with await anyio.connect_tcp(host, int(port)) as stream:
            await stream.send(whole * asked + head)
            with anyio.fail_after(10), pytest.raises(anyio.EndOfStream):
                while True:
                    await stream.receive()
