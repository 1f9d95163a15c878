"""The door in this process, with a clock that moves by hand."""

import hmac
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from mendloop.app.doorkeeper import Doorkeeper
from mendloop.bootstrap import House, open_house
from mendloop.errors import Unavailable
from mendloop.interfaces.listening import token as tokens
from mendloop.interfaces.listening.binding import Binding
from mendloop.interfaces.mcp.bearer import Verifier
from mendloop.interfaces.mcp.door import MOST_BODY, Door, application
from mendloop.interfaces.mcp.guard import Share, TokenGuard
from mendloop.interfaces.mcp.sdk import open_sessions
from mendloop.interfaces.mcp.server import build_server
from mendloop.model.token import Role
from mendloop.settings import Settings
from tests.conftest import HandClock
from tests.interfaces.mcp.at_the_door import JSON, OPENING, bearing

pytestmark = pytest.mark.anyio

STARTUP = "the-token-of-the-start"
SHARE = Share(requests_per_minute=60, burst=5, at_once=3, sessions=2)
PORT = 8765


@pytest.fixture
async def house(workspace: Path, tmp_path: Path, clock: HandClock) -> AsyncGenerator[House]:
    settings = Settings.at(workspace, tmp_path / "state", {})
    async with open_house(settings, clock=clock) as opened:
        yield opened


class Asking:
    """Asks the door, and can look behind it."""

    def __init__(self, http: httpx2.AsyncClient, guard: TokenGuard, sessions: Any) -> None:
        self.http = http
        self.running, self.unwound = anyio.Event(), anyio.Event()
        self.guard = guard
        self.sessions = sessions

    async def __call__(self, token: str = "", body: Any = None, **headers: str) -> httpx2.Response:
        given = JSON | headers | (bearing(token) if token else {})
        return await self.http.post("/mcp", json=body or OPENING, headers=given)


@asynccontextmanager
async def asking(
    house: House, *, share: Share = SHARE, startup: str | None = None
) -> AsyncGenerator[Asking]:
    server = build_server(house.loop)
    binding = Binding(host="127.0.0.1", token=startup)
    door = Door(doorkeeper=house.doorkeeper, share=share)
    app = application(server, binding, PORT, door, None)
    lifespan: Any = app.lifespan
    async with (
        lifespan.router.lifespan_context(lifespan),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app),
            base_url=f"http://127.0.0.1:{PORT}",
        ) as http,
    ):
        ask = Asking(http, app.guard, lambda: dict(open_sessions(server)))

        async def wait() -> str:
            """Never answer."""
            ask.running.set()
            try:
                await anyio.sleep_forever()
            finally:
                ask.unwound.set()
            return "never"

        server.add_tool(wait)
        yield ask


async def made(house: House, name: str, role: Role = Role.AGENT) -> str:
    _, secret = await house.desk.tokens.new(name, role, lasts=timedelta(days=1), by="ann")
    return secret


NOTHING = {"jsonrpc": "2.0", "method": "notifications/initialized"}


@pytest.mark.promise("http/one-token-one-share")
async def test_a_token_that_asks_too_often_waits_and_no_other_does(
    house: House, clock: HandClock
) -> None:
    greedy, other = await made(house, "greedy"), await made(house, "other")
    async with asking(house) as ask:
        got = [await ask(greedy, NOTHING, mcp_session_id="none") for _ in range(7)]
        assert [each.status_code for each in got].count(429) == 2
        assert got[-1].headers["retry-after"] == "1"
        assert got[-1].json()["error_description"] == "greedy may make 60 requests a minute."
        assert (await ask(other)).status_code == 200
        clock.forward(seconds=1)
        assert (await ask(greedy)).status_code == 200
        assert (await ask(greedy)).status_code == 429


async def test_what_is_refused_at_the_door_costs_no_bucket(house: House) -> None:
    async with asking(house, startup=STARTUP) as ask:
        for number in range(50):
            assert (await ask(f"wrong-{number}")).status_code == 401
        assert not vars(vars(ask.guard)["_buckets"])["_levels"]
        assert not vars(ask.guard)["_opening"]
        assert not vars(ask.guard)["_held"].clients


@pytest.mark.promise("http/one-token-one-share")
async def test_a_token_has_a_bounded_number_of_sessions(house: House) -> None:
    token = await made(house, "ci-bot")
    async with asking(house) as ask:
        first, second, third = [await ask(token) for _ in range(3)]
        assert [each.status_code for each in (first, second, third)] == [200, 200, 429]
        assert "end one with DELETE" in third.json()["error_description"]
        session = {"mcp-session-id": second.headers["mcp-session-id"]}
        await ask.http.delete("/mcp", headers=JSON | bearing(token) | session)
        assert (await ask(token)).status_code == 200


@pytest.mark.promise("http/revoked-at-once")
async def test_the_sessions_of_a_revoked_token_end_and_no_others(house: House) -> None:
    gone, stays = await made(house, "gone"), await made(house, "stays")
    async with asking(house) as ask:
        await ask(gone)
        await ask(stays)
        assert sorted(ask.sessions().values()) == [1, 1]
        await house.desk.tokens.revoke("gone", by="ann")
        await ask.guard.look()
        assert list(ask.sessions().values()) == [1]
        assert (await ask(gone)).status_code == 401
        assert (await ask(stays)).status_code == 200


@pytest.mark.promise("http/revoked-at-once")
@pytest.mark.parametrize("era", ["2025-11-25", "2026-07-28"])
async def test_a_call_that_runs_is_cancelled_when_its_token_is_revoked(
    house: House, era: str
) -> None:
    token = await made(house, "ci-bot")
    meta: dict[str, Any] = {
        "io.modelcontextprotocol/protocolVersion": era,
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params: dict[str, Any] = {"name": "wait", "arguments": {}, "_meta": meta}
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params}
    async with asking(house) as ask:
        headers = {"mcp-protocol-version": era, "mcp-method": "tools/call", "mcp-name": "wait"}
        if era == "2025-11-25":
            headers["mcp-session-id"] = (await ask(token)).headers["mcp-session-id"]
        got: list[int] = []

        async def make() -> None:
            got.append((await ask(token, call, **headers)).status_code)

        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(make)
                await ask.running.wait()
                await house.desk.tokens.revoke("ci-bot", by="ann")
                await ask.guard.look()
            await ask.unwound.wait()
    # what had begun to answer ends as it stands
    assert got == [200 if era == "2025-11-25" else 401]


async def test_a_token_that_runs_out_takes_its_sessions_with_it(
    house: House, clock: HandClock
) -> None:
    token = await made(house, "ci-bot")
    async with asking(house) as ask:
        await ask(token)
        clock.forward(days=1)
        await ask.guard.look()
        assert ask.sessions() == {}


async def test_the_first_token_ends_the_sessions_of_nobody(house: House) -> None:
    async with asking(house) as ask:
        await ask()
        await ask.guard.look()
        assert ask.sessions() == {"": 1}
        await made(house, "ci-bot")
        await ask.guard.look()
        assert ask.sessions() == {}


async def test_a_body_that_is_too_large_is_refused_for_every_token(house: House) -> None:
    token = await made(house, "ci-bot")
    async with asking(house) as ask:
        head = JSON | bearing(token)
        got = await ask.http.post("/mcp", content=b"x" * (MOST_BODY + 1), headers=head)
    assert got.status_code == 413


@pytest.mark.promise("http/fails-closed")
async def test_where_the_tokens_cannot_be_read_nobody_comes_in(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await made(house, "ci-bot")

    async def fail(*_: object) -> None:
        raise Unavailable("The database is locked.", hint="Try again.")

    async with asking(house) as ask:
        for name in ("bearer", "closed"):
            with monkeypatch.context() as patched:
                patched.setattr(Doorkeeper, name, fail)
                got = await ask(token if name == "bearer" else "")
            assert (got.status_code, got.headers["retry-after"]) == (503, "5")


@pytest.mark.promise("http/compared-in-constant-time")
@pytest.mark.parametrize("given", [STARTUP, "x", "", STARTUP[:-1], f"{STARTUP}x" * 50, "\0é"])
async def test_every_token_is_compared_whole_and_looked_up_by_its_digest_alone(
    house: House, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    compared: list[tuple[int, int]] = []
    asked: list[str] = []
    same, find = hmac.compare_digest, type(house.doorkeeper.state).token

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return same(one, other)

    async def look(self: Any, digest: Any) -> Any:
        asked.append(digest)
        return await find(self, digest)

    monkeypatch.setattr(tokens, "compare_digest", compare)
    monkeypatch.setattr(type(house.doorkeeper.state), "token", look)
    verifier = Verifier(STARTUP, house.doorkeeper, "http://x/mcp")
    assert (await verifier.verify_token(given) is not None) is (given == STARTUP)
    assert compared == [(32, 32)]
    assert [len(digest) for digest in asked] == [64]
    assert given not in asked
