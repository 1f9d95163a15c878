"""Roles and tokens, over real sockets: a server that is run as a team runs it."""

import json
import socket
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import httpx2
import pytest
from mcp import Client

from mendloop.model.ids import ExecutionId
from tests.interfaces.mcp.at_the_door import JSON, OPENING, Served, bearing, serving
from tests.interfaces.mcp.said import ask, read, refusal
from tests.interfaces.mcp.shop import calls, open_shop
from tests.interfaces.mcp.test_listing import NAMES
from tests.interfaces.mcp.test_read_only import READING
from tests.interfaces.mcp.test_tools import MENDED

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

ERAS = ["auto", "legacy"]
STARTUP = "the-token-of-the-start"
ALLOWED = {
    "viewer": (READING, {"/v1/traces": 403, "/metrics": 405, "/other": 403}),
    "agent": (NAMES, {"/v1/traces": 403, "/metrics": 405, "/other": 403}),
    "operator": (NAMES, {"/v1/traces": 200, "/metrics": 405, "/other": 404}),
}
"""Of each role its tools, and what it is answered elsewhere; nobody serves the last two here."""
ARGUMENTS: dict[str, dict[str, Any]] = {
    "investigate": {"target": "no.such"},
    "generate_fix": {"target": "no.such"},
    "propose_fix": {"rationale": "r", "target": "no.such", "diff": ""},
    "test_fix": {"proposal": "p-none"},
    "deploy_fix": {"proposal": "p-none"},
    "rollback": {"reason": "r", "deployment": "d-none"},
    "run_tool": {"target": "no.such"},
    "record_execution": {"executions": []},
    "stop": {"reason": " "},
}
"""Calls that each tool refuses in its own words, once it is reached."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    """One server for all, with one token from its start."""
    folder = tmp_path_factory.mktemp("team")
    workspace = open_shop(folder / "workspace")
    with serving(workspace, folder / "state", MENDLOOP_HTTP_TOKEN=STARTUP) as served:
        yield served


@pytest.fixture
def named(request: pytest.FixtureRequest) -> str:
    """A name that no other test has given."""
    node = "".join(letter if letter.isalnum() else "-" for letter in request.node.name.lower())
    return node.strip("-")[-60:].lstrip("-")


@pytest.mark.promise("http/roles-hold")
@pytest.mark.parametrize("mode", ERAS)
@pytest.mark.parametrize("role", ALLOWED)
async def test_each_role_has_its_tools_and_no_other(
    server: Served, named: str, role: str, mode: str
) -> None:
    tools, elsewhere = ALLOWED[role]
    token = await server.token(named, role)
    async with server.client(token, mode) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == tools
        for name in NAMES:
            if name in tools:
                if name in ARGUMENTS:
                    assert "needs a token" not in await refusal(client, name, **ARGUMENTS[name])
                else:
                    await ask(client, name)
            else:
                said = await refusal(client, name, **ARGUMENTS[name])
                assert said.startswith(f"[refused] {name} needs a token of the role agent")
        await read(client, "mendloop://status")
        assert (await client.list_prompts()).prompts
    for path, status in elsewhere.items():
        got = await server.post(path, token, {"resourceSpans": []})
        assert (path, got.status_code) == (path, status)
        if status == 403:
            assert 'error="insufficient_scope"' in got.headers["www-authenticate"]
            assert "of the role operator" in got.json()["error_description"]


@pytest.mark.promise("mcp/no-tool-approves")
@pytest.mark.parametrize("role", ALLOWED)
async def test_no_role_approves(server: Served, named: str, role: str) -> None:
    async with server.client(await server.token(named, role)) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        assert names <= set(NAMES)
        for wanted in ("approve", "approve_fix", "resume", "tokens", "tokens_new"):
            assert await refusal(client, wanted) == f"Unknown tool: {wanted}"


@pytest.mark.parametrize("mode", ERAS)
async def test_who_acts_is_on_record(server: Served, named: str, mode: str) -> None:
    async with server.client(await server.token(named, "agent"), mode) as client:
        ran = await ask(client, "run_tool", target="calc.average", args=[[2, 4]])
        told = {"executions": [{**calls(1, 0)[0], "id": f"{named}-x", "caller": "agent:other"}]}
        await ask(client, "record_execution", **told)
        await ask(client, "propose_fix", **_change(named))
    async with server.history() as history:
        execution = await history.get(ran["execution"])
        recorded = await history.get(ExecutionId(f"{named}-x"))
    assert (execution.caller, recorded.caller) == (f"agent:{named}", f"agent:{named}")
    proposed = [each for each in await server.audit() if each.event == "proposed"]
    assert proposed[-1].facts["by"] == f"agent:{named}"


@pytest.mark.promise("http/who-acts-is-on-record")
async def test_a_deployment_its_refusal_its_rollback_and_a_stop_name_the_token(
    tmp_path: Path,
) -> None:
    workspace = open_shop(tmp_path / "workspace")
    with serving(workspace, tmp_path / "state") as served:
        async with served.client(await served.token("ci-bot", "agent")) as client:
            await ask(client, "record_execution", executions=calls(120, 30))
            change = {"target": "calc.average", "edits": [MENDED], "rationale": "r"}
            proposal = (await ask(client, "propose_fix", **change))["proposal"]
            await refusal(client, "deploy_fix", proposal=proposal)
            tested = await ask(client, "test_fix", proposal=proposal)
            assert tested["verdict"] == "passed", tested["checks"]
            deployed = await ask(client, "deploy_fix", proposal=proposal)
            back = await ask(client, "rollback", deployment=deployed["deployment"], reason="r")
            await ask(client, "stop", reason="r")
        async with served.state() as state, state.reading() as tables:
            for each in (deployed, back):
                assert (await tables.deployments.get(each["deployment"])).by == "agent:ci-bot"
        named = {
            entry.event: entry.facts["by"] for entry in await served.audit() if "by" in entry.facts
        }
    assert named.pop("token_made") == "a-person"
    events = {"proposed", "tested", "deploy_refused", "deploy_admitted", "rollback_admitted"}
    assert {*events, "stopped"} <= set(named)
    assert set(named.values()) == {"agent:ci-bot"}


def _change(text: str) -> dict[str, Any]:
    new = {"path": "prompts/reply.md", "content": f"Answer in one sentence.\n{text}\n"}
    return {"rationale": "Shorter.", "target": "prompts.reply", "files": [new]}


async def test_the_token_of_the_start_is_an_agents_and_exports(server: Served) -> None:
    async with server.client(STARTUP) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == NAMES
    assert (await server.post("/v1/traces", STARTUP, {"resourceSpans": []})).status_code == 200


@pytest.mark.promise("http/revoked-at-once")
@pytest.mark.parametrize("mode", ERAS)
async def test_a_revoked_token_opens_nothing_from_the_next_request_on(
    server: Served, named: str, mode: str
) -> None:
    token = await server.token(named, "agent")
    async with server.client(token, mode) as client:
        await ask(client, "status")
        await server.revoke(named)
        with pytest.raises(Exception, match=r"."):
            await client.call_tool("status", {})
    got = await server.post(token=token)
    assert got.status_code == 401
    assert 'error="invalid_token"' in got.headers["www-authenticate"]


@pytest.mark.promise("http/revoked-at-once")
async def test_an_open_stream_of_2026_ends_with_its_token(server: Served, named: str) -> None:
    token = await server.token(named, "viewer")
    meta: dict[str, Any] = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params: dict[str, Any] = {
        "_meta": meta,
        "notifications": {"resourceSubscriptions": ["mendloop://status"]},
    }
    body = {"jsonrpc": "2.0", "id": 7, "method": "subscriptions/listen", "params": params}
    version = {"mcp-protocol-version": "2026-07-28", "mcp-method": "subscriptions/listen"}
    headers = JSON | bearing(token) | version
    async with (
        httpx2.AsyncClient(timeout=30) as http,
        http.stream("POST", server.url, json=body, headers=headers) as stream,
    ):
        await _ends(server, named, stream)


@pytest.mark.promise("http/revoked-at-once")
async def test_an_open_stream_of_2025_ends_with_its_token(server: Served, named: str) -> None:
    token = await server.token(named, "agent")
    opened = await server.post(token=token)
    session = {"mcp-session-id": opened.headers["mcp-session-id"]}
    headers = JSON | bearing(token) | session | {"mcp-protocol-version": "2025-11-25"}
    async with (
        httpx2.AsyncClient(timeout=30) as http,
        http.stream("GET", server.url, headers=headers) as stream,
    ):
        await _ends(server, named, stream)


async def _ends(server: Served, name: str, stream: httpx2.Response) -> None:
    """Revoke, and read to the end, which comes cleanly."""
    assert stream.status_code == 200, await stream.aread()
    await server.revoke(name)
    with anyio.fail_after(15):
        async for _ in stream.aiter_bytes():
            pass


async def test_a_token_is_made_and_runs_out_while_the_server_runs(
    server: Served, named: str
) -> None:
    late = await server.token(named, "agent", lasts=timedelta(microseconds=1))
    good = await server.token(f"{named}-2"[-60:].lstrip("-"), "agent", lasts=None)
    assert (await server.post(token=late)).status_code == 401
    assert (await server.post(token=good)).status_code == 200


@pytest.mark.promise("http/tokens-are-for-one-server")
async def test_a_token_for_another_server_opens_nothing_here(server: Served, named: str) -> None:
    other = await server.token(named, "agent", resource="https://other.example/mcp")
    same = await server.token(f"{named}-2"[-60:].lstrip("-"), "agent", resource=server.url)
    assert (await server.post(token=other)).status_code == 401
    assert (await server.post(token=same)).status_code == 200


async def test_what_the_server_is_called_is_told_to_anybody_and_nothing_else(
    server: Served,
) -> None:
    refused = await server.post()
    where = refused.headers["www-authenticate"].partition('resource_metadata="')[2].rstrip('"')
    async with httpx2.AsyncClient() as http:
        told = await http.get(where)
    assert where == f"{server.at}/.well-known/oauth-protected-resource/mcp"
    assert told.json() == {
        "resource": server.url,
        "resource_name": "Mendloop",
        "bearer_methods_supported": ["header"],
        "scopes_supported": ["look", "loop", "telemetry"],
    }


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ([b"Authorization: Bearer {}", b"Authorization: Bearer {}"], 400),
        ([b"Authorization: Bearer {}", b"authorization: Bearer wrong"], 400),
        ([b"Authorization: Bearer " + b"x" * 9_000], 400),
        ([b"X-Filler: " + b"x" * 40_000, b"Authorization: Bearer {}"], 431),
        ([b"X-Filler: x"] * 4_000 + [b"Authorization: Bearer {}"], 431),
        ([b"Authorization: Bearer {}\0"], 400),
        ([b"Authorization: Bearer {}\r\n folded"], 401),
        ([b"Authorization: Bearer\t{}"], 401),
        ([b"Authorization: Bearer \xff\xfe\x80"], 401),
        ([b"Authorization: Bearer \xe2\x82\xac{}"], 401),
        ([b"Authorization: Bearer {}, Bearer {}"], 401),
        ([b"Authorization: Basic {}"], 401),
        ([b"Authorization: Basic OmNpLWJvdA=="], 401),
        ([b"Authorization:"], 401),
        ([b"Authorization: Bearer"], 401),
        ([b"Authorization: {}"], 401),
        ([b"Proxy-Authorization: Bearer {}"], 401),
        ([b"Cookie: token={}"], 401),
        ([b"X-Authorization: Bearer {}", b"X-Forwarded-User: agent"], 401),
    ],
    ids=range(19),
)
async def test_a_header_that_is_not_one_plain_bearer_token_opens_nothing(
    server: Served, lines: list[bytes], status: int
) -> None:
    head = [line.replace(b"{}", STARTUP.encode()) for line in lines]
    assert await anyio.to_thread.run_sync(_spoken, server, head) == status


def _spoken(server: Served, lines: list[bytes]) -> int:
    """The status that some raw header lines are answered with."""
    host, _, port = server.at.removeprefix("http://").partition(":")
    body = json.dumps(OPENING).encode()
    head = [
        b"POST /mcp HTTP/1.1",
        f"Host: {host}:{port}".encode(),
        *(f"{name}: {value}".encode() for name, value in JSON.items()),
        f"Content-Length: {len(body)}".encode(),
        b"Connection: close",
        *lines,
    ]
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"\r\n".join(head) + b"\r\n\r\n" + body)
        return int(connection.makefile("rb").readline().split()[1])


@pytest.mark.parametrize("query", ["token", "access_token", "authorization"])
async def test_a_token_in_the_address_opens_nothing(server: Served, query: str) -> None:
    assert (await server.post(f"/mcp?{query}={STARTUP}")).status_code == 401


@pytest.mark.promise("http/sessions-are-ones-own")
async def test_nobody_speaks_in_the_session_of_another_token(server: Served, named: str) -> None:
    opened = await server.post(token=await server.token(named, "agent"))
    session = {"mcp-session-id": opened.headers["mcp-session-id"]}
    body = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    for token in (STARTUP, await server.token(f"{named}-2"[-60:].lstrip("-"), "viewer")):
        assert (await server.post(token=token, body=body, **session)).status_code == 404


async def test_many_tokens_at_one_time_are_told_apart(server: Served, named: str) -> None:
    names = [f"{named}-{number}"[-60:].lstrip("-") for number in range(6)]
    tokens = {name: await server.token(name, "agent") for name in names}

    async def work(name: str, mode: str) -> None:
        async with server.client(tokens[name], mode) as client:
            for _ in range(3):
                ran = await ask(client, "run_tool", target="calc.average", args=[[2, 4]])
                seen[ran["execution"]] = name

    seen: dict[str, str] = {}
    async with anyio.create_task_group() as tasks:
        for number, name in enumerate(names):
            tasks.start_soon(work, name, ERAS[number % 2])
    async with server.history() as history:
        for execution, name in seen.items():
            assert (await history.get(ExecutionId(execution))).caller == f"agent:{name}"
    assert len(seen) == 18


@pytest.mark.promise("http/no-token-no-network")
async def test_the_first_token_shuts_a_server_that_was_open(tmp_path: Path) -> None:
    workspace = open_shop(tmp_path / "workspace")
    with serving(workspace, tmp_path / "state") as served:
        async with Client(served.url) as client:
            await ask(client, "status")
        token = await served.token("first", "viewer")
        assert (await served.post()).status_code == 401
        assert (await served.post(token=token)).status_code == 200
        await served.revoke("first")
        assert (await served.post()).status_code == 401


@pytest.mark.promise("mcp/read-only-cannot-change")
async def test_a_read_only_server_caps_every_role(tmp_path: Path) -> None:
    workspace = open_shop(tmp_path / "workspace")
    with serving(workspace, tmp_path / "state", "--read-only") as served:
        for role in ALLOWED:
            async with served.client(await served.token(role, role)) as client:
                assert [tool.name for tool in (await client.list_tools()).tools] == READING
            got = await served.post("/v1/traces", await served.token(f"{role}-2", role))
            assert got.status_code == (404 if role == "operator" else 403)


async def test_one_token_cannot_take_the_server_for_itself(tmp_path: Path) -> None:
    workspace = open_shop(tmp_path / "workspace")
    tight = {
        "MENDLOOP_HTTP__REQUESTS_PER_MINUTE": "1",
        "MENDLOOP_HTTP__BURST": "4",
        "MENDLOOP_HTTP__SESSIONS": "2",
    }
    with serving(workspace, tmp_path / "state", **tight) as served:
        greedy, other = await served.token("greedy", "agent"), await served.token("other", "agent")
        opened = [await served.post(token=greedy) for _ in range(5)]
        assert [each.status_code for each in opened] == [200, 200, 429, 429, 429]
        assert "sessions" in opened[2].json()["error_description"]
        assert "a minute" in opened[4].json()["error_description"]
        assert int(opened[4].headers["retry-after"]) in range(50, 61)
        assert (await served.post(token=other)).status_code == 200


async def test_a_proxy_before_the_server_gives_it_its_name(tmp_path: Path) -> None:
    workspace = open_shop(tmp_path / "workspace")
    url = "https://mend.example/mcp"
    with serving(workspace, tmp_path / "state", "--url", url) as served:
        token = await served.token("bot", "agent", resource=url)
        local = await served.token("local", "agent", resource=served.url)
        assert (await served.post(token=token, host="mend.example")).status_code == 200
        named = {"host": "mend.example", "origin": "https://mend.example"}
        assert (await served.post(token=token, **named)).status_code == 200
        assert (await served.post(token=local)).status_code == 401
        assert (await served.post(token=token, host="other.example")).status_code == 421
        refused = await served.post(host="mend.example")
    assert (
        "https://mend.example/.well-known/oauth-protected-resource/mcp"
        in (refused.headers["www-authenticate"])
    )
