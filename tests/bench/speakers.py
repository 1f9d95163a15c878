"""Clients of the standard library only, so that what is measured is the server."""

import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Final, Protocol

ROOT: Final = Path(__file__).parents[2]
_ERA: Final = "2026-07-28"
_KEY: Final = "io.modelcontextprotocol/"
_META: Final = {
    f"{_KEY}protocolVersion": _ERA,
    f"{_KEY}clientInfo": {"name": "bench", "version": "0"},
    f"{_KEY}clientCapabilities": {},
}
_PATIENCE: Final = 30.0
"""Seconds until a server must be up."""


class Speaker(Protocol):
    """A server, and a client that speaks to it."""

    process: "subprocess.Popen[bytes]"

    def ask(self, method: str, **params: object) -> dict[str, Any]:
        """Make one request, and give its result."""
        ...

    def close(self) -> None:
        """End the server."""
        ...


def _request(method: str, params: dict[str, object]) -> bytes:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": _META}}
    return json.dumps(body).encode()


def _start(command: Sequence[str], stream: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command, cwd=ROOT, stdin=stream, stdout=stream, stderr=subprocess.DEVNULL, bufsize=0
    )


class Stdio:
    """Over standard input and output."""

    def __init__(self, command: Sequence[str]) -> None:
        self.process = _start(command, subprocess.PIPE)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._to: IO[bytes] = self.process.stdin
        self._from = self.process.stdout.fileno()
        self._held = b""

    def ask(self, method: str, **params: object) -> dict[str, Any]:
        """Make one request, and give its result."""
        self._to.write(_request(method, params) + b"\n")
        while True:
            while b"\n" not in self._held:
                read = os.read(self._from, 1 << 16)
                if not read:
                    raise SystemExit(f"the server has ended, with {self.process.wait(_PATIENCE)}")
                self._held += read
            line, _, self._held = self._held.partition(b"\n")
            message = json.loads(line)
            if message.get("id") == 1:
                result: dict[str, Any] = message["result"]
                return result

    def close(self) -> None:
        """Close the input, which ends the server."""
        self._to.close()
        self.process.wait(_PATIENCE)


class Http:
    """Over one connection that is kept open."""

    def __init__(self, command: Sequence[str], port: int) -> None:
        self.process = _start(command, subprocess.DEVNULL)
        self._wire = http.client.HTTPConnection("127.0.0.1", port)
        self._headers = {
            "content-type": "application/json",
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": _ERA,
        }
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                self._wire.connect()
            except ConnectionRefusedError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.01)
            else:
                break
        assert self._wire.sock is not None
        self._wire.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, method: str, **params: object) -> dict[str, Any]:
        """Make one request, and give its result."""
        headers = self._headers | {"mcp-method": method}
        if "name" in params:
            headers["mcp-name"] = str(params["name"])
        self._wire.request("POST", "/mcp", _request(method, params), headers)
        answer = self._wire.getresponse()
        body = answer.read()
        if answer.status != http.client.OK:
            raise SystemExit(f"{answer.status}: {body[:500]!r}")
        result: dict[str, Any] = json.loads(body)["result"]
        return result

    def close(self) -> None:
        """Tell the server to end."""
        self._wire.close()
        self.process.terminate()
        self.process.wait(_PATIENCE)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def cpu_seconds(process: "subprocess.Popen[bytes]") -> float:
    """What a process has used, with the children that it has waited for."""
    tasks = Path(f"/proc/{process.pid}/task")
    own = sum(
        int((task / "schedstat").read_text(encoding="utf-8").split()[0]) for task in tasks.iterdir()
    )
    fields = (
        Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    )
    children = int(fields[13]) + int(fields[14])
    return own / 1e9 + children / os.sysconf("SC_CLK_TCK")


def memory_mb(process: "subprocess.Popen[bytes]") -> float:
    """What of a process is in memory, in megabytes of 2**20 bytes."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024
