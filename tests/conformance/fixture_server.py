"""The product's own server and transport, plus the fixtures that the suite asks for by name.

python -m tests.conformance.fixture_server    says its URL on standard error, serves until SIGTERM
"""

import sys
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import anyio
from mcp import MCPDeprecationWarning
from starlette.types import ASGIApp

from mendloop.bootstrap import open_house
from mendloop.interfaces.mcp.door import security
from mendloop.interfaces.mcp.server import build_server
from mendloop.interfaces.mcp.transport import serve_application
from mendloop.settings import Settings
from tests.conformance.content import add_content
from tests.conformance.events import RETRY, Events
from tests.conformance.notices import add_notices
from tests.conformance.rounds import add_rounds
from tests.conformance.shelf import add_shelf

HOST: Final = "127.0.0.1"


def _say(url: str) -> None:
    sys.stderr.write(f"{url}\n")
    sys.stderr.flush()


async def main() -> None:
    """Serve an empty workspace."""
    with TemporaryDirectory() as folder:
        workspace = Path(folder, "workspace")
        workspace.mkdir()
        settings = Settings.at(workspace, Path(folder, "state"), {})
        async with open_house(settings) as house:
            server = build_server(house.loop)
            for add in (add_content, add_notices, add_rounds, add_shelf):
                add(server)

            def application(port: int) -> ASGIApp:
                return server.streamable_http_app(
                    event_store=Events(),
                    retry_interval=RETRY,
                    transport_security=security(HOST, port, ()),
                    host=HOST,
                )

            await serve_application(application, HOST, 0, ready=_say)


if __name__ == "__main__":
    # the suite still tests what the protocol has deprecated: logging, sampling, roots
    warnings.filterwarnings("ignore", category=MCPDeprecationWarning)
    anyio.run(main)
