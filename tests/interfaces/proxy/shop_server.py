"""A server of the SDK, run as a file: over standard input and output, or over HTTP on a port."""

import sys
from typing import Annotated

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.resolve import AcceptedElicitation, Elicit, ElicitationResult, Resolve
from pydantic import BaseModel

server = MCPServer("shop", version="1", log_level="ERROR")


class Colour(BaseModel):
    """What is asked for."""

    colour: str


def which(item: str) -> Elicit[Colour]:
    """Ask for the colour."""
    return Elicit(f"Which colour shall {item} have?", Colour)


@server.tool()
async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool()
async def refuse(coupon: str) -> str:
    """Fail."""
    raise ToolError(f"No coupon {coupon!r} \u00fc\u4e16.")


@server.tool()
async def report(ctx: Context) -> str:
    """Tell how far it is."""
    for step in (1, 2, 3):
        await ctx.report_progress(step, 3, f"step {step}")
    return "all steps"


@server.tool()
async def wait() -> str:
    """Wait for ever."""
    await anyio.sleep_forever()
    return "never"


@server.tool()
async def order(item: str, colour: Annotated[ElicitationResult[Colour], Resolve(which)]) -> str:
    """Order something in a colour."""
    match colour:
        case AcceptedElicitation(data=Colour(colour=wanted)):
            return f"{item} in {wanted}"
        case _:
            return "nothing"


@server.resource("shop://prices")
def prices() -> str:
    """All of them."""
    return "a 1\nb 2\n"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
    else:
        server.run()
