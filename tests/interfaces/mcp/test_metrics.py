"""A monitoring system scrapes ``mendloop serve --http``."""

import re
from pathlib import Path

import httpx2
import pytest

from tests.interfaces.mcp.said import ask
from tests.interfaces.mcp.shop import ATTACK, calls
from tests.interfaces.mcp.test_otlp_served import BEARING, Served, serving

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

_COMMENT = re.compile(r"# (HELP [a-z_]+ \S.*|TYPE [a-z_]+ (counter|gauge))")
_SAMPLE = re.compile(r'([a-z_]+)(\{[a-z_]+="[^"\\]*"(,[a-z_]+="[^"\\]*")*\})? ([0-9.e+-]+)')


async def scrape(served: Served, **headers: str) -> httpx2.Response:
    async with httpx2.AsyncClient() as http:
        return await http.get(f"{served.at}/metrics", headers={**BEARING, **headers})


async def numbers(served: Served) -> dict[str, float]:
    """What was scraped, by metric and labels; every line must be one of the format."""
    got = await scrape(served)
    assert got.status_code == 200
    assert got.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert got.text.endswith("\n")
    found: dict[str, float] = {}
    for line in got.text.splitlines():
        if line.startswith("#"):
            assert _COMMENT.fullmatch(line), line
            continue
        match = _SAMPLE.fullmatch(line)
        assert match, line
        found[line.rpartition(" ")[0]] = float(match[4])
    return found


@pytest.mark.promise("telemetry/tells-no-values")
async def test_the_numbers_are_right_and_outlive_the_server(
    workspace: Path, tmp_path: Path
) -> None:
    with serving(workspace, tmp_path / "state") as served:
        async with served.client() as client:
            await ask(client, "record_execution", executions=calls(30, 20, message=ATTACK))
            await ask(client, "detect")
            await client.call_tool("deploy_fix", {"proposal": "p-secret"})
            await ask(client, "stop", reason="a secret reason")
        first = await numbers(served)
        text = (await scrape(served)).text
    assert first['mendloop_actions_total{action="detect",outcome="done"}'] == 1
    assert first['mendloop_actions_total{action="record",outcome="done"}'] == 1
    assert first['mendloop_actions_total{action="deploy",outcome="not_found"}'] == 1
    assert first['mendloop_incidents{state="open"}'] >= 1
    assert first["mendloop_executions_total"] == 50
    assert (first["mendloop_stopped"], first['mendloop_audit_entries_total{event="stopped"}']) == (
        1,
        1,
    )
    for secret in ("secret", "calc.average", "Ignore"):
        assert secret not in text

    with serving(workspace, tmp_path / "state", "--read-only") as served:
        assert await numbers(served) == first


@pytest.mark.promise("http/metrics-are-guarded")
async def test_the_numbers_stand_behind_the_guard_of_the_server(
    workspace: Path, tmp_path: Path
) -> None:
    with serving(workspace, tmp_path / "state") as served:
        for headers, status in (
            ({"authorization": ""}, 401),
            ({"host": "evil.example"}, 421),
            ({"origin": "http://evil.example"}, 403),
        ):
            assert (await scrape(served, **headers)).status_code == status
