"""The receivers, spoken to over a real socket, in front of a real house."""

import gzip
import json
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import anyio
import httpx2
import pytest
from opentelemetry import trace
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from starlette.applications import Starlette
from starlette.types import ASGIApp
from typing_extensions import override

from mendloop.app.record import Recorded, RefusedRecord
from mendloop.bootstrap import House
from mendloop.core.record.otlp_protobuf import traces_of
from mendloop.errors import Conflict, InvalidInput, Unavailable
from mendloop.interfaces.listening.binding import Binding
from mendloop.interfaces.mcp.door import Door, security
from mendloop.interfaces.mcp.door import application as whole
from mendloop.interfaces.mcp.otlp import LOGS_PATH, TRACES_PATH, otlp_routes
from mendloop.interfaces.mcp.otlp_wire import Limits
from mendloop.interfaces.mcp.server import build_server
from mendloop.interfaces.mcp.transport import serve_application
from mendloop.model.execution import Outcome
from mendloop.model.ids import TargetName
from tests.adapters.importers.encode import encoded
from tests.adapters.importers.hostile import (
    BAD_SPANS,
    NOON,
    OTLP_JSON,
    OTLP_PROTOBUF,
    WHOLE,
    Hostile,
    dumped,
    log,
    log_message,
    logged,
    message,
    nested,
    request,
    span,
)

pytestmark = pytest.mark.anyio

JSON = "application/json"
PROTOBUF = "application/x-protobuf"
TOKEN = "a-token-for-the-tests"  # noqa: S105  a test's own
DIVIDE = TargetName("demo.divide")
Posts = Callable[..., Awaitable[httpx2.Response]]


@asynccontextmanager
async def receiving(keep: Any, *, house: House | None = None, **how: Any) -> AsyncGenerator[str]:
    """The URL of a server with nothing but the receivers, for the length of the block.

    With a house, of a whole one behind the door, for whoever has the token.
    """
    up = anyio.Event()
    urls: list[str] = []

    def application(port: int) -> ASGIApp:
        if house is not None:
            server = build_server(house.loop)
            binding = Binding(host="127.0.0.1", token=TOKEN)
            door = Door(doorkeeper=house.doorkeeper)
            return whole(server, binding, port, door, lambda who: otlp_routes(keep, security=who))
        guarded = security("127.0.0.1", port, ())
        return Starlette(routes=otlp_routes(keep, security=guarded, **how))

    def ready(url: str) -> None:
        urls.append(url.removesuffix("/mcp"))
        up.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(partial(serve_application, application, "127.0.0.1", 0, ready=ready))
        with anyio.fail_after(10):
            await up.wait()
        yield urls[0]
        tasks.cancel_scope.cancel()


def keeping(house: House) -> Callable[[Sequence[object], str], Awaitable[Recorded]]:
    async def keep(records: Sequence[object], path: str) -> Recorded:
        assert path in {TRACES_PATH, LOGS_PATH}
        return await house.loop.recorder.record(records)

    return keep


@pytest.fixture
async def post(house: House) -> AsyncGenerator[Posts]:
    """Sends one body to a server before the house."""
    async with receiving(keeping(house)) as url, httpx2.AsyncClient() as http:

        async def send(
            path: str, body: bytes | Iterator[bytes], kind: str = JSON, **headers: str
        ) -> httpx2.Response:
            named = {key.replace("_", "-"): value for key, value in headers.items()}
            return await http.post(
                url + path, content=body, headers={"content-type": kind, **named}
            )

        yield send


async def outcomes(house: House, target: TargetName = DIVIDE) -> list[Outcome]:
    rows = await house.loop.recorder.history.recent(target, limit=1_000)
    return [row.execution.outcome for row in reversed(rows)]


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        (TRACES_PATH, dumped(request(span(1))), JSON),
        (TRACES_PATH, WHOLE, PROTOBUF),
        (LOGS_PATH, dumped(logged(log())), JSON),
        (LOGS_PATH, log_message(), PROTOBUF),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
async def test_what_comes_is_kept_in_either_encoding(
    post: Posts, house: House, path: str, body: bytes, kind: str, *, packed: bool
) -> None:
    coding = {"content_encoding": "gzip"} if packed else {}
    answer = b"{}" if kind == JSON else b""
    got = await post(path, gzip.compress(body, mtime=0) if packed else body, kind, **coding)
    assert (got.status_code, got.headers["content-type"], got.content) == (200, kind, answer)
    assert await outcomes(house) == [Outcome.OK]


@pytest.mark.promise("import/one-call-is-one-execution")
async def test_a_request_that_is_sent_again_changes_nothing(post: Posts, house: House) -> None:
    for _ in range(3):
        assert (await post(TRACES_PATH, dumped(request(span(1), span(2))))).status_code == 200
        assert (await post(TRACES_PATH, message().SerializeToString(), PROTOBUF)).status_code == 200
    assert len(await outcomes(house)) == 3


@pytest.mark.parametrize("kind", [f"{JSON}; charset=utf-8", "APPLICATION/JSON", f"{JSON} ;x=y"])
async def test_the_content_type_may_have_parameters(post: Posts, kind: str) -> None:
    assert (await post(TRACES_PATH, b"{}", kind)).status_code == 200


@pytest.mark.parametrize(
    ("body", "kind"), [(b"{}", JSON), (b"", PROTOBUF), (b'{"resourceSpans":[]}', JSON)]
)
async def test_an_empty_request_is_accepted(post: Posts, body: bytes, kind: str) -> None:
    assert (await post(TRACES_PATH, body, kind)).status_code == 200


async def test_what_cannot_be_read_is_counted_and_the_rest_is_kept(
    post: Posts, house: House
) -> None:
    bad, why = BAD_SPANS["trace-id-short"]
    late = span(8, startTimeUnixNano=str(NOON * 2))
    got = await post(TRACES_PATH, dumped(request(span(1), bad, late, span(2))))
    partial_success = got.json()["partialSuccess"]
    assert (got.status_code, partial_success["rejectedSpans"]) == (200, "2")
    assert why in partial_success["errorMessage"]
    assert "future" in partial_success["errorMessage"]
    assert len(await outcomes(house)) == 2


async def test_the_count_is_in_protobuf_where_the_request_was(post: Posts, house: House) -> None:
    body = message(lambda each: setattr(each, "trace_id", b"x")).SerializeToString()
    got = await post(TRACES_PATH, body, PROTOBUF)
    answer = ExportTraceServiceResponse.FromString(got.content)
    assert (got.status_code, answer.partial_success.rejected_spans) == (200, 1)
    assert "traceId must be" in answer.partial_success.error_message
    assert len(await outcomes(house)) == 2


async def test_refused_log_records_are_counted_too(post: Posts) -> None:
    late = {**log(), "timeUnixNano": str(NOON * 2)}
    got = await post(LOGS_PATH, dumped(logged(late)))
    assert got.json()["partialSuccess"]["rejectedLogRecords"] == "1"
    body = log_message(tool_input='{"": 1}')
    got = await post(LOGS_PATH, body, PROTOBUF)
    answer = ExportLogsServiceResponse.FromString(got.content)
    assert answer.partial_success.rejected_log_records == 1


@pytest.mark.parametrize(
    ("path", "body", "kind", "coding", "status"),
    [
        (TRACES_PATH, b"{", JSON, "identity", 400),
        (TRACES_PATH, b"", JSON, "identity", 400),
        (TRACES_PATH, b"[]", JSON, "identity", 400),
        (TRACES_PATH, nested(100_000), JSON, "identity", 400),
        (TRACES_PATH, b"\xff", PROTOBUF, "identity", 400),
        (LOGS_PATH, b"\xff", PROTOBUF, "identity", 400),
        (TRACES_PATH, b"{}", "text/plain", "identity", 415),
        (TRACES_PATH, b"{}", "", "identity", 415),
        (TRACES_PATH, b"{}", JSON, "br", 415),
        (TRACES_PATH, b"{}", JSON, "gzip, gzip", 415),
        (TRACES_PATH, b"{}", JSON, "gzip", 400),
        (TRACES_PATH, gzip.compress(b"{}", mtime=0)[:-3], JSON, "gzip", 400),
        (TRACES_PATH, gzip.compress(b"{}", mtime=0) + b"x", JSON, "gzip", 400),
        (TRACES_PATH, gzip.compress(b"", mtime=0) * 99, JSON, "gzip", 400),
        (TRACES_PATH, b" " * ((8 << 20) + 1), JSON, "identity", 413),
        (TRACES_PATH, gzip.compress(b" " * (17 << 20), mtime=0), JSON, "gzip", 413),
    ],
)
async def test_what_is_malformed_is_refused_whole(
    post: Posts, path: str, body: bytes, kind: str, coding: str, status: int
) -> None:
    got = await post(path, body, kind, content_encoding=coding)
    assert got.status_code == status
    if kind == PROTOBUF:
        assert got.headers["content-type"] == PROTOBUF
        assert got.content[:2] == b"\x08\x03"
        assert b"in protobuf." in got.content
    else:
        assert got.headers["content-type"] == JSON
        assert set(got.json()) == {"code", "message"}
        assert got.json()["message"].endswith((".", "batches."))


async def test_a_body_without_end_is_left_when_it_is_too_large(house: House) -> None:
    async def endless() -> AsyncGenerator[bytes]:
        while True:
            yield b" " * 100_000

    limits = Limits(packed=1_000_000)
    async with receiving(keeping(house), limits=limits) as url, httpx2.AsyncClient() as http:
        with anyio.fail_after(10), pytest.raises(httpx2.TransportError):
            await http.post(url + TRACES_PATH, content=endless(), headers={"content-type": JSON})


async def test_a_body_that_does_not_come_is_not_waited_for(house: House) -> None:
    async with receiving(keeping(house), limits=Limits(seconds=0.05)) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        head = f"POST {TRACES_PATH} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: {JSON}\r\n"
        with anyio.fail_after(10):
            async with await anyio.connect_tcp(host, int(port)) as stream:
                await stream.send(f"{head}Content-Length: 9\r\n\r\n{{".encode())
                answer = b"".join([part async for part in stream])
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"The body did not come in time." in answer


async def test_a_client_that_leaves_in_the_middle_harms_nobody(house: House) -> None:
    async with receiving(keeping(house), limits=Limits(at_once=1)) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        head = f"POST {TRACES_PATH} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: {JSON}\r\n"
        async with await anyio.connect_tcp(host, int(port)) as stream:
            await stream.send(f"{head}Content-Length: 9\r\n\r\n{{".encode())
        with anyio.fail_after(10):
            async with httpx2.AsyncClient() as http:
                status = 503
                while status == 503:  # until the server has seen that the first is gone
                    headers = {"content-type": JSON}
                    got = await http.post(url + TRACES_PATH, content=b"{}", headers=headers)
                    status = got.status_code
    assert status == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
async def test_only_post_is_answered(house: House, method: str) -> None:
    async with receiving(keeping(house)) as url, httpx2.AsyncClient() as http:
        got = await http.request(method, url + TRACES_PATH)
    assert (got.status_code, got.headers["allow"]) == (405, "POST")


@pytest.mark.promise("http/receivers-are-guarded")
@pytest.mark.parametrize("path", [TRACES_PATH, LOGS_PATH])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"authorization": f"Bearer {TOKEN}"}, 200),
        ({}, 401),
        ({"authorization": f"Bearer {TOKEN}x"}, 401),
        ({"authorization": f"Bearer {TOKEN}", "host": "evil.example"}, 421),
        ({"authorization": f"Bearer {TOKEN}", "origin": "http://evil.example"}, 403),
    ],
)
async def test_only_who_may_speak_to_the_server_may_export_to_it(
    house: House, path: str, headers: dict[str, str], status: int
) -> None:
    async with receiving(keeping(house), house=house) as url, httpx2.AsyncClient() as http:
        got = await http.post(url + path, content=b"{}", headers={"content-type": JSON, **headers})
    assert got.status_code == status


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Unavailable("The disk is full.", hint="x"), 503),
        (Conflict("Somebody else writes.", hint="x"), 503),
        (InvalidInput("No.", hint="x"), 400),
    ],
)
async def test_a_client_is_told_whether_to_come_again(error: Exception, status: int) -> None:
    async def fail(_records: Sequence[object], _path: str) -> Recorded:
        raise error

    async with receiving(fail) as url, httpx2.AsyncClient() as http:
        got = await http.post(
            url + TRACES_PATH, content=dumped(request(span(1))), headers={"content-type": JSON}
        )
    assert got.status_code == status
    assert ("retry-after" in got.headers) == (status == 503)


async def test_too_many_requests_at_one_time_are_sent_away() -> None:
    entered, leave = anyio.Event(), anyio.Event()

    async def wait(_records: Sequence[object], _path: str) -> Recorded:
        entered.set()
        await leave.wait()
        return Recorded(ids=(), new=0, refused=())

    body, headers = dumped(request(span(1))), {"content-type": JSON}
    codes: list[int] = []
    busy: list[httpx2.Response] = []

    async with receiving(wait, limits=Limits(at_once=1)) as url, httpx2.AsyncClient() as http:

        async def send() -> None:
            codes.append(
                (await http.post(url + TRACES_PATH, content=body, headers=headers)).status_code
            )

        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(send)
                await entered.wait()
                busy += [await http.post(url + TRACES_PATH, content=body, headers=headers)]
                leave.set()
            again = await http.post(url + TRACES_PATH, content=body, headers=headers)
    assert [(got.status_code, got.headers["retry-after"]) for got in busy] == [(503, "5")]
    assert (codes, again.status_code) == ([200], 200)


async def test_refused_records_count_as_many_spans_as_they_were_made_of() -> None:
    async def refuse(_records: Sequence[object], _path: str) -> Recorded:
        return Recorded(ids=(), new=0, refused=(RefusedRecord(position=0, reason="No."),))

    sent = span(1, kind=3)
    ran = span(2, parentSpanId=sent["spanId"])
    async with receiving(refuse) as url, httpx2.AsyncClient() as http:
        got = await http.post(
            url + TRACES_PATH, content=dumped(request(sent, ran)), headers={"content-type": JSON}
        )
    assert got.json() == {"partialSuccess": {"rejectedSpans": "2", "errorMessage": "No."}}


@pytest.mark.promise("import/one-bad-record-spoils-no-other")
@pytest.mark.parametrize(
    ("corpus", "kind"), [(OTLP_JSON, JSON), (OTLP_PROTOBUF, PROTOBUF)], ids=["json", "protobuf"]
)
async def test_every_hostile_request_is_answered_and_good_spans_are_kept(
    post: Posts, house: House, corpus: tuple[Hostile, ...], kind: str
) -> None:
    for case in corpus:
        got = await post(TRACES_PATH, case.data, kind)
        assert got.status_code in {200, 400}, case.name
        text = got.content.decode("utf-8", "replace")
        if case.says and kind == JSON:
            assert any(says in text for says in case.says.split("|")) or (got.status_code == 400), (
                case.name
            )
        assert "\\u001b" not in text
    assert (await post(TRACES_PATH, dumped(request(span(0xFF))))).status_code == 200
    kept = {
        row.execution.id for row in await house.loop.recorder.history.recent(DIVIDE, limit=1_000)
    }
    assert {1, 2, 0xFF} <= {int(each.split("-")[2], 16) for each in kept if each.startswith("o-")}


async def test_a_request_may_be_cut_at_any_byte(post: Posts, house: House) -> None:
    body = WHOLE
    for end in range(1, len(body)):
        assert (await post(TRACES_PATH, body[:end], PROTOBUF)).status_code == 400
    packed = gzip.compress(dumped(request(span(1))), mtime=0)
    for end in range(len(packed)):
        cut = await post(TRACES_PATH, packed[:end], JSON, content_encoding="gzip")
        assert cut.status_code == 400
    assert await outcomes(house) == []


class HttpExporter(SpanExporter):
    """Exports spans of the SDK as its own exporter does, one request for each batch."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    @override
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.bodies.append(encoded(spans))
        return SpanExportResult.SUCCESS


@pytest.mark.parametrize("kind", [JSON, PROTOBUF])
async def test_what_the_sdk_of_opentelemetry_exports_is_kept(
    post: Posts, house: House, kind: str
) -> None:
    exporter = HttpExporter()
    provider = TracerProvider(resource=Resource({"service.name": "demo"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("a-tool-server")
    known = {"mcp.method.name": "tools/call", "gen_ai.tool.name": "divide"}
    arguments = {"gen_ai.tool.call.arguments": json.dumps({"a": 1, "b": 0})}
    with (
        pytest.raises(ZeroDivisionError),
        tracer.start_as_current_span(
            "tools/call divide", kind=trace.SpanKind.SERVER, attributes=known | arguments
        ),
    ):
        print(1 / 0)  # noqa: T201  never printed
    (body,) = exporter.bodies
    assert ExportTraceServiceRequest.FromString(body).resource_spans
    sent = body if kind == PROTOBUF else dumped(traces_of(body))
    got = await post(TRACES_PATH, zlib.compress(sent, wbits=31), kind, content_encoding="gzip")
    assert got.status_code == 200
    (row,) = await house.loop.recorder.history.recent(DIVIDE, limit=10)
    error = row.execution.error
    assert error is not None
    assert (error.type, error.message) == ("ZeroDivisionError", "division by zero")
    assert error.frames[-1].function == test_what_the_sdk_of_opentelemetry_exports_is_kept.__name__
    assert row.execution.kwargs == {"a": 1, "b": 0}
    assert row.execution.seconds > 0
