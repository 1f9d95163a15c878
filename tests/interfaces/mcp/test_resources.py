import json
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp_types import (
    INVALID_PARAMS,
    PromptReference,
    ResourceTemplateReference,
)

from tests.interfaces.mcp.said import ask, read
from tests.interfaces.mcp.shop import ATTACK, calls

pytestmark = pytest.mark.anyio

EDIT = {
    "path": "tools/calc.py",
    "old": "    total = sum(values)\n",
    "new": "    total = sum(value for value in values if value is not None)\n",
}


async def document(client: Client, uri: str) -> dict[str, Any]:
    """One resource, read as JSON."""
    got: dict[str, Any] = json.loads(await read(client, uri))
    return got


async def test_the_contract_lists_these_resources(newest: Client) -> None:
    fixed = [str(each.uri) for each in (await newest.list_resources()).resources]
    templates = [
        each.uri_template for each in (await newest.list_resource_templates()).resource_templates
    ]
    assert fixed == ["mendloop://status", "mendloop://policy", "mendloop://targets"]
    assert templates == [
        "mendloop://targets/{target}",
        "mendloop://targets/{target}/executions{?outcome,since,cursor}",
        "mendloop://targets/{target}/stats",
        "mendloop://targets/{target}/chart",
        "mendloop://targets/{target}/versions",
        "mendloop://executions/{id}",
        "mendloop://incidents/{id}",
        "mendloop://proposals/{id}",
        "mendloop://proposals/{id}/report",
        "mendloop://deployments/{id}",
        "mendloop://audit{?cursor}",
    ]


async def test_status_reads_as_the_tool_says(client: Client) -> None:
    assert await document(client, "mendloop://status") == await ask(client, "status")


async def test_the_policy_and_the_targets_can_be_read(client: Client) -> None:
    assert (await document(client, "mendloop://policy"))["tiers"]["behavior_fix"] == "auto"
    targets = (await document(client, "mendloop://targets"))["targets"]
    assert [each["name"] for each in targets] == ["calc.average", "prompts.reply"]
    one = await document(client, "mendloop://targets/calc.average")
    assert (one["declared"], one["replayable"]) == (True, True)
    assert (await document(client, "mendloop://targets/calc.average/versions"))["versions"] == []


async def test_executions_come_in_pages_that_lead_to_the_next(client: Client) -> None:
    await ask(client, "record_execution", executions=calls(30, 25))
    uri: str | None = "mendloop://targets/calc.average/executions"
    seen: list[str] = []
    while uri is not None:
        page = await document(client, uri)
        seen += [each["id"] for each in page["executions"]]
        uri = page.get("next")
    assert len(seen) == len(set(seen)) == 55


async def test_executions_can_be_asked_for_by_outcome_and_time(newest: Client) -> None:
    await ask(newest, "record_execution", executions=calls(5, 22))
    base = "mendloop://targets/calc.average/executions"
    failed = await document(newest, f"{base}?outcome=error")
    assert {each["outcome"] for each in failed["executions"]} == {"error"}
    assert "outcome=error&cursor=" in failed["next"]
    later = await document(newest, f"{base}?since=2100-01-01T00%3A00%3A00Z")
    assert later["executions"] == []


async def test_one_execution_reads_as_it_was_recorded(newest: Client) -> None:
    record = calls(0, 1)[0]
    await ask(newest, "record_execution", executions=record)
    got = await document(newest, "mendloop://executions/bad-0")
    assert {key: got[key] for key in record} == record


async def test_what_is_not_seen_is_escaped_in_a_resource_and_nothing_is_lost(
    newest: Client,
) -> None:
    record = calls(1, 0)[0] | {"result": ATTACK, "outcome": "wrong"}
    await ask(newest, "record_execution", executions=record)
    text = await read(newest, "mendloop://executions/ok-0")
    assert text.isprintable()
    assert json.loads(text)["result"] == ATTACK


async def test_an_incident_a_proposal_and_the_audit_can_be_read(client: Client) -> None:
    await ask(client, "record_execution", executions=calls())
    incident = (await ask(client, "detect"))["incidents"][0]["id"]
    got = await document(client, f"mendloop://incidents/{incident}")
    assert (got["state"], got["diagnosis"]) == ("open", None)
    proposed = await ask(
        client, "propose_fix", incident=incident, edits=[EDIT], rationale="None is no number."
    )
    proposal = await document(client, f"mendloop://proposals/{proposed['proposal']}")
    assert proposal["recorded_rationale"] == "None is no number."
    assert "+    total = sum(value for value" in proposal["files"][0]["diff"]
    events = [each["event"] for each in (await document(client, "mendloop://audit"))["entries"]]
    assert events[-1] == "proposed"


async def test_the_audit_goes_on_behind_a_cursor(newest: Client) -> None:
    for number in range(51):
        await ask(newest, "stop", reason=f"{number}")
    first = await document(newest, "mendloop://audit")
    rest = await document(newest, first["next"])
    assert [each["seq"] for each in first["entries"]] == list(range(1, 51))
    assert [each["seq"] for each in rest["entries"]] == [51]
    assert "next" not in rest


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("mendloop://executions/x-0", "[not_found]"),
        ("mendloop://incidents/i-0", "[not_found]"),
        ("mendloop://proposals/p-0", "[not_found]"),
        ("mendloop://proposals/p-0/report", "[not_found]"),
        ("mendloop://deployments/d-0", "[not_found]"),
        ("mendloop://targets/none", "[not_found]"),
        ("mendloop://targets/none/executions", "[not_found]"),
        ("mendloop://targets/..%2F..", "Unknown resource"),
        ("mendloop://approve/p-0", "Unknown resource"),
        ("mendloop://audit?cursor=-1", "'-1' is no cursor."),
        ("mendloop://targets/calc.average/executions?outcome=bad", "There is no outcome 'bad'."),
        ("mendloop://targets/calc.average/executions?since=now", "'now' is no time."),
        ("mendloop://targets/calc.average/executions?since=2026-01-01", "has no time zone."),
    ],
)
async def test_what_cannot_be_read_is_told_with_its_code(
    newest: Client, uri: str, told: str
) -> None:
    with pytest.raises(MCPError) as refused:
        await newest.read_resource(uri)
    assert told in refused.value.error.message
    assert refused.value.error.code == INVALID_PARAMS
    assert refused.value.error.data == {"uri": uri} or uri.partition("?")[1]


async def test_a_proposal_that_was_not_tested_has_no_report(newest: Client) -> None:
    got = await ask(newest, "propose_fix", target="calc.average", edits=[EDIT], rationale="r")
    with pytest.raises(MCPError, match="was not tested yet"):
        await newest.read_resource(f"mendloop://proposals/{got['proposal']}/report")


@pytest.mark.parametrize(
    ("uri", "name", "typed", "offered"),
    [
        ("mendloop://targets/{target}", "target", "calc", ["calc.average"]),
        ("mendloop://targets/{target}", "target", "zzz", []),
        (
            "mendloop://targets/{target}/executions{?outcome,since,cursor}",
            "outcome",
            "",
            ["ok", "error", "timeout", "wrong"],
        ),
        ("mendloop://targets/{target}/executions{?outcome,since,cursor}", "since", "", []),
        ("mendloop://executions/{id}", "id", "ok-", ["ok-0"]),
        ("mendloop://nothing/{id}", "id", "", []),
    ],
)
async def test_every_parameter_of_a_template_is_completed(
    newest: Client, uri: str, name: str, typed: str, offered: list[str]
) -> None:
    await ask(newest, "record_execution", executions=calls(1, 0))
    reference = ResourceTemplateReference(type="ref/resource", uri=uri)
    got = await newest.complete(reference, {"name": name, "value": typed})
    assert got.completion.values == offered


async def test_the_subject_of_a_prompt_is_an_incident_or_a_target(newest: Client) -> None:
    await ask(newest, "record_execution", executions=calls())
    incidents = [each["id"] for each in (await ask(newest, "detect"))["incidents"]]
    reference = PromptReference(type="ref/prompt", name="investigate")
    got = await newest.complete(reference, {"name": "subject", "value": ""})
    assert sorted(got.completion.values) == sorted([*incidents, "calc.average", "prompts.reply"])
