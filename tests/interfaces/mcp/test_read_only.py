from pathlib import Path

import pytest
from mcp import Client

from mendloop.bootstrap import House
from tests.interfaces.mcp.said import ask, read, refusal
from tests.interfaces.mcp.shop import calls
from tests.interfaces.mcp.test_listing import NAMES

pytestmark = pytest.mark.anyio

READING = ["status", "detect", "investigate"]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


async def test_a_read_only_server_lists_only_what_looks(reader: Client) -> None:
    assert [each.name for each in (await reader.list_tools()).tools] == READING
    prompts = [each.name for each in (await reader.list_prompts()).prompts]
    assert prompts == ["investigate", "review_fix", "weekly_review"]


@pytest.mark.promise("mcp/read-only-cannot-change")
async def test_a_read_only_server_changes_no_file_and_records_no_call(
    reader: Client, house: House, workspace: Path
) -> None:
    await house.loop.recorder.record(calls())
    before = contents(workspace)
    for name in NAMES:
        if name not in READING:
            assert await refusal(reader, name) == f"Unknown tool: {name}"
    incident = (await ask(reader, "detect"))["incidents"][0]["id"]
    await ask(reader, "investigate", incident=incident)
    await ask(reader, "status")
    for uri in ("mendloop://targets", "mendloop://audit", f"mendloop://incidents/{incident}"):
        await read(reader, uri)
    assert contents(workspace) == before
    assert await house.loop.reader.deployments() == ()
    assert await house.loop.reader.proposals() == ()
    (view,) = [each for each in await house.loop.reader.targets() if each.summary is not None]
    assert view.summary is not None
    assert view.summary.calls == 50
