"""A real ``mendloop serve --http``, and tokens that another process makes for it."""

import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from mendloop.adapters.clock import SystemClock
from mendloop.app.tokens import TokenMaker
from mendloop.model.audit import AuditEntry
from mendloop.model.token import Role
from mendloop.settings import Settings
from mendloop.store.history import History
from mendloop.store.state import State

OPENING: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "t", "version": "0"},
    },
}
JSON = {"content-type": "application/json", "accept": "application/json, text/event-stream"}


def bearing(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@dataclass(frozen=True)
class Served:
    """A server in a process of its own, and the person who runs it."""

    url: str
    folder: Path

    @property
    def at(self) -> str:
        return self.url.removesuffix("/mcp")

    async def token(self, name: str, role: str, **how: Any) -> str:
        """Make one, in this process."""
        async with self.state() as state:
            maker = TokenMaker(state=state, clock=SystemClock())
            lasts = how.pop("lasts", timedelta(days=1))
            _, secret = await maker.new(name, Role(role), lasts=lasts, by="a-person", **how)
        return secret

    async def revoke(self, name: str) -> None:
        async with self.state() as state:
            await TokenMaker(state=state, clock=SystemClock()).revoke(name, by="a-person")

    @asynccontextmanager
    async def state(self) -> AsyncGenerator[State]:
        async with State.open(self.folder / "state.db") as state:
            yield state

    @asynccontextmanager
    async def history(self) -> AsyncGenerator[History]:
        async with History.open(self.folder / "history.db") as history:
            yield history

    async def audit(self) -> tuple[AuditEntry, ...]:
        async with self.state() as state, state.reading() as tables:
            return await tables.audit.page(after=0, limit=1_000)

    @asynccontextmanager
    async def client(self, token: str, mode: Any = "auto") -> AsyncGenerator[Client]:
        async with (
            httpx2.AsyncClient(headers=bearing(token), timeout=30) as http,
            Client(streamable_http_client(self.url, http_client=http), mode=mode) as client,
        ):
            yield client

    async def post(
        self, path: str = "/mcp", token: str = "", body: Any = None, **headers: str
    ) -> httpx2.Response:
        given = JSON | headers | (bearing(token) if token else {})
        async with httpx2.AsyncClient(timeout=30) as http:
            return await http.post(self.at + path, json=body or OPENING, headers=given)


@contextmanager
def serving(workspace: Path, data: Path, *options: str, **more: str) -> Generator[Served]:
    """The command of the product, until the block ends."""
    place = ("-w", str(workspace), "--data", str(data))
    command = [sys.executable, "-m", "mendloop", "serve", *place, "--http", "127.0.0.1:0", *options]
    kept = {name: value for name, value in os.environ.items() if name != "MENDLOOP_HTTP_TOKEN"}
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=kept | more
    ) as process:
        assert process.stderr is not None
        try:
            url = process.stderr.readline().strip()
            yield Served(url, Settings.at(workspace, data, {}).state)
        finally:
            process.terminate()
            assert process.wait(20) == 0
