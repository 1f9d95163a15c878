"""Claude Code's transcripts: calls paired with their results, line by line.

The format is the client's own and changes without notice. So whatever is not known is passed over,
and what is known may be missing. How long a call took is not in it: the time between a call and its
result holds the wait for a person's permission, and hooks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Final

from mendloop.core.record.json_text import parsed_text
from mendloop.core.record.naming import from_claude, record_id
from mendloop.core.record.own import own_tool
from mendloop.core.record.told import fault_told, never_ran
from mendloop.core.record.values import encoded, fitting_call, is_array, is_object
from mendloop.model.execution import Source
from mendloop.model.incoming import LeftOut, ReadLine
from mendloop.model.value import Encoded
from mendloop.noun import dataclass

CALLER: Final = "claude-code"
_MOST_WAITING: Final = 256
"""Calls at one time whose result has not come. An agent makes a few."""
_PATIENCE: Final = 20_000
"""Lines after which a result is no longer waited for."""
_MCP: Final = "mcp__"
_ALLOWED: Final = frozenset({"accept", "allow", "approve", "approved"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """A call whose result has not come."""

    number: int
    name: str
    at: str
    session: str | None
    kwargs: Mapping[str, Encoded]
    args: tuple[Encoded, ...]


@dataclass(slots=True)
class Transcript:
    """What is known of one file so far."""

    _waiting: dict[str, _Call] = field(default_factory=dict[str, _Call])

    def feed(self, number: int, line: object) -> Iterator[ReadLine | LeftOut]:
        """Take the next line; what it completes comes back."""
        yield from self._forgotten(number)
        if not is_object(line):
            return
        kind = line.get("type")
        for block in _blocks(line):
            if kind == "assistant" and block.get("type") == "tool_use":
                self._called(number, line, block)
            elif kind == "user" and block.get("type") == "tool_result":
                yield from self._returned(line, block)

    def end(self) -> Iterator[LeftOut]:
        """What the file leaves open."""
        for call in self._waiting.values():
            yield _open(call)
        self._waiting.clear()

    def _called(
        self, number: int, line: Mapping[object, object], block: Mapping[object, object]
    ) -> None:
        wanted, name = block.get("id"), block.get("name")
        if not isinstance(wanted, str) or not wanted or not isinstance(name, str) or not name:
            return
        if own_tool(name):
            return
        args, kwargs = _arguments(block.get("input"))
        self._waiting.setdefault(
            wanted,
            _Call(
                number=number,
                name=name,
                at=_text(line, "timestamp"),
                session=_text(line, "sessionId") or None,
                args=args,
                kwargs=kwargs,
            ),
        )

    def _returned(
        self, line: Mapping[object, object], block: Mapping[object, object]
    ) -> Iterator[ReadLine | LeftOut]:
        wanted = block.get("tool_use_id")
        call = self._waiting.pop(wanted, None) if isinstance(wanted, str) else None
        if call is None or not isinstance(wanted, str):
            return
        if not call.at:
            yield LeftOut(call.number, f"{_target(call)}: when it was called is not known")
        elif why := _why_not(line, block):
            yield LeftOut(call.number, f"{_target(call)}: {why}")
        else:
            yield ReadLine(call.number, _record(wanted, call, line, block))

    def _forgotten(self, number: int) -> Iterator[LeftOut]:
        while self._waiting:
            oldest = next(iter(self._waiting))
            call = self._waiting[oldest]
            if len(self._waiting) <= _MOST_WAITING and number - call.number <= _PATIENCE:
                return
            del self._waiting[oldest]
            yield _open(call)


def _record(
    wanted: str, call: _Call, line: Mapping[object, object], block: Mapping[object, object]
) -> dict[str, object]:
    failed = block.get("is_error") is True
    ended: dict[str, object] = (
        {"outcome": "error", "error": fault_told(_joined(block))}
        if failed
        else {"outcome": "ok", "result": _result(call, line, block)}
    )
    return {
        "id": record_id(wanted),
        "target": _target(call),
        "at": call.at,
        "args": list(call.args),
        "kwargs": dict(call.kwargs),
        "caller": CALLER,
        "session": call.session,
        "source": Source.TRANSCRIPT.value,
        **ended,
    }


def _why_not(line: Mapping[object, object], block: Mapping[object, object]) -> str | None:
    """Why a call is no execution, where it is none."""
    decision = line.get("permissionDecision")
    if is_object(decision):
        decided = decision.get("decision")
        if isinstance(decided, str) and decided not in _ALLOWED:
            return "it had no permission"
    result = line.get("toolUseResult")
    if is_object(result) and result.get("interrupted") is True:
        return "the person interrupted it"
    if block.get("is_error") is not True:
        return None
    return never_ran(_joined(block))


def _result(call: _Call, line: Mapping[object, object], block: Mapping[object, object]) -> object:
    """The structure where the server gave one; else the text, and what it stands for."""
    meta = line.get("mcpMeta")
    if is_object(meta) and meta.get("structuredContent") is not None and len(_blocks(line)) == 1:
        return meta["structuredContent"]
    parts = [_part(part) for part in _contents(block)]
    if call.name.startswith(_MCP):
        parts = [parsed_text(part) if isinstance(part, str) else part for part in parts]
    return parts[0] if len(parts) == 1 else parts or None


def _part(part: object) -> object:
    if isinstance(part, str):
        return part
    if not is_object(part):
        return {"$opaque": "content"}
    text = part.get("text")
    if part.get("type") == "text" and isinstance(text, str):
        return text
    kind = part.get("type")
    return {"$opaque": kind[:40] if isinstance(kind, str) else "content"}


def _contents(block: Mapping[object, object]) -> list[object]:
    content = block.get("content")
    if is_array(content):
        return content
    return [] if content is None else [content]


def _joined(block: Mapping[object, object]) -> str:
    return "\n".join(part for each in _contents(block) if isinstance(part := _part(each), str))


def _arguments(given: object) -> tuple[tuple[Encoded, ...], dict[str, Encoded]]:
    """Short enough to be held until the result comes."""
    if given is None:
        return (), {}
    if not is_object(given):
        return fitting_call((encoded(given, "input"),), {})
    return fitting_call((), {str(key): encoded(value, "input") for key, value in given.items()})


def _target(call: _Call) -> str:
    return from_claude(call.name)


def _open(call: _Call) -> LeftOut:
    return LeftOut(call.number, f"{_target(call)}: no result follows")


def _blocks(line: Mapping[object, object]) -> list[dict[object, object]]:
    message = line.get("message")
    content = message.get("content") if is_object(message) else None
    return [block for block in content if is_object(block)] if is_array(content) else []


def _text(line: Mapping[object, object], key: str) -> str:
    value = line.get(key)
    return value if isinstance(value, str) else ""
