"""The proxy before real HTTP servers."""

import http.client
import json
import os
import re
import signal
import socket
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.interfaces.proxy.seen import spooled
from tests.interfaces.proxy.wire import PATIENCE, SERVER, Start, pipes

EVERYWHERE = "0.0.0.0"  # noqa: S104  refused
KEY = "io.modelcontextprotocol/"
SEALED = re.compile(rb'"requestState":"[^"]*"')
ACCEPT = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
VARYING = {"date", "mcp-session-id", "transfer-encoding", "connection", "server"}
"""Headers that differ from run to run, or belong to a connection."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Of a JSON body, or of its events."""
        if self.headers.get("content-type", "").startswith("application/json"):
            return [json.loads(self.body)]
        lines = self.body.splitlines()
        return [json.loads(line[6:]) for line in lines if line.startswith(b"data: {")]

    def fixed(self) -> tuple[int, dict[str, str], bytes]:
        """What must be the same with and without the proxy."""
        kept = {name: value for name, value in self.headers.items() if name not in VARYING}
        body = SEALED.sub(b"", self.body)
        if body != self.body:
            kept.pop("content-length", None)
        return self.status, kept, body


class Web:
    """A client that keeps every byte."""

    def __init__(self, url: str) -> None:
        self.url = urlsplit(url)
        self.headers: dict[str, str] = {}
        self.heard: list[Answer] = []

    def send(self, method: str, body: bytes | None = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(self.connection()) as wire:
            wire.request(method, self.url.path, body, {**ACCEPT, **self.headers, **named})
            got = wire.getresponse()
            answer = Answer(
                got.status, {name.lower(): value for name, value in got.getheaders()}, got.read()
            )
        self.heard.append(answer)
        return answer

    def connection(self) -> http.client.HTTPConnection:
        assert self.url.hostname is not None
        return http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=PATIENCE)

    def ask(self, method: str, id_: int, **params: Any) -> Answer:
        named = {"Mcp-Method": method}
        if "name" in params:
            named["Mcp-Name"] = params["name"]
        body = {"jsonrpc": "2.0", "id": id_, "method": method, "params": params}
        return self.send("POST", json.dumps(body).encode(), **named)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def up(port: int) -> None:
    """Wait until somebody listens; the test's own time limit bounds it."""
    while True:
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return


@pytest.fixture
def behind(started: Start, tmp_path: Path) -> str:
    """The URL of the server itself."""
    port = free_port()
    started([*SERVER, str(port)], tmp_path / "server")
    up(port)
    return f"http://127.0.0.1:{port}/mcp"


def before(started: Start, state: Path, *arguments: str, **more: str) -> tuple[Any, str]:
    """A proxy, and its URL."""
    command = [sys.executable, "-P", "-m", "mendloop.interfaces.proxy", *arguments]
    process = started(command, state, **more)
    _, out, _ = pipes(process)
    return process, out.readline().decode().strip()


def ended(process: Any) -> None:
    """End a proxy, so that all it saw is in the spool."""
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0


def common(web: Web, meta: dict[str, Any]) -> None:
    web.ask("tools/list", 1, _meta=meta)
    use = {"claudecode/toolUseId": "toolu_7"}
    web.ask("tools/call", 2, name="add", arguments={"a": 1, "b": 2}, _meta={**meta, **use})
    web.ask("tools/call", 3, name="refuse", arguments={"coupon": "x"}, _meta=meta)
    web.ask("tools/call", 5, name="report", arguments={}, _meta={**meta, "progressToken": "p"})
    web.ask("resources/read", 7, uri="shop://prices", _meta=meta)
    web.ask("no/such", 9, _meta=meta)
    web.send("POST", b'{"broken')
    web.send("OPTIONS")
    web.send("PUT", b"x")


def older(web: Web) -> None:
    """2025-11-25, with a session."""
    client = {"name": "older", "version": "1"}
    hello = web.ask(
        "initialize",
        0,
        protocolVersion="2025-11-25",
        capabilities={"elicitation": {}},
        clientInfo=client,
    )
    web.headers["mcp-session-id"] = hello.headers["mcp-session-id"]
    web.headers["mcp-protocol-version"] = "2025-11-25"
    web.send("POST", b'{"jsonrpc":"2.0","method":"notifications/initialized"}')
    common(web, {})
    order = {"name": "order", "arguments": {"item": "a"}}
    body = {"jsonrpc": "2.0", "id": 20, "method": "tools/call", "params": order}
    with closing(web.connection()) as wire:
        wire.request("POST", web.url.path, json.dumps(body), {**ACCEPT, **web.headers})
        events = wire.getresponse()
        heard = b""
        while b"elicitation/create" not in heard:  # the question streams in before the answer
            heard += events.readline()
        asked = json.loads(heard[heard.rindex(b"data: ") + 6 :])
        reply = {"action": "accept", "content": {"colour": "red"}}
        web.send(
            "POST", json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": reply}).encode()
        )
        heard += events.read()
    web.heard.append(Answer(200, {}, heard))
    web.send("DELETE")
    web.ask("tools/list", 30)


def newer(web: Web) -> None:
    """2026-07-28, without one."""
    meta: dict[str, Any] = {
        f"{KEY}protocolVersion": "2026-07-28",
        f"{KEY}clientInfo": {"name": "newer", "version": "1"},
        f"{KEY}clientCapabilities": {"elicitation": {"form": {}}},
    }
    web.headers["mcp-protocol-version"] = "2026-07-28"
    web.ask("server/discover", 0, _meta=meta)
    common(web, meta)
    call: dict[str, Any] = {"name": "order", "arguments": {"item": "a"}, "_meta": meta}
    asked = web.ask("tools/call", 20, **call).messages[-1]["result"]
    (key,) = asked["inputRequests"]
    answers = {key: {"action": "accept", "content": {"colour": "red"}}}
    web.ask("tools/call", 21, **call, inputResponses=answers, requestState=asked["requestState"])
    web.send("GET")


@pytest.mark.slow
@pytest.mark.promise("proxy/relays-unchanged")
@pytest.mark.parametrize("era", [older, newer], ids=["2025-11-25", "2026-07-28"])
def test_with_the_proxy_every_answer_is_as_without(
    era: Any, started: Start, behind: str, tmp_path: Path
) -> None:
    process, url = before(started, tmp_path / "state", behind)
    direct, through = Web(behind), Web(url)
    era(direct)
    era(through)
    hidden = re.compile(rb'"(?:requestId|id)":"[0-9a-f-]{32,36}"|id: [0-9a-f-]+')
    plain = [
        [
            (status, names, hidden.sub(b"", body))
            for status, names, body in (a.fixed() for a in web.heard)
        ]
        for web in (direct, through)
    ]
    assert plain[0] == plain[1]
    ended(process)
    records = spooled(tmp_path / "state")
    assert [(each["target"], each["outcome"]) for each in records] == [
        ("shop.add", "ok"),
        ("shop.refuse", "error"),
        ("shop.report", "ok"),
        ("shop.order", "ok"),
    ]
    assert (records[0]["id"], records[0]["result"]) == ("t-toolu_7", {"result": 3})
    assert records[3]["result"] == {"result": "a in red"}
    assert {each["caller"] for each in records} == {era.__name__}
    session = through.headers.get("mcp-session-id", "none")
    assert session not in json.dumps(records)


PARROT = r"""
import gzip, re, socket, sys
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    wire, _ = listener.accept()
    head = b""
    while b"\r\n\r\n" not in head:
        head += wire.recv(65536)
    head, _, rest = head.partition(b"\r\n\r\n")
    length = int(re.search(rb"content-length: *(\d+)", head, re.I)[1])
    while len(rest) < length:
        rest += wire.recv(65536)
    head += b"\r\n\r\n"
    sys.stderr.buffer.write(head.replace(b"\r\n\r\n", b"\r\n--\r\n").partition(b"--")[0] + b"--\n")
    sys.stderr.buffer.flush()
    way = head.split(b" ")[1]
    body = b'{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"y"}]}}'
    if way.startswith(b"/gzip"):
        body = gzip.compress(body)
        wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
                     b"X-Two: a\r\nX-Two: b\r\nSet-Cookie: s=1\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\n"
                     b"Content-Length: %d\r\n\r\n" % len(body) + body)
    elif way.startswith(b"/odd"):
        wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: odd\r\n"
                     b"Content-Length: 3\r\nConnection: close\r\n\r\nodd")
    elif way.startswith(b"/dies"):
        wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 99\r\n\r\n: x\n")
    elif way.startswith(b"/503"):
        wire.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbusy")
    elif way.startswith(b"/404"):
        wire.sendall(b"HTTP/1.1 404 Gone\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    elif way.startswith(b"/slow"):
        wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                     b"Transfer-Encoding: chunked\r\n\r\n5\r\n: up\n\r\n")
        sys.stderr.buffer.write(b"left %d\n" % len(wire.recv(1)))
        sys.stderr.buffer.flush()
    wire.close()
"""
CALL = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pay"}}'


@pytest.fixture
def parrot(started: Start, tmp_path: Path) -> tuple[Any, str]:
    """A server that answers as its path says, and where it is."""
    process = started([sys.executable, "-c", PARROT], tmp_path / "parrot")
    _, out, err = pipes(process)
    return err, f"http://127.0.0.1:{int(out.readline())}"


def heard_by(err: Any) -> list[bytes]:
    """The head of the next request, as the server got it."""
    lines: list[bytes] = []
    while (line := err.readline().rstrip(b"\r\n")) != b"--":
        lines.append(line)
    return lines


def test_headers_pass_but_those_of_the_connection(
    parrot: tuple[Any, str], started: Start, tmp_path: Path
) -> None:
    err, server = parrot
    process, url = before(started, tmp_path / "s", "--name", "bank", f"{server}/gzip?key=k")
    assert url.endswith("/gzip")
    web = Web(url)
    answer = web.send(
        "POST",
        CALL,
        Authorization="Bearer theirs",
        X_Odd="1",
        Connection="close, x-gone",
        X_Gone="1",
    )
    request, *headers = heard_by(err)
    assert request == b"POST /gzip?key=k HTTP/1.1"
    sent = {name.lower(): value for name, _, value in (each.partition(b": ") for each in headers)}
    assert sent[b"host"] == urlsplit(server).netloc.encode()
    assert (sent[b"authorization"], sent[b"x-odd"]) == (b"Bearer theirs", b"1")
    assert b"x-gone" not in sent
    assert b"user-agent" not in sent
    assert sent[b"content-length"] == str(len(CALL)).encode()
    assert answer.body[:2] == b"\x1f\x8b"
    names = set(answer.headers)
    assert {"content-encoding", "x-two", "set-cookie"} <= names
    assert not {"x-hop", "server", "date"} & names
    ended(process)
    (record,) = spooled(tmp_path / "s")
    assert (record["target"], record["outcome"], record["result"]) == ("bank.pay", "ok", "y")


@pytest.mark.parametrize(
    ("way", "status", "error"),
    [
        ("/503", 503, "HttpError 503"),
        ("/404", 404, None),
        ("/odd", 200, None),
        ("/nothing", 502, "ServerDied"),
    ],
)
def test_what_becomes_of_a_call_that_is_not_answered(
    way: str,
    status: int,
    error: str | None,
    parrot: tuple[Any, str],
    started: Start,
    tmp_path: Path,
) -> None:
    process, url = before(started, tmp_path / "s", f"{parrot[1]}{way}")
    assert Web(url).send("POST", CALL).status == status
    ended(process)
    assert [each["error"]["type"] for each in spooled(tmp_path / "s")] == ([error] if error else [])


def test_an_answer_that_breaks_off_breaks_off_here_too(
    parrot: tuple[Any, str], started: Start, tmp_path: Path
) -> None:
    process, url = before(started, tmp_path / "s", f"{parrot[1]}/dies")
    with pytest.raises(http.client.IncompleteRead):
        Web(url).send("POST", CALL)
    ended(process)
    assert [each["error"]["type"] for each in spooled(tmp_path / "s")] == ["ServerDied"]


@pytest.mark.promise("proxy/cancelled-is-no-failure")
def test_a_client_that_leaves_is_left_by_the_proxy_too(
    parrot: tuple[Any, str], started: Start, tmp_path: Path
) -> None:
    err, server = parrot
    process, url = before(started, tmp_path / "s", f"{server}/slow")
    web = Web(url)
    with closing(web.connection()) as wire:
        wire.request("POST", web.url.path, CALL, ACCEPT)
        assert wire.getresponse().readline() == b": up\n"  # nothing is held back
    heard_by(err)
    assert err.readline() == b"left 0\n"
    ended(process)
    assert spooled(tmp_path / "s") == []


def test_a_server_that_is_not_there_is_a_bad_gateway(started: Start, tmp_path: Path) -> None:
    process, url = before(started, tmp_path / "s", f"http://127.0.0.1:{free_port()}/mcp")
    assert Web(url).send("POST", CALL).status == 502
    ended(process)
    assert [each["error"]["type"] for each in spooled(tmp_path / "s")] == ["ServerDied"]


@pytest.mark.promise("proxy/pages-cannot-reach-it")
def test_other_hosts_and_origins_are_refused_before_the_server_hears_of_them(
    parrot: tuple[Any, str], started: Start, tmp_path: Path
) -> None:
    _, url = before(started, tmp_path / "s", f"{parrot[1]}/404")
    web = Web(url)
    assert web.send("POST", CALL, Host="evil.example").status == 421
    assert web.send("POST", CALL, Origin="http://evil.example").status == 403
    assert web.send("POST", CALL, Origin="null").status == 403
    assert web.send("POST", CALL, Origin=f"http://{web.url.netloc}").status == 404
    assert web.send("POST", CALL, Host=f"LOCALHOST:{web.url.port}").status == 404


def test_where_there_is_a_token_it_is_needed_and_goes_no_further(
    parrot: tuple[Any, str], started: Start, tmp_path: Path
) -> None:
    err, server = parrot
    token = "T" * 20
    _, url = before(started, tmp_path / "s", f"{server}/404", MENDLOOP_PROXY_TOKEN=token)
    web = Web(url)
    assert web.send("POST", CALL).status == 407
    assert web.send("POST", CALL, Proxy_Authorization="Bearer wrong").status == 407
    assert web.send("POST", CALL, Proxy_Authorization=f"Bearer {token}").status == 404
    assert b"TTTT" not in b"".join(heard_by(err))


@pytest.mark.promise("proxy/not-open-to-the-network")
@pytest.mark.parametrize(
    ("host", "environment", "said"),
    [
        (EVERYWHERE, {}, b"there is no token"),
        ("192.0.2.1", {}, b"there is no token"),
        ("127.0.0.1", {"MENDLOOP_PROXY_TOKEN": "short"}, b"16 is the least"),
        (EVERYWHERE, {"MENDLOOP_PROXY_TOKEN": "T" * 20}, b"names no host"),
    ],
)
def test_it_refuses_to_be_reached_by_strangers(
    host: str, environment: dict[str, str], said: bytes, started: Start, tmp_path: Path
) -> None:
    arguments = ["--http", f"{host}:0", "http://127.0.0.1:9/mcp"]
    command = [sys.executable, "-P", "-m", "mendloop.interfaces.proxy", *arguments]
    process = started(command, tmp_path / "s", **environment)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert said in err


def test_a_large_body_streams_through_both_ways(started: Start, tmp_path: Path) -> None:
    code = (
        "import http.server as h, sys\n"
        "class E(h.BaseHTTPRequestHandler):\n"
        "    protocol_version = 'HTTP/1.1'\n"
        "    def log_message(self, *a): pass\n"
        "    def do_POST(self):\n"
        "        n = int(self.headers['content-length']); body = self.rfile.read(n)\n"
        "        self.send_response(200); self.send_header('Content-Length', str(n))\n"
        "        self.end_headers(); self.wfile.write(body)\n"
        "s = h.HTTPServer(('127.0.0.1', 0), E); print(s.server_port, flush=True); s.serve_forever()\n"
    )
    echo = started([sys.executable, "-c", code], tmp_path)
    port = int(pipes(echo)[1].readline())
    process, url = before(started, tmp_path / "s", f"http://127.0.0.1:{port}/mcp")
    sent = os.urandom(9_000_000)
    assert Web(url).send("POST", sent).body == sent
    ended(process)


@contextmanager
def taken() -> Generator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_an_address_that_is_taken_is_told(started: Start, tmp_path: Path) -> None:
    with taken() as port:
        arguments = ["--http", f"127.0.0.1:{port}", "http://127.0.0.1:9/mcp"]
        command = [sys.executable, "-P", "-m", "mendloop.interfaces.proxy", *arguments]
        process = started(command, tmp_path / "s")
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert b"cannot be bound: Address already in use" in err
