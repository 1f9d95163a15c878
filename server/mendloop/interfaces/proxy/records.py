"""A call that was seen, as an execution record."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from mendloop.core.record.naming import record_id, tool_target
from mendloop.core.record.texts import MOST_NAME, cut, hidden, one_line
from mendloop.core.record.values import Malformed, encoded, fitting, fitting_call
from mendloop.interfaces.proxy.endings import Ending, Failed, Returned
from mendloop.interfaces.proxy.messages import is_object
from mendloop.model.value import Encoded, opaque
from mendloop.noun import dataclass

_RANDOM_BYTES: Final = 10


@dataclass(slots=True, kw_only=True)
class Call:
    """One call of a tool, while it is open."""

    tool: str
    arguments: object
    began: float
    """Monotonic seconds, when it was first asked for."""
    asked: float
    """Monotonic seconds, when the answer now open was asked for."""
    spent: float = 0.0
    """Seconds of the rounds before this one: what a person took to answer is not among them."""
    use: str | None = None
    """The client's own name for the call."""
    caller: str | None = None
    session: str | None = None
    stream: int = 0
    """By which exchange it came."""
    faithful: bool = True


@dataclass(frozen=True, slots=True)
class Zero:
    """What time it was when the monotonic clock stood at 0."""

    seconds: float
    """Of the Unix epoch."""

    def at(self, monotonic: float) -> str:
        """A moment as text, in UTC."""
        moment = datetime.fromtimestamp(self.seconds + monotonic, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def record(
    call: Call, ending: Ending, *, server: str, zero: Zero, until: float
) -> dict[str, Encoded]:
    """The execution record of a call that has ended.

    Args:
        call: The call.
        ending: How it ended.
        server: The name of the server.
        zero: Tells the time of day.
        until: Monotonic seconds, when it ended.
    """
    kwargs, whole = _kwargs(call.arguments)
    result: Encoded = None
    error: Encoded = None
    match ending:
        case Returned(value, all_of_it):
            result = _value(value)
            whole = whole and all_of_it and not opaque(result)
        case Failed(kind, message):
            error = {"type": kind, "message": cut(message), "frames": []}
    return {
        "id": record_id(call.use) if call.use else f"x-{secrets.token_hex(_RANDOM_BYTES)}",
        "target": tool_target(server, call.tool),
        "at": zero.at(call.began),
        "seconds": round(max(0.0, call.spent + until - call.asked), 6),
        "outcome": "ok" if error is None else "error",
        "args": [],
        "kwargs": kwargs,
        "result": result,
        "error": error,
        "caller": one_line(call.caller, most=MOST_NAME) if call.caller else None,
        "session": call.session,
        "source": "proxy",
        "whole": whole and call.faithful,
    }


def _kwargs(arguments: object) -> tuple[dict[str, Encoded], bool]:
    """The arguments that can be kept, and whether those are all."""
    if arguments is None:
        return {}, True
    if not is_object(arguments):
        return {}, False
    named = {name: _value(value) for name, value in arguments.items() if _name(name)}
    args, kwargs = fitting_call((), named)
    lost = bool(args) or any(opaque(value) for value in kwargs.values())
    return dict(kwargs), not lost and _same(kwargs, arguments)


def _same(kept: Mapping[str, object], sent: Mapping[str, object]) -> bool:
    return len(kept) == len(sent)


def _name(name: str) -> bool:
    return 0 < len(name) <= MOST_NAME and not hidden(name)


def _value(value: object) -> Encoded:
    try:
        return fitting(encoded(value, "value"))
    except (Malformed, RecursionError):
        return {"$opaque": "too deep"}
