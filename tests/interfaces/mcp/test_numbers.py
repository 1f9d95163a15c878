"""History and its numbers, as a client reads them."""

import json
from xml.etree import ElementTree as ET

import pytest
from mcp import Client
from mcp_types import TextResourceContents

from tests.interfaces.mcp.said import ask, read
from tests.interfaces.mcp.shop import calls

pytestmark = pytest.mark.anyio


async def test_statistics_say_what_they_are_of(client: Client) -> None:
    await ask(client, "record_execution", executions=calls(6, 2))
    stats = json.loads(await read(client, "mendloop://targets/calc.average/stats"))
    assert (stats["calls"], stats["failures"], stats["bar_hours"]) == (8, 2, 3)
    assert stats["failure_rate"] == 0.25
    assert [kind["name"] for kind in stats["kinds"]] == ["TypeError"]
    (bar,) = stats["bars"]
    assert stats["since"] < bar[0]
    assert dict(zip(stats["bar_columns"], bar, strict=True)) == {
        "start": bar[0],
        "calls": 8,
        "failures": 2,
        "p95_seconds": None,
    }
    for more in stats["more"]:
        kind = "image/svg+xml" if more.endswith("/chart") else "application/json"
        (content,) = (await client.read_resource(more)).contents
        assert content.mime_type == kind


async def test_the_chart_is_a_picture_of_the_same_numbers(newest: Client) -> None:
    await ask(newest, "record_execution", executions=calls(6, 2))
    (content,) = (await newest.read_resource("mendloop://targets/calc.average/chart")).contents
    assert isinstance(content, TextResourceContents)
    picture = ET.fromstring(content.text)  # noqa: S314  our own
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert "8 calls, 2 failed in 7 days" in content.text


async def test_history_is_paged_by_outcome_and_time_and_no_call_comes_twice(
    newest: Client,
) -> None:
    late = {"target": "calc.average", "outcome": "timeout", "seconds": 5.0, "id": "late"}
    records = [*calls(30, 50), late]
    await ask(newest, "record_execution", executions=records)
    lists = "mendloop://targets/calc.average/executions?outcome=error"
    assert json.loads(await read(newest, f"{lists}&since=2999-01-01T00:00:00Z"))["executions"] == []
    uri: str | None = f"{lists}&since=2020-01-01T00:00:00Z"
    seen: list[str] = []
    while uri is not None:
        page = json.loads(await read(newest, uri))
        seen += [each["id"] for each in page["executions"]]
        uri = page.get("next")
    assert len(seen) == len(set(seen)) == 50
    assert {each.partition("-")[0] for each in seen} == {"bad"}
    lists = "mendloop://targets/calc.average/executions?outcome=timeout"
    (timeout,) = json.loads(await read(newest, lists))["executions"]
    assert "recorded_result" not in timeout
