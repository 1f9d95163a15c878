"""OpenTelemetry's SDK exports to ``mendloop serve --http``, and the calls are in the history."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from typing_extensions import override

from mendloop.interfaces.mcp.door import MOST_BODY
from tests.adapters.importers.encode import encoded
from tests.adapters.importers.hostile import BAD_SPANS, dumped, log, logged, request, span
from tests.interfaces.mcp.said import ask, read

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

JSON, PROTOBUF = "application/json", "application/x-protobuf"
TOKEN = "a-token-for-the-tests"  # noqa: S105  a test's own
BEARING = {"authorization": f"Bearer {TOKEN}"}
USE = "toolu_01AbCdEf"
CALL = {"mcp.method.name": "tools/call", "gen_ai.tool.name": "divide", "gen_ai.tool.call.id": USE}
DIVIDE = "mendloop://targets/demo.divide"


@dataclass(frozen=True)
class Served:
    """A server in a process of its own."""

    at: str

    async def post(
        self, path: str, body: bytes, kind: str = JSON, **headers: str
    ) -> httpx2.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with httpx2.AsyncClient() as http:
            return await http.post(
                self.at + path, content=body, headers={"content-type": kind, **BEARING, **named}
            )

    @asynccontextmanager
    async def client(self) -> AsyncGenerator[Client]:
        async with (
            httpx2.AsyncClient(headers=BEARING) as http,
            Client(streamable_http_client(f"{self.at}/mcp", http_client=http)) as client,
        ):
            yield client

    async def executions(self) -> list[dict[str, Any]]:
        """Those of the one tool, newest first, as a client sees them."""
        async with self.client() as client:
            rows = json.loads(await read(client, f"{DIVIDE}/executions"))["executions"]
            texts = [await read(client, f"mendloop://executions/{row['id']}") for row in rows]
            return [json.loads(text) for text in texts]


class Exporter(SpanExporter):
    """Exports in protobuf, compressed, one request for each batch."""

    def __init__(self, at: str) -> None:
        self._at = at
        self.answers: list[httpx2.Response] = []

    @override
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        headers = {"content-type": PROTOBUF, "content-encoding": "gzip", **BEARING}
        body = gzip.compress(encoded(spans))
        self.answers += [httpx2.post(f"{self._at}/v1/traces", content=body, headers=headers)]
        return SpanExportResult.SUCCESS


@contextmanager
def serving(workspace: Path, state: Path, *options: str, **more: str) -> Generator[Served]:
    place = ("-w", str(workspace), "--data", str(state))
    command = [sys.executable, "-m", "mendloop", "serve", *place, "--http", "127.0.0.1:0", *options]
    pipe, env = subprocess.PIPE, {**os.environ, "MENDLOOP_HTTP_TOKEN": TOKEN, **more}
    with subprocess.Popen(command, stderr=pipe, text=True, encoding="utf-8", env=env) as process:
        assert process.stderr is not None
        try:
            yield Served(process.stderr.readline().strip().removesuffix("/mcp"))
        finally:
            process.terminate()
            assert process.wait(20) == 0


@pytest.fixture
def served(workspace: Path, tmp_path: Path) -> Generator[Served]:
    with serving(workspace, tmp_path / "state") as server:
        yield server


async def test_the_spans_of_a_tool_are_its_calls(served: Served) -> None:
    exporter = Exporter(served.at)
    provider = TracerProvider(resource=Resource({"service.name": "demo"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("a-tool-server")
    arguments = {"gen_ai.tool.call.arguments": json.dumps({"a": 1, "b": 0})}
    with (
        pytest.raises(ZeroDivisionError),
        tracer.start_as_current_span(
            "tools/call divide", kind=trace.SpanKind.SERVER, attributes=CALL | arguments
        ),
    ):
        print(1 / 0)  # noqa: T201  never printed
    assert [(got.status_code, got.content) for got in exporter.answers] == [(200, b"")]
    (call,) = await served.executions()
    assert (call["target"], call["outcome"], call["kwargs"]) == (
        "demo.divide",
        "error",
        {"a": 1, "b": 0},
    )
    assert call["error"]["type"] == "ZeroDivisionError"
    assert call["seconds"] > 0
    assert call["id"] == f"t-{USE}"


async def test_what_a_hook_and_a_span_tell_of_one_call_is_one_execution(served: Served) -> None:
    hook = {
        "hook_event_name": "PostToolUse",
        "tool_name": "mcp__demo__divide",
        "tool_input": {"a": 4, "b": 2},
        "tool_response": "2",
        "tool_use_id": USE,
        "duration_ms": 3,
        "session_id": "s",
    }
    async with served.client() as client:
        told = await ask(client, "record_execution", hook=hook)
    assert (told["ids"], told["new"]) == ([f"t-{USE}"], 1)
    named = span(1)
    named["attributes"] += [{"key": "gen_ai.tool.call.id", "value": {"stringValue": USE}}]
    assert (await served.post("/v1/traces", dumped(request(named)))).content == b"{}"
    assert (await served.post("/v1/logs", dumped(logged(log(tool_use_id=USE))))).content == b"{}"
    (call,) = await served.executions()
    assert call["id"] == f"t-{USE}"


async def test_a_log_of_claude_code_is_a_call(served: Served) -> None:
    body = gzip.compress(dumped(logged(log())))
    got = await served.post("/v1/logs", body, content_encoding="gzip")
    assert (got.status_code, got.content) == (200, b"{}")
    (call,) = await served.executions()
    assert (call["target"], call["seconds"] > 0) == ("demo.divide", True)


async def test_what_is_refused_is_counted_and_the_rest_is_kept(served: Served) -> None:
    bad, why = BAD_SPANS["trace-id-short"]
    got = await served.post("/v1/traces", dumped(request(span(1), bad)))
    said = got.json()["partialSuccess"]
    assert (got.status_code, said["rejectedSpans"]) == (200, "1")
    assert why in said["errorMessage"]
    assert len(await served.executions()) == 1


@pytest.mark.promise("http/receivers-are-guarded")
@pytest.mark.parametrize("path", ["/v1/traces", "/v1/logs"])
async def test_the_receivers_stand_behind_the_guard_of_the_server(
    served: Served, path: str
) -> None:
    body = dumped(request(span(1)) | logged(log()))
    for headers, kind, status in (
        ({"authorization": ""}, JSON, 401),
        ({"authorization": f"Bearer {TOKEN}x"}, JSON, 401),
        ({"host": "evil.example"}, JSON, 421),
        ({"origin": "http://evil.example"}, JSON, 403),
        ({}, "text/plain", 415),
        ({"content_encoding": "br"}, JSON, 415),
    ):
        assert (await served.post(path, body, kind, **headers)).status_code == status
    assert (await served.post(path, b" " * (MOST_BODY + 1))).status_code == 413
    async with served.client() as client:
        assert "demo.divide" not in await read(client, "mendloop://targets")


@pytest.mark.promise("mcp/read-only-cannot-change")
@pytest.mark.parametrize(
    ("options", "more"), [(["--read-only"], {}), ([], {"MENDLOOP_RECORD": "off"})]
)
async def test_where_nothing_is_to_be_kept_there_are_no_receivers(
    workspace: Path, tmp_path: Path, options: list[str], more: dict[str, str]
) -> None:
    with serving(workspace, tmp_path / "state", *options, **more) as served:
        for path in ("/v1/traces", "/v1/logs"):
            assert (await served.post(path, b"{}")).status_code == 404


async def test_what_an_exporter_sent_and_nobody_could_read_is_put_aside(
    served: Served, workspace: Path, tmp_path: Path
) -> None:
    late = span(8, startTimeUnixNano=str(10**19 - 1), endTimeUnixNano=str(10**19))
    body = dumped(request(late))
    got = await served.post("/v1/traces", body)
    assert got.json()["partialSuccess"]["rejectedSpans"] == "1"
    place = ["-w", str(workspace), "--data", str(tmp_path / "state"), "--json"]
    command = [sys.executable, "-m", "mendloop", "maintain", "--dry-run", *place]
    done = await anyio.run_process(command)
    assert json.loads(done.stdout)["quarantined"] == 1
