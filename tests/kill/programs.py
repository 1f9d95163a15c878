"""The processes that are killed: a recorder, a reader of the spool, and a server."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import IO, Any, Final

from tests.recorder.processes import Place

_ERA: Final = "2026-07-28"
_KEY: Final = "io.modelcontextprotocol/"
_META: Final = {
    f"{_KEY}protocolVersion": _ERA,
    f"{_KEY}clientInfo": {"name": "kill", "version": "0"},
    f"{_KEY}clientCapabilities": {},
}

RECORDED: Final = "kill.me"
"""The target of the recorder's calls."""
RECORDER: Final = """
import mendloop, sys, threading, time

@mendloop.record(target="kill.me")
def tool(number, payload):
    if number % 3 == 0:
        raise ValueError("as asked")
    return payload

def say(word, number):
    sys.stdout.write(f"{word} {number}\\n")
    sys.stdout.flush()

def busy(first):
    for number in range(first, first + 400_000):
        try:
            tool(number, {"text": "x" * (number % 50), "list": [number] * (number % 7)})
        except ValueError:
            say("failed", number)
        if number % 40 == 1:
            mendloop.recorder.flush()
            say("flushed", number)
        time.sleep(0.005)

start = int(sys.argv[1])
threading.Thread(target=busy, args=(start + 500_000,), daemon=True).start()
busy(start)
"""
"""Says what is safe: a failure when it has been raised, successes when they were flushed."""

INGESTER: Final = """
import sys, anyio
from pathlib import Path
from mendloop.bootstrap import open_house
from mendloop.settings import Settings

async def main():
    settings = Settings.at(Path(sys.argv[1]), Path(sys.argv[2]), {})
    async with open_house(settings) as house:
        sys.stdout.write("open\\n")
        sys.stdout.flush()
        while True:
            await house.tender.ingester.catch_up()

anyio.run(main)
"""


def start(place: Place, command: Sequence[str], stdin: int = subprocess.DEVNULL) -> Any:
    """A process of the workspace, whose words can be read."""
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=place.workspace,
        env=place.environment(),
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
    )


def recorder(place: Place, first: int) -> Any:
    """A process that records calls, numbered from ``first`` and from 500,000 after it."""
    return start(place, ["-S", str(place.write(RECORDER, "recorder.py")), str(first)])


def ingester(place: Place) -> Any:
    """A process that takes the spool in, over and over."""
    program = place.write(INGESTER, "ingester.py")
    return start(place, [str(program), str(place.workspace), str(place.data)])


def server(place: Place) -> Any:
    """A server over standard input and output."""
    return start(place, ["-m", "mendloop", "serve"], subprocess.PIPE)


def told(process: Any, records: Sequence[object]) -> bool:
    """Tell a server of executions: whether it has answered that they are kept."""
    params = {"name": "record_execution", "arguments": {"executions": records}, "_meta": _META}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    try:
        process.stdin.write(json.dumps(body).encode() + b"\n")
    except BrokenPipeError:
        return False
    while line := _line(process.stdout):
        message = json.loads(line)
        if message.get("id") == 1:
            answer = message["result"]
            assert not answer.get("isError"), answer
            return True
    return False


def _line(stream: IO[bytes]) -> bytes:
    """The next whole line; nothing where the process has ended before its end."""
    held = bytearray()
    while not held.endswith(b"\n"):
        part = os.read(stream.fileno(), 1) if held else stream.readline()
        if not part:
            return b""
        held += part
    return bytes(held)
