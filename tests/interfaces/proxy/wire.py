"""A client that keeps every byte."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

ROOT = Path(__file__).parents[3]
SERVER = [sys.executable, str(Path(__file__).with_name("shop_server.py"))]
PATIENCE = 20


def proxied(*command: str, options: Sequence[str] = ()) -> list[str]:
    """A command with the proxy before it."""
    return [sys.executable, "-P", "-m", "mendloop.interfaces.proxy", *options, "--", *command]


def environment(state: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "MENDLOOP_DATA_DIR": str(state), **more}


def start(command: Sequence[str], state: Path, **more: str) -> "subprocess.Popen[bytes]":
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        bufsize=0,
        env=environment(state, **more),
    )


def pipes(process: "subprocess.Popen[bytes]") -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    return process.stdin, process.stdout, process.stderr


class Start(Protocol):
    """Starts a program, and ends it with the test."""

    def __call__(
        self, command: Sequence[str], state: Path, **more: str
    ) -> "subprocess.Popen[bytes]": ...


class Wire:
    """A conversation over standard input and output."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self.to, self.answers, self.complaints = pipes(process)
        self.heard: list[bytes] = []
        self._held = b""

    def say(self, *messages: dict[str, Any]) -> None:
        for message in messages:
            self.to.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    def ask(self, method: str, id_: int | str, **params: object) -> dict[str, Any]:
        self.say({"id": id_, "method": method, "params": params})
        return self.until(lambda message: message.get("id") == id_ and "method" not in message)

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read to the first message that is wanted, and give it."""
        while True:
            line = self.line()
            message: dict[str, Any] = json.loads(line)
            if wanted(message):
                return message

    def line(self) -> bytes:
        while b"\n" not in self._held:
            read = os.read(self.answers.fileno(), 65536)
            assert read, "the server has ended"
            self._held += read
        line, _, self._held = self._held.partition(b"\n")
        self.heard.append(line)
        return line

    def close(self) -> int:
        """Close the input, and give the exit code; what was not read is among what was heard."""
        self.to.close()
        rest = self._held + self.answers.read()
        self.heard += [rest] if rest else []
        return self.process.wait(PATIENCE)
