"""The relay over standard input and output, before real servers."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.interfaces.proxy.corpus import FROM_CLIENT, FROM_SERVER
from tests.interfaces.proxy.seen import spooled
from tests.interfaces.proxy.wire import PATIENCE, SERVER, Start, Wire, pipes, proxied

_KEY = "io.modelcontextprotocol/"
_SEALED = re.compile(rb'"requestState":"[^"]*"')
"""The server seals it with a key and a nonce of its own, so that no two are the same."""


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def older(wire: Wire) -> None:
    """Everything of 2025-11-25."""
    wire.ask(
        "initialize",
        0,
        protocolVersion="2025-11-25",
        capabilities={"elicitation": {}},
        clientInfo={"name": "older", "version": "1"},
    )
    wire.say({"method": "notifications/initialized"})
    common(wire, {})
    wire.say(
        {"id": 20, "method": "tools/call", "params": {"name": "order", "arguments": {"item": "a"}}}
    )
    asked = wire.until(lambda message: message.get("method") == "elicitation/create")
    wire.say({"id": asked["id"], "result": {"action": "accept", "content": {"colour": "red"}}})
    wire.until(lambda message: message.get("id") == 20)


def newer(wire: Wire) -> None:
    """Everything of 2026-07-28."""
    meta: dict[str, Any] = {
        f"{_KEY}protocolVersion": "2026-07-28",
        f"{_KEY}clientInfo": {"name": "newer", "version": "1"},
        f"{_KEY}clientCapabilities": {"elicitation": {"form": {}}},
    }
    wire.ask("server/discover", 0, _meta=meta)
    common(wire, meta)
    call: dict[str, Any] = {"name": "order", "arguments": {"item": "a"}, "_meta": meta}
    asked = wire.ask("tools/call", 20, **call)["result"]
    (key,) = asked["inputRequests"]
    answers = {key: {"action": "accept", "content": {"colour": "red"}}}
    wire.ask("tools/call", 21, **call, inputResponses=answers, requestState=asked["requestState"])


def common(wire: Wire, meta: dict[str, Any]) -> None:
    wire.ask("tools/list", 1, _meta=meta)
    use = {"claudecode/toolUseId": "toolu_7"}
    wire.ask("tools/call", "two", name="add", arguments={"a": 1, "b": 2}, _meta={**meta, **use})
    wire.ask("tools/call", 3, name="refuse", arguments={"coupon": "x"}, _meta=meta)
    wire.ask("tools/call", 4, name="add", arguments={"a": "one"}, _meta=meta)
    wire.ask("tools/call", 5, name="report", arguments={}, _meta={**meta, "progressToken": "p"})
    wire.ask("resources/list", 6, _meta=meta)
    wire.ask("resources/read", 7, uri="shop://prices", _meta=meta)
    wire.ask("resources/read", 8, uri="shop://none", _meta=meta)
    wire.ask("no/such", 9, _meta=meta)
    params = {"name": "wait", "arguments": {}, "_meta": meta}
    wire.say({"id": 10, "method": "tools/call", "params": params})
    wire.say({"method": "notifications/cancelled", "params": {"requestId": 10, "_meta": meta}})
    wire.ask("tools/call", 11, name="add", arguments={"a": 2, "b": 2}, _meta=meta)


@pytest.mark.slow
@pytest.mark.promise("proxy/relays-unchanged")
@pytest.mark.parametrize("era", [older, newer], ids=["2025-11-25", "2026-07-28"])
def test_with_the_proxy_every_byte_is_as_without(started: Start, era: Any, tmp_path: Path) -> None:
    heard: list[list[bytes]] = []
    for command in (SERVER, proxied(*SERVER)):
        wire = Wire(started(command, tmp_path))
        era(wire)
        assert wire.close() == 0
        heard.append([_SEALED.sub(b"", line) for line in wire.heard])
    assert heard[0] == heard[1]
    records = spooled(tmp_path)
    assert [(each["target"], each["outcome"]) for each in records] == [
        ("shop.add", "ok"),
        ("shop.refuse", "error"),
        ("shop.add", "error"),
        ("shop.report", "ok"),
        ("shop.add", "ok"),
        ("shop.order", "ok"),
    ]
    assert records[0]["id"] == "t-toolu_7"
    assert records[0]["kwargs"] == {"a": 1, "b": 2}
    assert records[0]["result"] == {"result": 3}
    assert "No coupon 'x' \u00fc\u4e16." in records[1]["error"]["message"]
    assert records[5]["result"] == {"result": "a in red"}
    assert {each["caller"] for each in records} == {era.__name__}
    assert len({each["session"] for each in records}) == 1


PARROT = """
import json, sys
corpus = open(sys.argv[1], "rb").read().split(b"\\0\\0END\\0\\0")
out = sys.stdout.buffer
with open(sys.argv[2], "wb") as heard:
    for line in sys.stdin.buffer:
        heard.write(line)
        heard.flush()
        try:
            message = json.loads(line)
            name = message["params"]["name"]
        except Exception:
            continue
        if name in ("first", "last") and message["method"] == "tools/call":
            for each in corpus:
                out.write(each + b"\\n")
            answer = {"jsonrpc": "2.0", "id": message["id"], "result": {"content": []}}
            out.write(json.dumps(answer).encode() + b"\\n")
            out.flush()
"""


@pytest.mark.slow
@pytest.mark.promise("proxy/relays-unchanged")
def test_all_that_is_hostile_passes_unchanged_and_good_calls_are_still_recorded(
    started: Start,
    tmp_path: Path,
) -> None:
    corpus = tmp_path / "corpus"
    corpus.write_bytes(b"\0\0END\0\0".join(FROM_SERVER.values()))
    good = b'{"jsonrpc":"2.0","id":"%s","method":"tools/call","params":{"name":"%s"}}'
    sent = b"".join(
        line + b"\n"
        for line in (good % (b"a", b"first"), *FROM_CLIENT.values(), good % (b"z", b"last"))
    )
    answers: list[bytes] = []
    for number in (0, 1):
        bare = [*python(PARROT), str(corpus), str(tmp_path / f"heard{number}")]
        command = proxied(*bare) if number else bare
        process = started(command, tmp_path / "state")
        out, _ = process.communicate(sent, timeout=PATIENCE)
        assert process.returncode == 0
        answers.append(out)
        assert (tmp_path / f"heard{number}").read_bytes() == sent
    assert answers[0] == answers[1]
    ok = [each["target"] for each in spooled(tmp_path / "state") if each["outcome"] == "ok"]
    assert [name.partition(".")[2] for name in ok] == ["first", "last"]


def test_what_is_no_protocol_at_all_passes_both_ways(started: Start, tmp_path: Path) -> None:
    sent = os.urandom(3_000_000)
    process = started(proxied("cat"), tmp_path)
    out, err = process.communicate(sent, timeout=PATIENCE)
    assert (out == sent, err, process.returncode) == (True, b"", 0)


def test_standard_error_passes_and_the_exit_code_is_the_servers(
    started: Start, tmp_path: Path
) -> None:
    code = "import sys; sys.stderr.write('oh'); sys.exit(7)"
    process = started(proxied(*python(code)), tmp_path)
    _, err = process.communicate(timeout=PATIENCE)
    assert (err, process.returncode) == (b"oh", 7)


def test_a_server_that_is_killed_ends_the_proxy_the_same_way(
    started: Start, tmp_path: Path
) -> None:
    code = "import os; os.kill(os.getpid(), 9)"
    process = started(proxied(*python(code)), tmp_path)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGKILL


def test_a_command_that_is_not_there_is_told_with_the_shells_code(
    started: Start, tmp_path: Path
) -> None:
    process = started(proxied("./no-such-server"), tmp_path)
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (
        127,
        b"mendloop proxy: ./no-such-server cannot be started: No such file or directory.\n",
    )


CALL = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pay"}}\n'
DIES = "import sys, os; sys.stdin.readline(); os._exit(3)"
HANDLES = (
    "import signal, sys\n"
    "def told(number, frame):\n"
    "    print(number, flush=True); sys.exit(0)\n"
    "for each in (1, 2, 15): signal.signal(each, told)\n"
    "print('up', flush=True)\n"
    "signal.pause()\n"
)
STUBBORN = (
    "import os, signal, sys, time\n"
    "for each in (1, 2, 15): signal.signal(each, signal.SIG_IGN)\n"
    "print(os.getpid(), flush=True)\n"
    "if sys.stdin.readline(): print('got', flush=True)\n"
    "sys.stdin.read()\n"
    "time.sleep(600)\n"
)


def test_a_server_that_dies_in_a_call_fails_it(started: Start, tmp_path: Path) -> None:
    process = started(proxied(*python(DIES), options=["--name", "bank"]), tmp_path)
    process.communicate(CALL, timeout=PATIENCE)
    assert process.returncode == 3
    (record,) = spooled(tmp_path)
    assert (record["target"], record["error"]["type"]) == ("bank.pay", "ServerDied")
    assert "exit code 3" in record["error"]["message"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_are_passed_on(started: Start, number: signal.Signals, tmp_path: Path) -> None:
    process = started(proxied(*python(HANDLES)), tmp_path)
    _, answers, _ = pipes(process)
    assert answers.readline() == b"up\n"
    process.send_signal(number)
    out, _ = process.communicate(timeout=PATIENCE)
    assert (int(out), process.returncode) == (number, 0)


def gone(pid: int) -> bool:
    """Wait until a process has ended; the test's own time limit bounds it."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with os.fdopen(descriptor, "rb"):
        from select import poll  # noqa: PLC0415  here only

        waiting = poll()
        waiting.register(descriptor)
        return bool(waiting.poll(PATIENCE * 1000))


@pytest.mark.promise("proxy/no-orphan")
def test_a_proxy_that_is_killed_takes_the_server_with_it_and_the_open_call_is_kept(
    started: Start,
    tmp_path: Path,
) -> None:
    process = started(proxied(*python(STUBBORN), options=["--name", "bank"]), tmp_path)
    to, answers, err = pipes(process)
    server = int(answers.readline())
    to.write(CALL)
    assert answers.readline() == b"got\n"
    until_idle(process.pid)
    process.kill()
    process.wait(PATIENCE)
    assert gone(server)
    assert err.read() == b""  # the observer has it too, so that it has ended now
    (record,) = spooled(tmp_path)
    assert record["error"]["type"] == "ServerDied"


def until_idle(pid: int) -> None:
    """Wait until all threads of a process sleep, so that all it was given is written.

    The test's own time limit bounds it.
    """
    tasks = Path(f"/proc/{pid}/task")
    while {
        (each / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        for each in tasks.iterdir()
    } != {"S"}:
        pass


@pytest.mark.slow
@pytest.mark.promise("proxy/no-orphan")
def test_a_server_that_ignores_everything_is_killed_when_the_client_has_gone(
    started: Start,
    tmp_path: Path,
) -> None:
    process = started(proxied(*python(STUBBORN)), tmp_path)
    to, answers, err = pipes(process)
    server = int(answers.readline())
    to.close()
    answers.close()
    assert process.wait(PATIENCE) == -signal.SIGKILL
    assert gone(server)
    err.close()


@pytest.mark.slow
def test_a_server_that_ignores_the_end_of_its_input_is_left_to_a_client_that_is_there(
    started: Start,
    tmp_path: Path,
) -> None:
    code = "import sys, time; sys.stdin.read(); time.sleep(1.5); print('late', flush=True)"
    process = started(proxied(*python(code)), tmp_path)
    out, _ = process.communicate(timeout=PATIENCE)
    assert (out, process.returncode) == (b"late\n", 0)


def test_the_last_words_of_a_server_are_heard(started: Start, tmp_path: Path) -> None:
    code = (
        "import sys; sys.stdout.write('x' * 1_000_000); sys.stdout.flush(); import os; os._exit(5)"
    )
    process = started(proxied(*python(code)), tmp_path)
    out, _ = process.communicate(timeout=PATIENCE)
    assert (len(out), process.returncode) == (1_000_000, 5)


def test_a_client_that_does_not_read_stops_the_server_and_not_the_other_way(
    started: Start,
    tmp_path: Path,
) -> None:
    flood = (
        "import sys, threading\n"
        "def read():\n"
        "    for line in sys.stdin: sys.stderr.write(line); sys.stderr.flush()\n"
        "threading.Thread(target=read, daemon=True).start()\n"
        "for n in range(3000): sys.stdout.write('y' * 1023 + '\\n')\n"
        "sys.stdout.flush()\n"
    )
    process = started(proxied(*python(flood)), tmp_path)
    to, answers, err = pipes(process)
    for _ in range(200):  # 3 MB stand unread in the one direction; the other goes on
        to.write(b"ping\n")
        assert err.read(5) == b"ping\n"
    assert len(answers.read()) == 3000 * 1024
    assert process.wait(PATIENCE) == 0
    process.communicate()


@pytest.mark.promise("proxy/recording-never-breaks-the-relay")
def test_a_spool_that_cannot_be_written_is_told_once_and_nothing_else_changes(
    started: Start,
    tmp_path: Path,
) -> None:
    (tmp_path / "state").write_text("no folder", encoding="utf-8")
    code = 'import sys\nfor n in (1, 2):\n sys.stdin.readline(); print(\'{"id":1,"result":{}}\', flush=True)'
    process = started(proxied(*python(code)), tmp_path / "state")
    out, err = process.communicate(CALL * 2, timeout=PATIENCE)
    assert (out, process.returncode) == (b'{"id":1,"result":{}}\n' * 2, 0)
    assert err.count(b"calls are not being recorded") == 1


def test_recording_may_be_switched_off(started: Start, tmp_path: Path) -> None:
    process = started(proxied("cat"), tmp_path, MENDLOOP_RECORD="off")
    out, err = process.communicate(CALL, timeout=PATIENCE)
    assert (out, err, process.returncode) == (CALL, b"", 0)
    assert spooled(tmp_path) == []


@pytest.mark.promise("proxy/redacts-before-writing")
def test_secrets_of_the_environment_and_of_known_shapes_never_reach_the_disk(
    started: Start,
    tmp_path: Path,
) -> None:
    secret = "ein-geheimes-Wort-77"  # noqa: S105  a fake one
    code = (
        'import sys\nsys.stdin.readline()\nprint(\'{"id":1,"error":{"code":1,"message":"bad '
        + secret
        + "\"}}', flush=True)"
    )
    call = CALL.replace(b'"pay"', b'"pay","arguments":{"k":["' + secret.encode() + b'"]}')
    process = started(proxied(*python(code)), tmp_path, SHOP_TOKEN=secret)
    process.communicate(call, timeout=PATIENCE)
    (record,) = spooled(tmp_path)
    assert record["error"]["message"].startswith("bad ")
    assert not record["whole"]
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes()


def test_the_options_say_whose_history_it_is_and_the_server_does_not_notice(
    started: Start, tmp_path: Path
) -> None:
    workspace = tmp_path / "shop"
    workspace.mkdir()
    (workspace / "mendloop.toml").write_text("", encoding="utf-8")
    code = "import os, sys; sys.stdin.readline(); print(os.environ.get('CLAUDE_PROJECT_DIR'))"
    options = ["--workspace", str(workspace), "--data", str(tmp_path / "data")]
    process = started(
        proxied(*python(code), options=options), tmp_path / "other", CLAUDE_PROJECT_DIR="/"
    )
    out, _ = process.communicate(CALL, timeout=PATIENCE)
    assert out == b"/\n"
    (folder,) = (tmp_path / "data").iterdir()
    assert folder.name.startswith("shop-")
    assert len(spooled(tmp_path / "data")) == 1


def test_what_was_seen_is_told_to_who_wants_to_know(started: Start, tmp_path: Path) -> None:
    process = started(proxied(*python(DIES), options=["--verbose"]), tmp_path)
    _, err = process.communicate(CALL, timeout=PATIENCE)
    assert err.startswith(b"mendloop proxy: recorded 1, failed 1, cancelled 0,")


@pytest.mark.parametrize(
    "arguments",
    [[], ["--"], ["http://x/mcp", "--", "cat"], ["--http", "x", "http://x"], ["ftp://x"]],
)
def test_wrong_usage_is_told(arguments: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "mendloop.interfaces.proxy", *arguments]
    done = subprocess.run(command, capture_output=True, check=False, timeout=PATIENCE, cwd=tmp_path)
    assert done.returncode == 2
    assert b"usage: mendloop proxy" in done.stderr
