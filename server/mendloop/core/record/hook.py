"""What a hook of Claude Code says of a call, made into the record of an execution.

A hook of type ``mcp_tool`` sends texts: objects are JSON inside them, and what the event does not
have is empty. One of type ``command`` gets the same fields as they are. Both are read here. What is
said of the arguments and of the result may be anything; that a call was made, and how it ended, is
kept all the same, and the record then says that it is not whole.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from mendloop.core.record.naming import from_claude, record_id
from mendloop.core.record.read import Unreadable
from mendloop.core.record.texts import MOST_NAME, hidden, one_line
from mendloop.core.record.told import fault_told
from mendloop.core.record.values import TOO_LARGE, is_object
from mendloop.model.execution import Outcome, Source
from mendloop.noun import dataclass

CALLER: Final = "claude-code"
OWN_SERVERS: Final = frozenset({"mendloop", "plugin:mendloop:mendloop", "plugin_mendloop_mendloop"})
"""This server, by the names that it is given: its own calls are no history."""

_OUTCOMES: Final[Mapping[object, Outcome]] = {
    "PostToolUse": Outcome.OK,
    "ok": Outcome.OK,
    "PostToolUseFailure": Outcome.ERROR,
    "error": Outcome.ERROR,
}
_MOST_TEXT: Final = 400_000
"""Characters of JSON beyond which no value is small enough to be kept."""
_MOST_SECONDS: Final = 10_000_000.0
_OPENS: Final = re.compile(r"\s*[\[{\"\-\dtfn]")
"""How a JSON text may begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A call that has ended."""

    record: Mapping[str, object]
    """In the form that ``read_record`` takes."""
    session: str
    server: str
    """The MCP server; empty for a tool of the client's own."""

    def unmeasured(self) -> "Noted":
        """The same without its duration.

        The first call of a session to a server takes what the connection takes: up to a second
        and a half was seen, for a tool of microseconds. It says nothing of the tool.
        """
        return replace(self, record={**self.record, "seconds": 0.0})


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """Nothing to record, and nothing wrong."""

    why: str


def read_hook(raw: object, *, now: datetime) -> Noted | Passed | Unreadable:
    """Read one hook's input.

    Args:
        raw: The parsed input, or the same fields as texts.
        now: The time, in UTC: the call has just ended.
    """
    if not is_object(raw):
        return Unreadable("The hook's input must be an object.")
    event, tool = _text(raw, "hook_event_name") or _text(raw, "event"), _text(raw, "tool_name")
    if not event or not tool.strip():
        missing = "tool_name" if event else "hook_event_name"
        return Unreadable(f"The hook's input must have `{missing}`, as a text.")
    outcome = _OUTCOMES.get(event)
    if outcome is None:
        return Passed(why=f"{one_line(event, most=40)} is not the end of a call.")
    server = _server(raw, tool)
    if server in OWN_SERVERS:
        return Passed(why="Mendloop's own calls are not recorded.")
    # one that was not allowed has no such event: an error of the tool may say so in the same words
    if outcome is Outcome.ERROR and raw.get("is_interrupt") in (True, "true"):
        return Passed(why="A person interrupted the call, which says nothing of the tool.")
    return Noted(
        record=_record(raw, outcome, from_claude(tool, server=server), now),
        session=_text(raw, "session_id")[:MOST_NAME],
        server=server,
    )


def _record(
    raw: Mapping[object, object], outcome: Outcome, target: str, now: datetime
) -> dict[str, object]:
    seconds, use = _seconds(raw), _text(raw, "tool_use_id")
    kwargs, whole = _arguments(raw.get("tool_input"))
    result = _result(raw.get("tool_response")) if outcome is Outcome.OK else None
    record: dict[str, object] = {
        "target": target,
        "at": (now - timedelta(seconds=seconds)).isoformat(),
        "seconds": seconds,
        "outcome": outcome.value,
        "kwargs": kwargs,
        "result": result,
        "caller": CALLER,
        "source": Source.CLIENT.value,
        "whole": whole,
    }
    if outcome is Outcome.ERROR:
        record["error"] = fault_told(_text(raw, "error"))
    if use:
        record["id"] = record_id(use)
    session = one_line(_text(raw, "session_id"), most=MOST_NAME)
    return {**record, "session": session} if session else record


def _server(raw: Mapping[object, object], tool: str) -> str:
    """The server's name: as the client says it, or else from the name of the tool."""
    said = raw.get("mcp_server")
    named = said.get("name") if is_object(said) else said
    if isinstance(named, str) and named:
        return named[:MOST_NAME]
    behind = tool.removeprefix("mcp__")
    server, apart, _ = behind.partition("__")
    return server[:MOST_NAME] if tool.startswith("mcp__") and apart else ""


def _arguments(said: object) -> tuple[dict[str, object], bool]:
    """The named arguments, and whether these are all of them."""
    given = _parsed(said) if isinstance(said, str) else said
    if not is_object(given):
        return {}, False
    kept = {name: value for name, value in given.items() if isinstance(name, str) and _fits(name)}
    return kept, len(kept) == len(given)


def _fits(name: str) -> bool:
    return 0 < len(name) <= MOST_NAME and not hidden(name)


def _result(said: object) -> object:
    if not isinstance(said, str):
        return said
    if len(said) > _MOST_TEXT:
        return TOO_LARGE
    parsed = _parsed(said)
    return said if parsed is None and said.strip() != "null" else parsed


def _parsed(text: str) -> object:
    """The value of a JSON text; ``None`` where it is none."""
    if len(text) > _MOST_TEXT or not _OPENS.match(text):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _seconds(raw: Mapping[object, object]) -> float:
    """How long it took; 0 where that was not said."""
    said = raw.get("duration_ms")
    if isinstance(said, bool) or not isinstance(said, (int, float, str)) or said == "":
        return 0.0
    try:
        seconds = float(said) / 1_000
    except (ValueError, OverflowError):
        return 0.0
    return seconds if 0 <= seconds <= _MOST_SECONDS else 0.0  # so is NaN


def _text(raw: Mapping[object, object], key: str) -> str:
    said = raw.get(key)
    return said if isinstance(said, str) else ""
