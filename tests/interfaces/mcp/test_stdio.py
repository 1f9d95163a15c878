"""The stdio transport as a process of its own, spoken to line by line."""

import json
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.interfaces.mcp.shop import calls

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
ERAS = ["2025-11-25", "2026-07-28"]
_META = "io.modelcontextprotocol/"


class Wire:
    """A client that sees every line."""

    def __init__(self, era: str, folder: Path) -> None:
        self.era = era
        self.notes = folder / "notes"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.interfaces.mcp.served", str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            bufsize=1,
        )

    def open(self) -> dict[str, Any]:
        if self.era == "2026-07-28":
            return self.ask("server/discover")
        info = {"name": "wire", "version": "0"}
        opened = self.ask("initialize", protocolVersion=self.era, capabilities={}, clientInfo=info)
        self.write({"jsonrpc": "2.0", "method": "notifications/initialized"})
        return opened

    def send(self, method: str, number: int = 1, **params: Any) -> None:
        if self.era == "2026-07-28":
            params["_meta"] = params.get("_meta", {}) | {
                f"{_META}protocolVersion": self.era,
                f"{_META}clientInfo": {"name": "wire", "version": "0"},
                f"{_META}clientCapabilities": {},
            }
        self.write({"jsonrpc": "2.0", "id": number, "method": method, "params": params})

    def ask(self, method: str, number: int = 1, **params: Any) -> dict[str, Any]:
        self.send(method, number, **params)
        while True:
            message = json.loads(self.line())
            if message.get("id") == number:
                result: dict[str, Any] = message["result"]
                return result

    def write(self, message: dict[str, Any]) -> None:
        self.raw(json.dumps(message))

    def raw(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def begin(self) -> None:
        """Start the call that never answers, and wait until it runs."""
        self.send("tools/call", name="wait", arguments={}, _meta={"progressToken": 7})
        while json.loads(self.line()).get("method") != "notifications/progress":
            pass

    def left(self) -> tuple[int, list[str]]:
        code = self.process.wait(20)
        return code, self.notes.read_text(encoding="utf-8").split("\n")[:-1]


@pytest.fixture(params=ERAS)
def wire(request: pytest.FixtureRequest, workspace: Path, tmp_path: Path) -> Generator[Wire]:
    assert workspace.parent == tmp_path
    client = Wire(request.param, tmp_path)
    with client.process:
        yield client
        client.process.kill()


def test_a_client_can_work_over_the_wire(wire: Wire) -> None:
    opened = wire.open()
    assert "status" in opened["instructions"]
    names = [tool["name"] for tool in wire.ask("tools/list")["tools"]]
    assert {"status", "deploy_fix", "stop"} <= set(names)
    arguments = {"executions": calls(2, 0)}
    result = wire.ask("tools/call", name="record_execution", arguments=arguments)
    assert result["structuredContent"]["new"] == 2
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]


def test_nothing_but_the_protocol_reaches_standard_output(wire: Wire) -> None:
    wire.open()
    result = wire.ask("tools/call", name="shout", arguments={})
    assert result["structuredContent"] == {"result": "nothing to read"}


def test_a_line_that_is_no_message_does_not_end_the_conversation(wire: Wire) -> None:
    wire.open()
    wire.raw("this is no JSON")
    assert wire.ask("tools/list")["tools"]


def test_a_call_that_a_client_gives_up_is_unwound_and_the_server_goes_on(wire: Wire) -> None:
    wire.open()
    wire.begin()
    wire.write({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}})
    for _ in range(3):
        assert wire.ask("tools/list", number=2)["tools"]
    assert wire.notes.read_text(encoding="utf-8") == "tool unwound\n"


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_unwinds_a_call_that_runs_and_closes_the_house(
    wire: Wire, sent: signal.Signals
) -> None:
    wire.open()
    wire.begin()
    wire.process.send_signal(sent)
    assert wire.left() == (0, ["tool unwound", "house closed"])


def test_the_two_signals_that_a_client_sends_one_after_the_other_unwind_as_one(
    wire: Wire,
) -> None:
    wire.open()
    wire.begin()
    wire.process.send_signal(signal.SIGINT)
    wire.process.send_signal(signal.SIGTERM)
    code, notes = wire.left()
    assert (code, notes[-1]) == (0, "house closed")


def test_the_end_of_the_input_unwinds_it_too(wire: Wire) -> None:
    wire.open()
    wire.begin()
    assert wire.process.stdin is not None
    wire.process.stdin.close()
    assert wire.left() == (0, ["tool unwound", "house closed"])
