"""The observer of Streamable HTTP: exchanges, and the sessions that hold some of them together.

2025-11-25 has sessions, in which an answer may come by another exchange than its request: a stream
that broke off is taken up again with a GET. 2026-07-28 has none: every exchange is by itself.
"""

import json
from hashlib import sha256
from http import HTTPStatus
from typing import Final

from mendloop.interfaces.proxy.bodies import Body
from mendloop.interfaces.proxy.few import Few
from mendloop.interfaces.proxy.frames import Frame, Kind
from mendloop.interfaces.proxy.ledger import Ledger
from mendloop.interfaces.proxy.talk import DIED, Talk
from mendloop.noun import dataclass

COMPLETE: Final = b"complete"
CLIENT_LEFT: Final = b"client"
SERVER_BROKE: Final = b"server"
"""How an exchange ended."""
_EVENTS: Final = "text/event-stream"
_MOST_EXCHANGES: Final = 2_000
_MOST_SESSIONS: Final = 1_000
_SHOWN: Final = 16
"""Characters of the digest of a session's id that are kept: the id itself opens the session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What the relay tells of a request's head."""

    method: str
    session: str
    """The header ``Mcp-Session-Id``; empty where there is none."""
    encoding: str
    connection: str
    """Names the client's connection."""

    def packed(self) -> bytes:
        """As JSON."""
        return json.dumps([self.method, self.session, self.encoding, self.connection]).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What the relay tells of an answer's head."""

    status: int
    kind: str
    """The media type."""
    session: str
    encoding: str

    def packed(self) -> bytes:
        """As JSON."""
        return json.dumps([self.status, self.kind, self.session, self.encoding]).encode()


@dataclass(slots=True)
class _Exchange:
    talk: Talk
    method: str
    session: str
    request: Body
    began: float
    answer: Body | None = None
    status: int = 0
    resumable: bool = False
    """Whether the answer may still come by another exchange."""


class HttpWatch:
    """All exchanges with one server."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._exchanges: Few[int, _Exchange] = Few(_MOST_EXCHANGES)
        self._sessions: Few[str, Talk] = Few(_MOST_SESSIONS)

    def see(self, frame: Frame) -> None:
        """Take in what the relay tells."""
        exchange = self._exchanges.get(frame.stream)
        if frame.kind is Kind.OPEN:
            self._opened(frame)
        elif exchange is not None:
            self._happened(exchange, frame)

    def _happened(self, exchange: _Exchange, frame: Frame) -> None:
        match frame.kind:
            case Kind.CLIENT:
                for piece in exchange.request.feed(frame.payload):
                    exchange.talk.client(piece, exchange.began, frame.stream)
            case Kind.HEAD:
                self._headed(exchange, frame)
            case Kind.SERVER:
                self._served(exchange, frame)
            case Kind.LOST_CLIENT | Kind.LOST_SERVER:
                self._exchanges.take(frame.stream)
                exchange.talk.give_up("unsure", frame.stream)
            case Kind.END:
                self._exchanges.take(frame.stream)
                self._ended(exchange, frame)
            case Kind.OPEN:
                pass

    def close(self, at: float) -> None:
        """The relay has ended: nobody will see an answer any more."""
        for exchange in self._exchanges.values():
            exchange.talk.fail(DIED, "The call was not answered: the connection ended.", at)
        for talk in self._sessions.values():
            talk.fail(DIED, "The call was not answered: the session ended.", at)

    def _opened(self, frame: Frame) -> None:
        method, session, encoding, connection = json.loads(frame.payload)
        talk = self._sessions.get(session) if session else None
        if talk is None:
            talk = Talk(self._ledger, _shown(session) if session else connection)
            if session:
                self._sessions.put(session, talk)
        exchange = _Exchange(talk, method, session, Body(encoding=encoding), frame.at)
        self._exchanges.put(frame.stream, exchange)

    def _headed(self, exchange: _Exchange, frame: Frame) -> None:
        status, kind, session, encoding = json.loads(frame.payload)
        self._requested(exchange, frame.stream)
        events = kind == _EVENTS
        exchange.status = status
        exchange.answer = Body(encoding=encoding, events=events)
        if session and not exchange.session and status < HTTPStatus.BAD_REQUEST:
            exchange.session = session
            exchange.talk.settle(_shown(session))
            self._sessions.put(session, exchange.talk)
        exchange.resumable = events and bool(exchange.session)

    def _requested(self, exchange: _Exchange, stream: int) -> None:
        """The request is whole, as far as it will ever be."""
        body = exchange.request.end()
        if body is not None and exchange.method == "POST":
            exchange.talk.client(body, exchange.began, stream)

    def _served(self, exchange: _Exchange, frame: Frame) -> None:
        if exchange.answer is not None:
            for piece in exchange.answer.feed(frame.payload):
                exchange.talk.server(piece, frame.at)

    def _ended(self, exchange: _Exchange, frame: Frame) -> None:
        talk, stream, at = exchange.talk, frame.stream, frame.at
        if exchange.answer is None:
            self._requested(exchange, stream)
        elif (body := exchange.answer.end()) is not None and _like_json(body.data):
            talk.server(body, at)
        if exchange.answer is not None and not exchange.answer.readable:
            talk.give_up("unsure", stream)
        elif frame.payload == SERVER_BROKE:
            talk.fail(DIED, "The call was not answered: the server broke off.", at, stream)
        elif frame.payload == CLIENT_LEFT:
            self._left(exchange, stream)
        else:
            self._completed(exchange, stream, at)

    def _left(self, exchange: _Exchange, stream: int) -> None:
        """Without a session this is how a client cancels; with one it may come back."""
        if not exchange.session:
            exchange.talk.give_up("cancelled", stream)

    def _completed(self, exchange: _Exchange, stream: int, at: float) -> None:
        talk, status = exchange.talk, exchange.status
        if exchange.method == "DELETE" and exchange.session:
            self._sessions.take(exchange.session)
            talk.fail(DIED, "The call was not answered: the session ended.", at)
        elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            talk.fail(
                f"HttpError {status}", "The web server gave no answer of the tool.", at, stream
            )
        elif status >= HTTPStatus.BAD_REQUEST:
            talk.give_up("refused", stream)
        elif not exchange.resumable:
            talk.fail(DIED, "The call was not answered: the exchange ended.", at, stream)


def _like_json(body: bytes) -> bool:
    """Whether a body looks like a JSON-RPC message; an error page of a web server does not."""
    return body.lstrip()[:1] in {b"{", b"["}


def _shown(session: str) -> str:
    return sha256(session.encode()).hexdigest()[:_SHOWN]
