"""An MCP server with tools that fail: one as the SDK hides it, one in its own words."""

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

server = MCPServer("demo")


@server.tool()
def divide(a: float, b: float) -> float:
    """Divide a by b."""
    return a / b


@server.tool()
def look_up(key: str) -> str:
    """Find what a key stands for."""
    raise ToolError(f"KeyError: {key!r}")


if __name__ == "__main__":
    server.run()
