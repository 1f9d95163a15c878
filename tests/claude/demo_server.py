"""An MCP server with tools that fail: one as the SDK hides it, one in its own words.

With the argument ``instrumented`` its calls are recorded where they run.
"""

import sys
from pathlib import Path

import anyio
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


@server.tool()
async def settle(folder: str, lines: int) -> int:
    """Wait until so many lines lie in the spools below a folder, and say how many there are."""
    with anyio.fail_after(30):
        while (seen := lines_below(Path(folder))) < lines:  # noqa: ASYNC110  others write them
            await anyio.sleep(0.05)
    return seen


def lines_below(folder: Path) -> int:
    return sum(
        file.read_bytes().count(b"\n") for file in folder.glob("*/spool/*") if file.is_file()
    )


if __name__ == "__main__":
    if "instrumented" in sys.argv[1:]:
        from mendloop import instrument

        instrument(server)
    server.run()
