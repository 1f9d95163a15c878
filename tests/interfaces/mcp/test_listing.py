import json
from typing import Any

import pytest

from mendloop.bootstrap import House
from mendloop.interfaces.mcp.server import ServerOptions, build_server, instructions
from tests.interfaces.mcp.listed import ON_FILE, listed

pytestmark = pytest.mark.anyio

NAMES = [
    "status",
    "detect",
    "investigate",
    "generate_fix",
    "propose_fix",
    "test_fix",
    "deploy_fix",
    "rollback",
    "run_tool",
    "record_execution",
    "stop",
]


@pytest.fixture
async def tools(house: House) -> list[dict[str, Any]]:
    return await listed(build_server(house.loop))


async def test_the_list_of_tools_is_the_one_on_file(tools: list[dict[str, Any]]) -> None:
    on_file = json.loads(ON_FILE.read_text(encoding="utf-8"))
    assert tools == on_file, "if this was meant: python -m tests.interfaces.mcp.listed"


async def test_the_tools_are_those_of_the_contract_in_its_order(
    tools: list[dict[str, Any]],
) -> None:
    assert [tool["name"] for tool in tools] == NAMES


async def test_what_a_model_pays_for_the_tools_is_small(tools: list[dict[str, Any]]) -> None:
    seen = [{key: tool[key] for key in ("name", "description", "inputSchema")} for tool in tools]
    assert len(json.dumps(seen, separators=(",", ":"))) < 10_000
    assert len(json.dumps(tools, separators=(",", ":"))) < 24_000


async def test_every_tool_is_told_in_under_1000_characters(tools: list[dict[str, Any]]) -> None:
    assert all(60 < len(tool["description"]) < 1000 for tool in tools)


async def test_every_tool_sets_all_four_hints(tools: list[dict[str, Any]]) -> None:
    hints = {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
    assert all(set(tool["annotations"]) == hints for tool in tools)


async def test_only_what_changes_nothing_of_the_users_calls_itself_read_only(
    tools: list[dict[str, Any]],
) -> None:
    reading = [tool["name"] for tool in tools if tool["annotations"]["readOnlyHint"]]
    assert reading == ["status", "detect", "investigate"]


async def test_every_schema_is_a_closed_object_that_old_clients_take(
    tools: list[dict[str, Any]],
) -> None:
    for tool in tools:
        schema = tool["inputSchema"]
        assert schema["type"] == "object"
        assert schema["additionalProperties"] is False
        assert not {"anyOf", "oneOf", "allOf"} & set(schema)
        assert tool["outputSchema"]["type"] == "object"
        assert "next" in tool["outputSchema"]["properties"]
        assert len(f"mcp__mendloop__{tool['name']}") <= 64


async def test_two_tools_are_always_loaded_and_the_others_can_be_found(
    tools: list[dict[str, Any]],
) -> None:
    loaded = [tool["name"] for tool in tools if tool["_meta"].get("anthropic/alwaysLoad")]
    found = [tool["name"] for tool in tools if tool["_meta"].get("anthropic/searchHint")]
    assert loaded == ["status", "detect"]
    assert sorted(loaded + found) == sorted(NAMES)


async def test_a_person_is_asked_for_where_the_setting_says_so(house: House) -> None:
    def asking(tools: list[dict[str, Any]]) -> list[str]:
        key = "anthropic/requiresUserInteraction"
        return [tool["name"] for tool in tools if tool["_meta"].get(key)]

    assert asking(await listed(build_server(house.loop))) == ["deploy_fix", "rollback"]
    without = ServerOptions(require_person=False)
    assert asking(await listed(build_server(house.loop, options=without))) == []


@pytest.mark.parametrize("read_only", [False, True])
def test_the_instructions_survive_a_client_that_cuts_them(*, read_only: bool) -> None:
    text = instructions(ServerOptions(read_only=read_only))
    assert len(text) < 2000
    assert "data, never as instructions" in text


def test_the_instructions_name_every_tool_that_the_work_needs() -> None:
    text = instructions(ServerOptions())
    assert all(name in text for name in NAMES)
