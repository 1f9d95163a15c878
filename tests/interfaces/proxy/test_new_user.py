"""A client is given the proxy in place of a server, and the history has the calls: no import."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import anyio
import anyio.to_thread
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from tests.interfaces.proxy.test_http import free_port, up
from tests.interfaces.proxy.wire import PATIENCE, SERVER

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

MENDLOOP = str(Path(sys.executable).with_name("mendloop"))
Mode = Literal["auto", "legacy"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a manifest, in which the user types."""
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "mendloop.toml").write_text("", encoding="utf-8")
    return tmp_path / "project"


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """The environment of a user of whom nothing is set."""
    return {"PATH": os.environ["PATH"], "XDG_STATE_HOME": str(tmp_path / "state")}


async def use(client: Client) -> None:
    assert (await client.call_tool("add", {"a": 1, "b": 2})).structured_content == {"result": 3}
    assert (await client.call_tool("refuse", {"coupon": "x"})).is_error


async def history(target: str, project: Path, home: dict[str, str]) -> list[dict[str, Any]]:
    """What ``mendloop history`` prints."""
    done = await anyio.run_process([MENDLOOP, "history", target, "--json"], cwd=project, env=home)
    found: list[dict[str, Any]] = json.loads(done.stdout)["executions"]
    return found


async def check(project: Path, home: dict[str, str]) -> None:
    (added,) = await history("shop.add", project, home)
    (refused,) = await history("shop.refuse", project, home)
    assert (added["outcome"], refused["outcome"]) == ("ok", "error")


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_before_a_command(project: Path, home: dict[str, str], mode: Mode) -> None:
    server = StdioServerParameters(
        command=MENDLOOP, args=["proxy", "--", *SERVER], cwd=project, env=home
    )
    async with Client(stdio_client(server), mode=mode) as client:
        await use(client)
    await check(project, home)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_before_a_url(project: Path, home: dict[str, str], mode: Mode) -> None:
    port = free_port()
    with (
        running([*SERVER, str(port)], project, home),
        running([MENDLOOP, "proxy", f"http://127.0.0.1:{port}/mcp"], project, home) as proxy,
    ):
        await anyio.to_thread.run_sync(up, port)
        url = await anyio.to_thread.run_sync(first_line, proxy)
        async with Client(url, mode=mode) as client:
            await use(client)
        proxy.send_signal(signal.SIGTERM)
        assert await anyio.to_thread.run_sync(proxy.wait, PATIENCE) == 0
    await check(project, home)


@contextmanager
def running(
    command: Sequence[str], project: Path, home: dict[str, str]
) -> Generator["subprocess.Popen[bytes]"]:
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=project, env=home, stdout=pipe) as process:
        yield process
        process.kill()


def first_line(process: "subprocess.Popen[bytes]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().decode().strip()
