"""One conversation between a client and a server: which answer belongs to which call.

Either era: 2025-11-25 with its handshake, batches and requests of the server, and 2026-07-28, where
every request brings the client's name and a call may go on in a second one.
"""

import json
from collections.abc import Callable, Mapping
from typing import Final

from mendloop.interfaces.proxy.cut import Piece
from mendloop.interfaces.proxy.endings import (
    Answer,
    Asks,
    Delegated,
    Failed,
    Returned,
    Unknown,
    read_answer,
    read_error,
    read_result,
)
from mendloop.interfaces.proxy.few import Few
from mendloop.interfaces.proxy.ledger import Ledger
from mendloop.interfaces.proxy.messages import (
    Message,
    RequestId,
    id_in,
    is_object,
    read_messages,
    request_id,
)
from mendloop.interfaces.proxy.records import Call

_KEY: Final = "io.modelcontextprotocol/"
_MOST_OPEN: Final = 10_000
"""Calls of one conversation that are waited for."""
DIED: Final = "ServerDied"


class Talk:
    """One connection, one session, or one exchange where there is no session."""

    def __init__(self, ledger: Ledger, session: str | None) -> None:
        self._ledger = ledger
        self._session = session
        self._caller: str | None = None
        self._open: Few[RequestId, Call] = Few(_MOST_OPEN)
        self._greetings: Few[RequestId, None] = Few(16)
        self._looks: Few[RequestId, str] = Few(_MOST_OPEN)
        """Requests after a task, by whose id."""
        self._asked: Mapping[str, Callable[[Message, float, int], None]] = {
            "initialize": self._greet,
            "server/discover": self._greet,
            "tools/call": self._call,
            "tasks/get": self._look,
            "tasks/result": self._look,
            "tasks/cancel": self._give_up,
            "notifications/cancelled": self._cancel,
        }

    def settle(self, session: str) -> None:
        """The server has given the conversation a name."""
        self._session = session

    def client(self, piece: Piece, at: float, stream: int = 0) -> None:
        """The client said something."""
        for message in self._read(piece):
            method = message.text("method")
            handle = self._asked.get(method) if method is not None else None
            if handle is not None:
                handle(message, at, stream)

    def server(self, piece: Piece, at: float) -> None:
        """The server said something; what it asks itself is none of ours."""
        if not piece.whole:
            self._miss(piece)
            return
        for message in self._read(piece):
            answer = message.id
            if answer is None or message.has("method"):
                continue
            if not (message.has("result") or message.has("error")):
                continue
            self._answered(answer, message, at)

    def missed(self) -> None:
        """Some bytes were not seen: how the open calls end, nobody can say."""
        self.give_up("unsure")

    def give_up(self, why: str, stream: int | None = None) -> None:
        """Leave out the open calls, counted under ``why``.

        Args:
            why: ``cancelled``, ``refused`` or ``unsure``.
            stream: Only those that came by this exchange.
        """
        for each in self._these(stream):
            self._open.take(each)
            self._count(why)

    def fail(self, kind: str, message: str, at: float, stream: int | None = None) -> None:
        """Nobody will answer the open calls any more: they failed."""
        for each in self._these(stream):
            call = self._open.take(each)
            if call is not None:
                self._ledger.close(call, Failed(kind, message), at)

    def _these(self, stream: int | None) -> list[RequestId]:
        return [id_ for id_, call in self._open.items() if stream in {None, call.stream}]

    def _read(self, piece: Piece) -> tuple[Message, ...]:
        counts = self._ledger.counts
        if not piece.whole:
            counts.too_long += 1
            return ()
        messages = read_messages(piece.data)
        if messages is None:
            counts.unreadable += 1
            return ()
        return messages

    def _miss(self, piece: Piece) -> None:
        self._ledger.counts.too_long += 1
        answer = id_in(piece.data)
        if answer is None:  # it may have been the answer to any of them
            self.missed()
        elif self._open.take(answer) is not None:
            self._count("unsure")

    def _count(self, why: str) -> None:
        counts = self._ledger.counts
        match why:
            case "cancelled":
                counts.cancelled += 1
            case "refused":
                counts.refused += 1
            case _:
                counts.unsure += 1

    # what the client asks

    def _greet(self, message: Message, _at: float, _stream: int) -> None:
        params = message.fields("params")
        self._caller = _name(params.get("clientInfo")) or self._caller
        if (asked := message.id) is not None:
            self._greetings.put(asked, None)

    def _call(self, message: Message, at: float, stream: int) -> None:
        asked, params = message.id, message.fields("params")
        tool = params.get("name")
        if asked is None or not isinstance(tool, str):
            return
        before = self._ledger.rounds.take(_round(params)) if _goes_on(params) else None
        meta = params.get("_meta")
        named = meta if is_object(meta) else {}
        use = named.get("claudecode/toolUseId")
        call = Call(
            tool=tool,
            arguments=params.get("arguments"),
            began=before.began if before else at,
            asked=at,
            spent=before.spent if before else 0.0,
            use=use if isinstance(use, str) and use else None,
            caller=_name(named.get(f"{_KEY}clientInfo")) or self._caller,
            session=self._session,
            stream=stream,
            faithful=message.faithful,
        )
        if self._open.get(asked) is not None:
            self._count("unsure")  # one id, two calls: no answer says whose it is
        if self._open.put(asked, call):
            self._count("unsure")

    def _look(self, message: Message, _at: float, _stream: int) -> None:
        asked, task = message.id, message.fields("params").get("taskId")
        if asked is not None and isinstance(task, str):
            self._looks.put(asked, task)

    def _give_up(self, message: Message, _at: float, _stream: int) -> None:
        task = message.fields("params").get("taskId")
        if isinstance(task, str) and self._ledger.tasks.take(task) is not None:
            self._count("cancelled")

    def _cancel(self, message: Message, _at: float, _stream: int) -> None:
        asked = request_id(message.fields("params").get("requestId"))
        if asked is not None and self._open.take(asked) is not None:
            self._count("cancelled")

    # what the server answers

    def _answered(self, answer: RequestId, message: Message, at: float) -> None:
        result = message.fields("result")
        meta = result.get("_meta")
        stamp = meta.get(f"{_KEY}serverInfo") if is_object(meta) else None
        self._ledger.introduce(_name(stamp))
        if answer in self._greetings:
            self._greetings.take(answer)
            self._ledger.introduce(_name(result.get("serverInfo")))
        if (task := self._looks.take(answer)) is not None:
            self._looked(task, result, at)
        if (call := self._open.take(answer)) is not None:
            call.faithful = call.faithful and message.faithful
            self._ended(call, message, at)

    def _ended(self, call: Call, message: Message, at: float) -> None:
        match read_answer(message):
            case Returned() | Failed() as ending:
                self._ledger.close(call, ending, at)
            case Asks(state):
                call.spent += at - call.asked
                key = state if state is not None else _same_call(call.tool, call.arguments)
                self._ledger.rounds.put(key, call)
            case Delegated(task):
                if self._ledger.tasks.put(task, call):
                    self._count("unsure")
            case Unknown():
                self._count("unsure")

    def _looked(self, task: str, result: Mapping[str, object], at: float) -> None:
        """The answer to a request after a task: it may be over."""
        call, status = self._ledger.tasks.get(task), result.get("status")
        if call is None:
            return
        if status == "cancelled":
            self._ledger.tasks.take(task)
            self._count("cancelled")
            return
        answer = _task_answer(result)
        if isinstance(answer, (Returned, Failed)):
            self._ledger.tasks.take(task)
            self._ledger.close(call, answer, at)


def _task_answer(result: Mapping[str, object]) -> Answer:
    """What a task says about the call that it is."""
    inner, error = result.get("result"), result.get("error")
    if is_object(error):
        return read_error(error)
    if is_object(inner):
        return read_result(inner)
    if "content" in result:  # 2025-11-25, where tasks/result answers as the tool would
        return read_result({**result, "resultType": "complete", "task": None})
    return Unknown()


def _name(info: object) -> str | None:
    name = info.get("name") if is_object(info) else None
    return name if isinstance(name, str) else None


def _goes_on(params: Mapping[str, object]) -> bool:
    return "requestState" in params or "inputResponses" in params


def _round(params: Mapping[str, object]) -> str:
    state = params.get("requestState")
    if isinstance(state, str):
        return state
    return _same_call(params.get("name"), params.get("arguments"))


def _same_call(tool: object, arguments: object) -> str:
    try:
        return json.dumps([tool, arguments], sort_keys=True)
    except RecursionError:
        return str(tool)
