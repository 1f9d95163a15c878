"""Every session of a client starts a server of its own: two on one workspace, at once."""

import shutil
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(120)]

DEMO = Path(__file__).parents[2] / "data" / "demo" / "workspace"
EDIT = {
    "path": "tools/text.py",
    "old": "first = lines[0]",
    "new": 'first = lines[0] if lines else ""',
}
CALLS = 30


@asynccontextmanager
async def server(folder: Path) -> AsyncGenerator[Client]:
    command = [
        "-m",
        "mendloop",
        "serve",
        "--workspace",
        str(folder / "tools"),
        "--data",
        str(folder / "data"),
    ]
    async with Client(StdioServerParameters(command=sys.executable, args=command)) as client:
        yield client


async def answer(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    return (
        {"error": str(result.content)} if result.is_error else dict(result.structured_content or {})
    )


async def test_two_servers_share_one_history_and_one_gate(tmp_path: Path) -> None:
    shutil.copytree(DEMO, tmp_path / "tools")
    async with server(tmp_path) as one, server(tmp_path) as other:

        async def use(client: Client, name: str) -> None:
            for number in range(CALLS):
                text = f"{name} {number}\nmore"
                ran = await answer(client, "run_tool", target="text.headline", args=[text])
                assert ran["result"] == f"{name} {number}"

        async with anyio.create_task_group() as both:
            both.start_soon(use, one, "one")
            both.start_soon(use, other, "other")

        seen = await answer(other, "detect")
        assert seen["calls"] == 2 * CALLS

        proposed = await answer(
            one, "propose_fix", target="text.headline", edits=[EDIT], rationale="a blank text"
        )
        report = await answer(other, "test_fix", proposal=proposed["proposal"])
        assert report["verdict"] == "passed"

        deployed: list[dict[str, Any]] = []

        async def deploy(client: Client) -> None:
            deployed.append(await answer(client, "deploy_fix", proposal=proposed["proposal"]))

        async with anyio.create_task_group() as both:
            both.start_soon(deploy, one)
            both.start_soon(deploy, other)

        [won] = [each for each in deployed if "error" not in each]
        [lost] = [each["error"] for each in deployed if "error" in each]
        assert won["progress"] == "committed"
        assert "conflict" in lost
        status = [await answer(client, "status") for client in (one, other)]
        assert status[0]["audit_head"] == status[1]["audit_head"]
