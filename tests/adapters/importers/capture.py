"""What real servers and clients export, captured: OTLP as JSON on standard output.

    python -m tests.adapters.importers.capture sdk|fastmcp > tests/fixtures/otlp/sdk.json

One client in one process with its server calls a tool that works, one that raises, and one that
says that it failed.
"""

import json
import sys
from pathlib import Path
from typing import Any

import anyio
import fastmcp
from fastmcp.exceptions import ToolError as FastToolError
from mcp import Client
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from mendloop.core.record.otlp_protobuf import traces_of
from tests.adapters.importers.encode import encoded

CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("divide", {"a": 4, "b": 2}),
    ("divide", {"a": 1, "b": 0}),
    ("refuse", {}),
)


def divide(a: int, b: int) -> float:
    return a / b


async def sdk() -> None:
    """The official SDK on both sides."""

    def refuse() -> None:
        raise ToolError("not today")

    server: MCPServer[Any] = MCPServer("demo")
    server.add_tool(divide)
    server.add_tool(refuse)
    async with Client(server) as client:
        for name, arguments in CALLS:
            await client.call_tool(name, arguments)


async def fast() -> None:
    """FastMCP on both sides."""

    def refuse() -> None:
        raise FastToolError("not today")

    server: Any = fastmcp.FastMCP("demo")
    server.tool(divide)
    server.tool(refuse)
    async with fastmcp.Client(server) as client:
        for name, arguments in CALLS:
            await client.call_tool(name, arguments, raise_on_error=False)


def main(which: str) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({"service.name": "demo"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    anyio.run(sdk if which == "sdk" else fast)
    body = encoded(exporter.get_finished_spans())
    text = json.dumps(traces_of(body), indent=1)
    sys.stdout.write(text.replace(f"{Path.cwd()}/", "") + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
