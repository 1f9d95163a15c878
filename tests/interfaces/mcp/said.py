"""What a result says."""

from typing import Any

from mcp import Client
from mcp_types import CallToolResult, TextContent, TextResourceContents


def said(result: CallToolResult) -> str:
    """The text of a result."""
    first = result.content[0]
    assert isinstance(first, TextContent)
    return first.text


def answer(result: CallToolResult) -> dict[str, Any]:
    """The structure of a result that is no error."""
    assert not result.is_error, said(result)
    structure: dict[str, Any] | None = result.structured_content
    assert structure is not None
    return structure


async def ask(client: Client, tool: str, **arguments: object) -> dict[str, Any]:
    """Call a tool that answers."""
    return answer(await client.call_tool(tool, arguments))


async def refusal(client: Client, tool: str, **arguments: object) -> str:
    """Call a tool that refuses."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return said(result)


async def read(client: Client, uri: str) -> str:
    """The text of a resource."""
    content = (await client.read_resource(uri)).contents[0]
    assert isinstance(content, TextResourceContents)
    assert content.mime_type == "application/json"
    return content.text
