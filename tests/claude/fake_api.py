"""The Messages API on loopback, with a model that says what a script tells it.

Enough for Claude Code to run its tools: streamed answers, one scripted step after the other. Every
request is answered from what is in it alone, so that a repeated or concurrent one does no harm.
"""

import json
import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final, TypeAlias, cast

from typing_extensions import override

_END: Final = "That is all."
_RESULT: Final = re.compile(r'"tool_use_id": "toolu_(\d{3})\d{3}AAAA"')


@dataclass(frozen=True, slots=True)
class Ask:
    """One call that the model makes."""

    tool: str
    arguments: Mapping[str, object]


Step: TypeAlias = Sequence[Ask]
"""What the model asks for in one answer."""


def tool_use_id(step: int, place: int) -> str:
    """The id that the call at a place of a step has."""
    return f"toolu_{step:03}{place:03}AAAA"


@contextmanager
def serving(script: Sequence[Step]) -> Generator[str]:
    """The base URL of an API whose model follows the script, then ends its turn."""

    class Handler(_Handler):
        steps = tuple(script)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """One connection of the client."""

    protocol_version = "HTTP/1.1"
    steps: tuple[Step, ...] = ()

    def do_POST(self) -> None:
        """Answer a message, or a request to count its tokens."""
        size = int(self.headers.get("content-length") or 0)
        asked = cast("dict[str, Any]", json.loads(self.rfile.read(size) or b"{}"))
        if self.path.partition("?")[0].endswith("/count_tokens"):
            self._send(b'{"input_tokens": 10}', "application/json")
        elif asked.get("stream"):
            self._send(_streamed(self._blocks(asked), asked), "text/event-stream")
        else:
            self._send(
                json.dumps(_message(self._blocks(asked), asked)).encode(), "application/json"
            )

    def do_GET(self) -> None:
        """Say that there is nothing else."""
        self._send(b"{}", "application/json")

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the test's output is the test's."""

    def _blocks(self, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
        step = _reached(asked)
        if not asked.get("tools") or step >= len(self.steps):
            return [{"type": "text", "text": _END}]
        return [
            {
                "type": "tool_use",
                "id": tool_use_id(step, place),
                "name": ask.tool,
                "input": dict(ask.arguments),
            }
            for place, ask in enumerate(self.steps[step])
        ]

    def _send(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _reached(asked: Mapping[str, Any]) -> int:
    """How many steps of the script lie behind: those whose calls have results."""
    return 1 + max((int(number) for number in _RESULT.findall(json.dumps(asked))), default=-1)


def _message(blocks: list[dict[str, Any]], asked: Mapping[str, Any]) -> dict[str, Any]:
    asks = any(block["type"] == "tool_use" for block in blocks)
    return {
        "id": f"msg_{_reached(asked):03}",  # the client merges messages of one id
        "type": "message",
        "role": "assistant",
        "model": asked.get("model", "fake"),
        "content": blocks,
        "stop_reason": "tool_use" if asks else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 5},
    }


def _streamed(blocks: list[dict[str, Any]], asked: Mapping[str, Any]) -> bytes:
    """The same message as server-sent events."""
    whole = _message(blocks, asked)
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {**whole, "content": [], "stop_reason": None}}
    ]
    for place, block in enumerate(blocks):
        start, delta = _parts(block)
        events += [
            {"type": "content_block_start", "index": place, "content_block": start},
            {"type": "content_block_delta", "index": place, "delta": delta},
            {"type": "content_block_stop", "index": place},
        ]
    ended = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    events += [
        {"type": "message_delta", "delta": ended, "usage": {"output_tokens": 5}},
        {"type": "message_stop"},
    ]
    return b"".join(
        f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events
    )


def _parts(block: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    if block["type"] == "text":
        return {**block, "text": ""}, {"type": "text_delta", "text": block["text"]}
    given = json.dumps(block["input"])
    return {**block, "input": {}}, {"type": "input_json_delta", "partial_json": given}
