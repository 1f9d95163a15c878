"""What somebody else does is told to the clients of ``mendloop serve``, over both transports."""

import os
import subprocess
import sys
import warnings
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Literal

import anyio
import pytest
from mcp import Client, MCPDeprecationWarning, StdioServerParameters
from mcp.client.session import IncomingMessage
from mcp.client.stdio import stdio_client
from mcp.client.subscriptions import Subscription
from mcp.shared.subscriptions import ResourceUpdated
from mcp_types import ResourceUpdatedNotification

from mendloop.bootstrap import House
from mendloop.interfaces.mcp.server import build_server
from tests.interfaces.mcp.said import ask
from tests.interfaces.mcp.shop import calls
from tests.interfaces.mcp.test_tools import MENDED

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

TARGET = "mendloop://targets/calc.average"
STATUS, AUDIT = "mendloop://status", "mendloop://audit"
CALLED = {STATUS, TARGET, f"{TARGET}/executions", f"{TARGET}/stats"}
WATCHED = [*sorted(CALLED), AUDIT, f"{TARGET}/versions", "mendloop://targets"]
PATIENCE = 10
Mode = Literal["auto", "legacy"]


class Heard:
    """What a client was told, as sets that grow."""

    def __init__(self) -> None:
        self._uris: set[str] = set()
        self._more = anyio.Event()

    def add(self, uri: str) -> None:
        self._uris.add(uri)
        self._more.set()

    async def __call__(self, message: IncomingMessage) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            self.add(str(message.params.uri))

    async def all_of(self, wanted: set[str]) -> None:
        """Wait until all of these were told, and forget them."""
        with anyio.move_on_after(PATIENCE):
            while not wanted <= self._uris:
                self._more = anyio.Event()
                await self._more.wait()
        assert wanted <= self._uris
        self._uris.clear()


def command(workspace: Path, state: Path, *more: str) -> list[str]:
    return ["-m", "mendloop", "serve", "-w", str(workspace), "--data", str(state), *more]


@contextmanager
def web(workspace: Path, state: Path) -> Generator[str]:
    words = [sys.executable, *command(workspace, state, "--http", "127.0.0.1:0")]
    env = {**os.environ, "MENDLOOP_HISTORY__SPOOL_SECONDS": "0.1"}
    with subprocess.Popen(
        words, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=env
    ) as process:
        assert process.stderr is not None
        try:
            yield process.stderr.readline().strip()
        finally:
            process.terminate()
            assert process.wait(PATIENCE) == 0


@asynccontextmanager
async def watching(
    workspace: Path, state: Path, transport: str, mode: Mode
) -> AsyncGenerator[Heard]:
    """A client of a server of its own, that asked to be told."""
    heard = Heard()
    async with AsyncExitStack() as stack:
        more: dict[str, Any] = {"message_handler": heard} if mode == "legacy" else {}
        if transport == "http":
            there: Any = stack.enter_context(web(workspace, state))
        else:
            there = stdio_client(
                StdioServerParameters(
                    command=sys.executable,
                    args=command(workspace, state),
                    env={**os.environ, "MENDLOOP_HISTORY__SPOOL_SECONDS": "0.1"},
                )
            )
        client = await stack.enter_async_context(Client(there, mode=mode, **more))
        tasks = await stack.enter_async_context(anyio.create_task_group())
        if mode == "legacy":
            await subscribe(client)
        else:
            events = await stack.enter_async_context(client.listen(resource_subscriptions=WATCHED))
            tasks.start_soon(hear, events, heard)
        yield heard
        tasks.cancel_scope.cancel()


async def subscribe(client: Client) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MCPDeprecationWarning)
        for uri in WATCHED:
            await client.subscribe_resource(uri)  # pyright: ignore[reportDeprecated]


async def hear(events: Subscription, heard: Heard) -> None:
    async for event in events:
        if isinstance(event, ResourceUpdated):
            heard.add(str(event.uri))


@pytest.mark.parametrize("transport", ["stdio", "http"])
@pytest.mark.parametrize("mode", ["auto", "legacy"], ids=["2026-07-28", "2025-11-25"])
async def test_calls_incidents_and_deployments_of_another_server_are_told(
    house: House, workspace: Path, tmp_path: Path, transport: str, mode: Mode
) -> None:
    async with (
        watching(workspace, tmp_path / "state", transport, mode) as heard,
        Client(build_server(house.loop)) as other,
    ):
        await ask(other, "record_execution", executions=calls(120, 30))
        await heard.all_of(CALLED)

        incident = (await ask(other, "detect"))["incidents"][0]["id"]
        await heard.all_of({STATUS, AUDIT})

        change = {"edits": [MENDED], "rationale": "None is no number."}
        proposal = (await ask(other, "propose_fix", incident=incident, **change))["proposal"]
        await ask(other, "test_fix", proposal=proposal)
        await heard.all_of({STATUS, AUDIT})

        deployed = await ask(other, "deploy_fix", proposal=proposal)
        assert deployed["progress"] == "committed"
        await heard.all_of({STATUS, AUDIT, f"{TARGET}/versions"})
