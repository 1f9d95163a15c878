"""What the observer makes of a conversation, and what is in a spool."""

import json
from pathlib import Path
from typing import Any

from mendloop.interfaces.proxy.frames import Frame, Kind
from mendloop.interfaces.proxy.ledger import Counts, Ledger
from mendloop.interfaces.proxy.records import Zero
from mendloop.interfaces.proxy.watch_stdio import StdioWatch


class Seen:
    """An observer of standard input and output, and the records that it made."""

    def __init__(self, name: str | None = None) -> None:
        self.records: list[Any] = []
        self.now = 10.0
        self.ledger = Ledger(
            keep=self.records.append, zero=Zero(1_000_000_000.0), given=name, fallback="server"
        )
        self.watch = StdioWatch(self.ledger)

    @property
    def counts(self) -> Counts:
        return self.ledger.counts

    def client(self, *messages: object) -> None:
        self._frames(Kind.CLIENT, messages)

    def server(self, *messages: object) -> None:
        self._frames(Kind.SERVER, messages)

    def end(self, how: str = "the server ended with exit code 0") -> None:
        self.watch.see(Frame(Kind.END, 0, self.now, how.encode()))

    def _frames(self, kind: Kind, messages: tuple[object, ...]) -> None:
        for message in messages:
            self.watch.see(Frame(kind, 0, self.now, line(message)))


def line(message: object) -> bytes:
    raw = message if isinstance(message, bytes) else json.dumps(message).encode()
    return raw + b"\n"


def call(id_: object, tool: str = "add", **params: object) -> dict[str, object]:
    return {
        "jsonrpc": "2.0",
        "id": id_,
        "method": "tools/call",
        "params": {"name": tool, "arguments": {"a": 1}, **params},
    }


def answer(id_: object, **result: object) -> dict[str, object]:
    given = result or {"content": [{"type": "text", "text": "2"}]}
    return {"jsonrpc": "2.0", "id": id_, "result": given}


def spooled(state: Path) -> list[Any]:
    """The records in the spools below a folder, the oldest first."""
    return [
        json.loads(text)
        for file in sorted(state.glob("*/spool/*"))
        for text in file.read_text(encoding="utf-8").splitlines()
    ]
