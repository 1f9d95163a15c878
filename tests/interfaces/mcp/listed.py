"""The list of tools, as a client gets it.

python -m tests.interfaces.mcp.listed    writes it anew, after a change that was meant
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import anyio
from mcp import Client
from mcp.server import MCPServer

from mendloop.bootstrap import open_house
from mendloop.interfaces.mcp.server import build_server
from mendloop.settings import Settings
from tests.interfaces.mcp.shop import open_shop

ON_FILE: Final = Path(__file__).with_name("tools.json")


async def listed(server: MCPServer[Any]) -> list[dict[str, Any]]:
    """The tools of a server, as JSON values."""
    async with Client(server) as client:
        tools = (await client.list_tools()).tools
        return [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]


async def main() -> None:
    """Write the file."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        settings = Settings.at(open_shop(place / "workspace"), place / "state", {})
        async with open_house(settings) as house:
            tools = await listed(build_server(house.loop))
    ON_FILE.write_text(json.dumps(tools, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    anyio.run(main)
