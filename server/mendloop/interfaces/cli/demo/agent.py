"""The agent of the demo: an MCP client that talks to a server process over standard input."""

import json
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters
from mcp.types import TextContent, TextResourceContents

from mendloop.app.ports import Progress, silent
from mendloop.noun import dataclass


class ToolRefused(Exception):
    """A tool answered with an error, which is what the model would read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Calls tools, and reads answers as a model would."""

    client: Client

    async def call(self, tool: str, *, bar: Progress = silent, **arguments: Any) -> Any:
        """Call one tool.

        Raises:
            ToolRefused: It answered with an error.
        """

        async def step(progress: float, total: float | None, message: str | None) -> None:
            await bar(progress, total or 0, message or "")

        result = await self.client.call_tool(tool, arguments, progress_callback=step)
        if result.is_error:
            texts = [part.text for part in result.content if isinstance(part, TextContent)]
            raise ToolRefused("\n".join(texts).removeprefix(f"Error executing tool {tool}: "))
        return result.structured_content

    async def refused(self, tool: str, **arguments: Any) -> str | None:
        """Call one tool that should refuse; what it said, or nothing where it went ahead."""
        try:
            await self.call(tool, **arguments)
        except ToolRefused as refusal:
            return str(refusal)
        return None

    async def read(self, uri: str) -> Any:
        """Read one resource."""
        result = await self.client.read_resource(uri)
        [content] = result.contents
        return json.loads(content.text) if isinstance(content, TextResourceContents) else None

    async def tools(self) -> list[str]:
        """The names of the tools that the server has."""
        return [tool.name for tool in (await self.client.list_tools()).tools]


@asynccontextmanager
async def agent_on(workspace: Path, data: Path) -> AsyncGenerator[Agent]:
    """Start `mendloop serve` for a workspace, and connect to it."""
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "mendloop", "serve", "--workspace", str(workspace), "--data", str(data)],
        env=dict(os.environ),
    )
    async with Client(server) as client:
        yield Agent(client=client)
