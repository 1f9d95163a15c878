"""The HTTP transport as a process of its own, when it is told to end."""

import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
from mcp import Client, MCPError

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

ROOT = Path(__file__).parents[3]


@pytest.fixture
def served(workspace: Path, tmp_path: Path) -> Generator[subprocess.Popen[str]]:
    assert workspace.parent == tmp_path
    command = [sys.executable, "-m", "tests.interfaces.mcp.served", str(tmp_path), "http"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_unwinds_a_call_that_runs_and_closes_the_house(
    served: "subprocess.Popen[str]", tmp_path: Path, mode: Any, sent: signal.Signals
) -> None:
    assert served.stdout is not None
    url = served.stdout.readline().strip()
    running = anyio.Event()

    async def note(progress: float, total: float | None, message: str | None) -> None:
        del progress, total, message
        running.set()

    async def call() -> None:
        try:
            async with Client(url, mode=mode) as client:
                await client.call_tool("wait", {}, progress_callback=note)
        except* (MCPError, OSError):
            pass

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        with anyio.fail_after(10):
            await running.wait()
        served.send_signal(sent)
        assert await anyio.to_thread.run_sync(served.wait, 20) == 0
        tasks.cancel_scope.cancel()
    notes = (tmp_path / "notes").read_text(encoding="utf-8").split()
    assert notes == ["tool", "unwound", "house", "closed"]
