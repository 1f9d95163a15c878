"""A house with a broken tool in it, and clients of both eras at its door."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from mcp import Client

from mendloop.bootstrap import House, open_house
from mendloop.interfaces.mcp.server import ServerOptions, build_server
from mendloop.settings import Settings
from tests.interfaces.mcp.shop import open_shop


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return open_shop(tmp_path / "workspace")


@pytest.fixture
async def house(workspace: Path, tmp_path: Path) -> AsyncGenerator[House]:
    settings = Settings.at(workspace, tmp_path / "state", {})
    async with open_house(settings) as opened:
        yield opened


@pytest.fixture(params=["auto", "legacy"], ids=["2026-07-28", "2025-11-25"])
async def client(request: pytest.FixtureRequest, house: House) -> AsyncGenerator[Client]:
    async with Client(build_server(house.loop), mode=request.param) as connected:
        yield connected


@pytest.fixture
async def newest(house: House) -> AsyncGenerator[Client]:
    """A client of the newest era, where the era makes no difference."""
    async with Client(build_server(house.loop)) as connected:
        yield connected


@pytest.fixture
async def reader(house: House) -> AsyncGenerator[Client]:
    """A client of a read-only server."""
    options = ServerOptions(read_only=True)
    async with Client(build_server(house.loop, options=options)) as connected:
        yield connected
