import logging
from typing import Annotated

import pytest
from mcp import Client
from mcp.server import MCPServer
from mcp_types import CallToolResult, ToolAnnotations
from pydantic import Field

from mendloop.errors import Refused
from mendloop.interfaces.answers.base import Answer
from mendloop.interfaces.mcp.reply import reply
from mendloop.interfaces.mcp.strict import StrictTool, strict_tool
from tests.interfaces.mcp.said import refusal, said
from tests.interfaces.mcp.test_listing import NAMES

pytestmark = pytest.mark.anyio


class Echoed(Answer):
    count: int
    next: str


async def echo(
    count: Annotated[int, Field(ge=1)], name: str | None = None
) -> Annotated[CallToolResult, Echoed]:
    """Say it again."""
    return reply(Echoed(count=count, next=name or "echo"))


async def crash() -> Annotated[CallToolResult, Echoed]:
    """Fail by a fault of ours."""
    raise RuntimeError("the recorded password is hunter2")


async def refuse() -> Annotated[CallToolResult, Echoed]:
    """Fail in a way that the caller can act on."""
    raise Refused("Not now\u202e.", hint="Wait an hour.")


def tools() -> list[StrictTool]:
    hints = ToolAnnotations(read_only_hint=True)
    return [
        strict_tool(function, title="t", annotations=hints, meta={})
        for function in (echo, crash, refuse)
    ]


@pytest.mark.promise("mcp/unknown-arguments-are-refused")
@pytest.mark.parametrize("tool", NAMES)
async def test_an_argument_that_a_tool_does_not_know_is_refused_and_nothing_is_done(
    newest: Client, tool: str
) -> None:
    told = await refusal(newest, tool, dry_run=True)
    assert told.startswith("[invalid_input] Unknown argument: `dry_run`.")
    assert told.endswith("Nothing was done.")


async def test_the_nearest_name_is_offered() -> None:
    async with Client(MCPServer("t", tools=[*tools()])) as client:
        assert await refusal(client, "echo", cuont=1) == (
            "[invalid_input] Unknown argument: `cuont`. Did you mean `count`? "
            "Known: `count`, `name`. Nothing was done."
        )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "`count` is missing"),
        ({"count": 0}, "`count`: input should be greater than or equal to 1"),
        ({"count": "hunter2"}, "`count`: input should be a valid integer"),
        ({"count": 1, "name": 2}, "`name`: input should be a valid string"),
    ],
)
async def test_arguments_are_explained_in_one_line_without_their_values(
    arguments: dict[str, object], told: str
) -> None:
    async with Client(MCPServer("t", tools=[*tools()])) as client:
        text = await refusal(client, "echo", **arguments)
    assert told in text
    assert "\n" not in text
    assert "https://" not in text
    assert "hunter2" not in text


async def test_a_tool_without_arguments_says_so() -> None:
    async with Client(MCPServer("t", tools=[*tools()])) as client:
        assert await refusal(client, "crash", now=1) == (
            "[invalid_input] Unknown argument: `now`. This tool takes no arguments. "
            "Nothing was done."
        )


async def test_what_is_left_out_may_also_be_null() -> None:
    async with Client(MCPServer("t", tools=[*tools()])) as client:
        result = await client.call_tool("echo", {"count": 2, "name": None})
    assert said(result) == '{"count":2,"next":"echo"}'


async def test_text_and_structure_say_the_same() -> None:
    async with Client(MCPServer("t", tools=[*tools()])) as client:
        result = await client.call_tool("echo", {"count": 2})
    assert result.structured_content == {"count": 2, "next": "echo"}
    assert said(result) == '{"count":2,"next":"echo"}'


@pytest.mark.promise("answers/quote-no-fault")
async def test_a_fault_of_ours_gives_a_reference_and_keeps_its_text_for_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with Client(MCPServer("t", tools=[*tools()])) as client:
        with caplog.at_level(logging.ERROR, "mendloop.interfaces.mcp.boundary"):
            text = await refusal(client, "crash")
    assert "hunter2" not in text
    assert text.startswith("[internal] This is a fault of the server, not of the call. Reference ")
    reference = text.rstrip(".").rpartition(" ")[2]
    assert reference in caplog.text
    assert "hunter2" in caplog.text


async def test_a_refusal_gives_its_code_its_reason_and_the_next_move() -> None:
    async with Client(MCPServer("t", tools=[*tools()])) as client:
        assert await refusal(client, "refuse") == "[refused] Not now\\u202e. Wait an hour."


async def test_a_tool_that_does_not_exist_is_named(newest: Client) -> None:
    assert await refusal(newest, "approve_fix") == "Unknown tool: approve_fix"
