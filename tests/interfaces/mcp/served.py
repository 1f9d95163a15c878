"""The product's server as a process of its own, with a tool that takes its time.

    python -m tests.interfaces.mcp.served FOLDER [http]

Serves FOLDER/workspace over standard input and output, or over HTTP, and then says its URL there.
What was unwound is written to FOLDER/notes, line by line.
"""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from mcp.server.mcpserver import Context

from mendloop.bootstrap import open_house
from mendloop.interfaces.listening.binding import Binding
from mendloop.interfaces.mcp.door import Door, serve_http
from mendloop.interfaces.mcp.server import build_server
from mendloop.interfaces.mcp.transport import serve_stdio
from mendloop.settings import Settings


def say(url: str) -> None:
    """Tell the test where to go."""
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()


async def main(folder: Path, *, http: bool) -> None:
    """Serve until the client leaves or a signal comes."""

    def note(text: str) -> None:
        with (folder / "notes").open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")

    async def wait(context: Context[Any, Any]) -> str:
        """Never answer."""
        try:
            await context.report_progress(1)
            await anyio.sleep_forever()
        finally:
            note("tool unwound")
        return "never"

    async def shout() -> str:
        """Write to where only the protocol may."""
        sys.stdout.write("this must not reach the client\n")
        sys.stdout.flush()
        return sys.stdin.read() or "nothing to read"

    settings = Settings.at(folder / "workspace", folder / "state", {})
    async with open_house(settings) as house:
        server = build_server(house.loop)
        server.add_tool(wait)
        server.add_tool(shout)
        await (
            serve_http(
                server,
                Binding(host="127.0.0.1"),
                Door(doorkeeper=house.doorkeeper),
                ready=say,
            )
            if http
            else serve_stdio(server)
        )
    note("house closed")


if __name__ == "__main__":
    anyio.run(partial(main, Path(sys.argv[1]), http="http" in sys.argv[2:]))
