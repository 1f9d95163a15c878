"""Tools that tell the client something while they run: progress, messages, changed lists."""

from typing import Any, Final

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.prompts.base import Prompt
from mcp_types import EmptyResult, InputRequiredResult, SetLevelRequestParams

from mendloop.interfaces.mcp.sdk import Requested, lowlevel
from tests.conformance.asked import form

_BEAT: Final = 0.05
"""Seconds between two notifications, so that the suite sees them as two."""


async def test_tool_with_logging(ctx: Context[Any, Any]) -> str:
    """Send three messages."""
    for step in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await ctx.log("info", step)  # pyright: ignore[reportDeprecated]
        await anyio.sleep(_BEAT)
    return "done"


async def test_tool_with_progress(ctx: Context[Any, Any]) -> str:
    """Report progress three times."""
    for done in (0, 50, 100):
        await ctx.report_progress(done, 100)
        await anyio.sleep(_BEAT)
    return "done"


async def test_logging_tool(ctx: Context[Any, Any]) -> str:
    """Send one message."""
    await ctx.log("info", "hi")  # pyright: ignore[reportDeprecated]
    return "ok"


async def test_streaming_elicitation(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    """Report progress, then ask."""
    await ctx.report_progress(1, 2)
    return InputRequiredResult(input_requests={"n": form("name?", name="string")})


async def test_reconnection(ctx: Context[Any, Any]) -> str:
    """Close the stream while the call goes on."""
    await ctx.close_sse_stream()
    await anyio.sleep(4 * _BEAT)
    return "Reconnection test completed"


def _passing() -> str:
    return "here for a moment"


async def test_trigger_tool_change(ctx: Context[Any, Any]) -> str:
    """Add a tool and take it away."""
    ctx.mcp_server.add_tool(_passing, name="passing_tool")
    ctx.mcp_server.remove_tool("passing_tool")
    await ctx.notify_tools_changed()
    return "ok"


async def test_trigger_prompt_change(ctx: Context[Any, Any]) -> str:
    """Add a prompt and take it away."""
    ctx.mcp_server.add_prompt(Prompt.from_function(_passing, name="passing_prompt"))
    ctx.mcp_server.remove_prompt("passing_prompt")
    await ctx.notify_prompts_changed()
    return "ok"


async def _set_level(_: Requested, __: SetLevelRequestParams) -> EmptyResult:
    return EmptyResult()


def add_notices(server: MCPServer[Any]) -> None:
    """Register them."""
    for function in (
        test_tool_with_logging,
        test_tool_with_progress,
        test_logging_tool,
        test_streaming_elicitation,
        test_reconnection,
        test_trigger_tool_change,
        test_trigger_prompt_change,
    ):
        server.add_tool(function)
    lowlevel(server).add_request_handler("logging/setLevel", SetLevelRequestParams, _set_level)
