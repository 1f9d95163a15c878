"""Which exchange of HTTP belongs to which call."""

import json
import zlib
from typing import Any

import pytest

from mendloop.interfaces.proxy.frames import Frame, Kind
from mendloop.interfaces.proxy.ledger import Ledger
from mendloop.interfaces.proxy.records import Zero
from mendloop.interfaces.proxy.watch_http import (
    CLIENT_LEFT,
    COMPLETE,
    SERVER_BROKE,
    Heading,
    HttpWatch,
    Opening,
)
from tests.interfaces.proxy.seen import answer, call

JSON = "application/json"
EVENTS = "text/event-stream"


class Seen:
    """Exchanges, one after the other or side by side."""

    def __init__(self) -> None:
        self.records: list[Any] = []
        self.ledger = Ledger(
            keep=self.records.append, zero=Zero(0.0), given="shop", fallback="server"
        )
        self.watch = HttpWatch(self.ledger)

    def tell(self, kind: Kind, stream: int, payload: bytes = b"") -> None:
        self.watch.see(Frame(kind, stream, 1.0, payload))

    def request(
        self, stream: int, body: object = None, *, method: str = "POST", session: str = ""
    ) -> None:
        opening = Opening(method=method, session=session, encoding="", connection="c")
        self.tell(Kind.OPEN, stream, opening.packed())
        if body is not None:
            self.tell(Kind.CLIENT, stream, json.dumps(body).encode())

    def head(self, stream: int, kind: str = JSON, status: int = 200, **more: str) -> None:
        heading = Heading(
            status=status,
            kind=kind,
            session=more.get("session", ""),
            encoding=more.get("encoding", ""),
        )
        self.tell(Kind.HEAD, stream, heading.packed())

    def data(self, stream: int, message: object) -> None:
        self.tell(Kind.SERVER, stream, b"data: " + json.dumps(message).encode() + b"\n\n")

    def outcomes(self) -> list[tuple[str, str | None]]:
        return [(each["target"], each["error"] and each["error"]["type"]) for each in self.records]


def test_a_broken_stream_of_a_session_is_taken_up_again_by_another_exchange() -> None:
    seen = Seen()
    seen.request(1, call(1), session="s")
    seen.head(1, EVENTS)
    seen.tell(Kind.END, 1, COMPLETE)
    seen.request(2, method="GET", session="s")
    seen.head(2, EVENTS)
    seen.data(2, answer(1))
    assert seen.outcomes() == [("shop.add", None)]


def test_without_a_session_the_same_id_in_two_exchanges_is_two_calls() -> None:
    seen = Seen()
    seen.request(1, call(1, "one"))
    seen.request(2, call(1, "two"))
    for stream in (2, 1):
        seen.head(stream, EVENTS)
        seen.data(stream, answer(1))
        seen.tell(Kind.END, stream, COMPLETE)
    assert seen.outcomes() == [("shop.two", None), ("shop.one", None)]


@pytest.mark.parametrize(
    ("session", "how", "expected"),
    [
        ("", COMPLETE, [("shop.add", "ServerDied")]),
        ("", SERVER_BROKE, [("shop.add", "ServerDied")]),
        ("", CLIENT_LEFT, []),
        ("s", COMPLETE, []),
        ("s", SERVER_BROKE, [("shop.add", "ServerDied")]),
        ("s", CLIENT_LEFT, []),
    ],
)
def test_how_an_exchange_ended_says_what_became_of_its_call(
    session: str, how: bytes, expected: list[tuple[str, str]]
) -> None:
    seen = Seen()
    seen.request(1, call(1), session=session)
    seen.head(1, EVENTS)
    seen.tell(Kind.END, 1, how)
    assert seen.outcomes() == expected


def test_when_a_session_ends_its_open_calls_have_failed() -> None:
    seen = Seen()
    for session in ("s", "t"):
        seen.request(1, call(1), session=session)
        seen.head(1, EVENTS)
        seen.tell(Kind.END, 1, COMPLETE)
    seen.request(2, method="DELETE", session="s")
    seen.head(2)
    seen.tell(Kind.END, 2, COMPLETE)
    assert len(seen.records) == 1
    seen.watch.close(9.0)
    assert seen.outcomes() == [("shop.add", "ServerDied")] * 2


def test_the_session_that_an_answer_opens_bears_a_name_that_opens_nothing() -> None:
    seen = Seen()
    seen.request(1, {"id": 0, "method": "initialize", "params": {"clientInfo": {"name": "desk"}}})
    seen.head(1, session="the-key")
    seen.tell(Kind.SERVER, 1, json.dumps(answer(0, serverInfo={"name": "x"})).encode())
    seen.tell(Kind.END, 1, COMPLETE)
    seen.request(2, call(1), session="the-key")
    seen.head(2)
    seen.tell(Kind.SERVER, 2, json.dumps(answer(1)).encode())
    seen.tell(Kind.END, 2, COMPLETE)
    (record,) = seen.records
    assert record["caller"] == "desk"
    assert len(record["session"]) == 16
    assert "the-key" not in json.dumps(record)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_packed_bodies_are_read_and_bombs_are_not(encoding: str) -> None:
    pack = zlib.compressobj(wbits=31 if encoding == "gzip" else 15)
    bomb = pack.compress(b'{"id":1,"result":"' + bytes(50_000_000)) + pack.flush()
    small = zlib.compressobj(wbits=31 if encoding == "gzip" else 15)
    good = small.compress(json.dumps(answer(1)).encode()) + small.flush()
    seen = Seen()
    for stream, body in ((1, bomb), (2, good)):
        seen.request(stream, call(1))
        seen.head(stream, encoding=encoding)
        seen.tell(Kind.SERVER, stream, body)
        seen.tell(Kind.END, stream, COMPLETE)
    assert seen.outcomes() == [("shop.add", None)]
    assert seen.ledger.counts.unsure == 1


def test_missed_bytes_make_a_call_uncertain_and_no_failure() -> None:
    seen = Seen()
    seen.request(1, call(1))
    seen.head(1)
    seen.tell(Kind.LOST_SERVER, 1)
    seen.tell(Kind.END, 1, COMPLETE)
    assert seen.records == []
    assert seen.ledger.counts.unsure == 1


def test_an_error_page_is_no_answer() -> None:
    seen = Seen()
    seen.request(1, call(1))
    seen.head(1, "text/html", 502)
    seen.tell(Kind.SERVER, 1, b"<html>")
    seen.tell(Kind.END, 1, COMPLETE)
    assert seen.outcomes() == [("shop.add", "HttpError 502")]
