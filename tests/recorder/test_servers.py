"""An instrumented MCP server: every tool call is on record, and no client sees a difference."""

import json
import logging
from typing import Any, NoReturn

import mcp_types
import pytest
from fastmcp import Client as FastClient
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError as FastToolError
from mcp import Client
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel

import mendloop
from mendloop.recorder import flush
from mendloop.recorder.lines import tool_use_record_id
from tests.recorder.processes import Place

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

_ERAS = ("legacy", "auto")


class Order(BaseModel):
    sku: str
    quantity: int


@pytest.fixture(autouse=True)
def _quiet() -> None:
    logging.getLogger("mcp").setLevel(logging.CRITICAL)
    logging.getLogger("fastmcp").setLevel(logging.CRITICAL)


def _fill(server: Any, error: type[Exception]) -> Any:
    """The same tools on any server."""

    def divide(a: int, b: int) -> float:
        """Divide."""
        return a / b

    async def order(sku: str, quantity: int) -> Order:
        """Order."""
        return Order(sku=sku, quantity=quantity)

    def refuse(why: str) -> str:
        """Refuse."""
        raise error(why)

    @mendloop.record(target="inner.shout")
    def shout(text: str) -> str:
        """Shout."""
        return text.upper()

    for tool in (divide, order, refuse, shout):
        server.tool()(tool)
    return server


def bare(kind: str) -> Any:
    if kind == "mcp":
        return _fill(MCPServer("demo"), ToolError)
    return _fill(FastMCP("demo"), FastToolError)


def client(server: Any, kind: str, mode: str) -> Any:
    return Client(server, mode=mode) if kind == "mcp" else FastClient(server, mode=mode)


_CALLS: list[tuple[str, dict[str, Any]]] = [
    ("divide", {"a": 1, "b": 2}),
    ("divide", {"a": 1, "b": 0}),
    ("divide", {"a": "one", "b": 0}),
    ("order", {"sku": "A-1", "quantity": 2}),
    ("refuse", {"why": "closed on sundays"}),
    ("shout", {"text": "hello"}),
    ("nothing", {}),
]


async def _answers(server: Any, kind: str, mode: str) -> list[str]:
    """All that a client is told."""
    told: list[str] = []
    async with client(server, kind, mode) as session:
        listed = await session.list_tools()
        told.append(str(listed))
        for name, arguments in _CALLS:
            options = {"raise_on_error": False} if kind == "fastmcp" else {}
            try:
                told.append(str(await session.call_tool(name, arguments, **options)))
            except Exception as error:  # noqa: BLE001  whatever a client is told
                told.append(f"{type(error).__name__}: {error}")
    return told


def records(place: Place) -> list[dict[str, Any]]:
    flush()
    return place.records()


def by_order(place: Place) -> list[dict[str, Any]]:
    return sorted(records(place), key=lambda record: str(record["at"]))


@pytest.mark.parametrize("mode", _ERAS)
@pytest.mark.parametrize("kind", ["mcp", "fastmcp"])
async def test_a_client_sees_no_difference(here: Place, kind: str, mode: str) -> None:
    before = await _answers(bare(kind), kind, mode)
    server = bare(kind)
    assert mendloop.instrument(server) is server

    assert await _answers(server, kind, mode) == before
    assert len([record for record in records(here) if record["target"].startswith("demo.")]) == 6


@pytest.mark.parametrize("mode", _ERAS)
@pytest.mark.parametrize("kind", ["mcp", "fastmcp"])
async def test_every_call_is_on_record_with_its_own_exception(
    here: Place, kind: str, mode: str
) -> None:
    server = mendloop.instrument(mendloop.instrument(bare(kind)))  # twice is once
    await _answers(server, kind, mode)

    good, failed, rejected, ordered, refused, shouted = by_order(here)
    assert [record["target"] for record in (good, ordered, refused, shouted)] == [
        "demo.divide",
        "demo.order",
        "demo.refuse",
        "demo.shout",
    ]
    assert (good["args"], good["kwargs"], good["result"]) == ([], {"a": 1, "b": 2}, 0.5)
    assert failed["error"]["type"] == "ZeroDivisionError"
    assert failed["error"]["message"] == "division by zero"
    assert failed["error"]["frames"][-1]["function"] == "divide"
    assert rejected["error"]["type"] == "ValidationError"
    assert "a" in rejected["error"]["message"]
    assert ordered["result"] == {"sku": "A-1", "quantity": 2}
    assert (refused["error"]["type"], refused["error"]["message"]) == (
        "ToolError",
        "closed on sundays",
    )
    assert shouted["result"] == "HELLO"
    assert {record["source"] for record in by_order(here)} == {"recorder"}


@pytest.mark.parametrize("mode", _ERAS)
@pytest.mark.parametrize("kind", ["mcp", "fastmcp"])
async def test_a_call_bears_the_clients_name_for_it(here: Place, kind: str, mode: str) -> None:
    server = mendloop.instrument(bare(kind))
    use = "toolu_01:A/b" + "c" * 200
    info = mcp_types.Implementation(name="claude-code", version="2")
    made: Any = Client if kind == "mcp" else FastClient
    async with made(server, mode=mode, client_info=info) as session:
        for arguments in ({"a": 1, "b": 2}, {"a": 1, "b": 0}):
            options = {"raise_on_error": False} if kind == "fastmcp" else {}
            meta = {"claudecode/toolUseId": f"{arguments['b']}{use}"}
            await session.call_tool("divide", arguments, meta=meta, **options)

    good, failed = by_order(here)
    assert good["id"] == tool_use_record_id(f"2{use}")
    assert failed["id"] == tool_use_record_id(f"0{use}")
    assert good["caller"] == failed["caller"] == "claude-code"


def test_an_id_is_made_of_the_clients() -> None:
    assert tool_use_record_id("toolu_01:A/b") == "t-toolu_01_A_b"
    assert len(tool_use_record_id("x" * 500)) == 100


async def test_a_tool_that_says_itself_that_it_failed(here: Place) -> None:
    server = MCPServer("my demo")

    @server.tool()
    def failing() -> mcp_types.CallToolResult:
        text = mcp_types.TextContent(type="text", text="out of stock")
        return mcp_types.CallToolResult(content=[text], is_error=True)

    del failing
    async with Client(mendloop.instrument(server)) as session:
        assert (await session.call_tool("failing", {})).is_error

    (record,) = here.records()  # without a flush
    assert record["target"] == "my_demo.failing"
    assert (record["outcome"], record["error"]["message"]) == ("error", "out of stock")


async def test_content_that_is_no_text_is_opaque(here: Place) -> None:
    server = MCPServer("demo")

    @server.tool(structured_output=False)
    def picture() -> list[Any]:
        return ["a text", mcp_types.ImageContent(type="image", data="AAAA", mime_type="image/png")]

    @server.tool(structured_output=False)
    def text() -> str:
        return "a text"

    del picture, text
    async with Client(mendloop.instrument(server)) as session:
        await session.call_tool("picture", {})
        await session.call_tool("text", {})

    pictured, texted = by_order(here)
    assert pictured["result"] == {"$opaque": "content that is no text"}
    assert texted["result"] == "a text"


async def test_a_call_that_asks_the_client_back_is_recorded_once_it_ends(here: Place) -> None:
    server = MCPServer("demo")

    @server.tool()
    def ask() -> mcp_types.InputRequiredResult:
        return mcp_types.InputRequiredResult(input_requests={}, request_state="x")

    del ask
    mendloop.instrument(server)
    result = await server.call_tool("ask", {})

    assert isinstance(result, mcp_types.InputRequiredResult)
    assert records(here) == []


async def test_a_tool_is_told_by_its_function(here: Place) -> None:
    code = "def divide(a: int, b: int) -> float:\n    return a / b\n"
    path = here.write(code, "tools_of_a_server.py")
    space: dict[str, Any] = {"__name__": "tools_of_a_server"}
    exec(compile(code, str(path), "exec"), space)  # noqa: S102  a module of the workspace
    server = MCPServer("demo")
    server.add_tool(space["divide"])
    async with Client(mendloop.instrument(server)) as session:
        await session.call_tool("divide", {"a": 1, "b": 2})

    (record,) = records(here)
    assert record["function"] == "tools_of_a_server.py:divide"
    assert len(record["version"]) == 64


@pytest.mark.usefixtures("here")
async def test_a_failing_recorder_is_not_noticed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def wrong(*_: object) -> NoReturn:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("mendloop.recorder.servers.result_of", wrong)
    monkeypatch.setattr("mendloop.recorder.servers._client", wrong)
    before = await _answers(bare("mcp"), "mcp", "auto")

    assert await _answers(mendloop.instrument(bare("mcp")), "mcp", "auto") == before
    assert [record.levelname for record in caplog.records if record.name == "mendloop"] == [
        "WARNING"
    ]


async def test_switched_off_an_instrumented_server_serves_as_before(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MENDLOOP_RECORD", "off")

    answers = await _answers(mendloop.instrument(bare("mcp")), "mcp", "auto")

    assert json.dumps(answers).count("division") == 0
    assert not here.data.exists()


@pytest.mark.parametrize("other", [object(), "server", json], ids=["object", "text", "module"])
def test_what_is_no_server_is_refused(other: Any) -> None:
    with pytest.raises(TypeError, match=r"instrument takes an mcp\.server\.MCPServer"):
        mendloop.instrument(other)
