"""Claude Code's log records about tools, made into records of executions."""

import math
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from mendloop.core.record.naming import from_claude, record_id, tool_target
from mendloop.core.record.otlp_request import Log
from mendloop.core.record.own import own_server, own_tool
from mendloop.core.record.pairs import at_text
from mendloop.core.record.spans import parsed, said
from mendloop.core.record.told import fault_told, never_ran
from mendloop.core.record.values import is_object
from mendloop.model.execution import Source

_NAMES: Final = frozenset({"claude_code.tool_result", "tool_result"})
_ANY_MCP: Final = "mcp_tool"
"""How Claude Code calls every tool of a server; which one it was is in the parameters."""
_REFUSED: Final = frozenset({"reject", "deny"})
_MOST_MILLISECONDS: Final = 1e12
_SURE: Final = 500
"""Characters up to which Claude Code abridges no argument. It tells no result in a log record, so
that only a failure can be whole."""


def event_record(log: Log) -> dict[str, object] | str | None:
    """The record of one call; why there is none; or ``None`` where it is about something else."""
    known = log.attributes
    if not {log.name, said(known, "event.name")} & _NAMES:
        return None
    if not said(known, "tool_name") or not log.at:
        return None
    target = _target(known)
    if target is None:
        return "a tool's name is not told: set OTEL_LOG_TOOL_DETAILS=1 where Claude Code runs"
    if not target:
        return None
    why = _why_not(known)
    return _record(log, target) if why is None else f"{target}: {why}"


def _why_not(known: Mapping[str, object]) -> str | None:
    """Why a call says nothing of its tool, where it does not."""
    if said(known, "decision_type", "decision") in _REFUSED:
        return "it had no permission"
    return never_ran(said(known, "error")) if _failed(known) else None


def _record(log: Log, target: str) -> dict[str, object]:
    known, failed = log.attributes, _failed(log.attributes)
    asked = parsed(known.get("tool_input"))
    milliseconds = _milliseconds(known.get("duration_ms"))
    ended: dict[str, object] = {"outcome": "ok"}
    if failed:
        fault = fault_told(said(known, "error"), kind=said(known, "error_type"))
        ended = {"outcome": "error", "error": fault}
    return {
        "id": _id(log),
        "target": target,
        "at": at_text(max(log.at - int(milliseconds * 1e6), 0)),  # it is written at the end
        "seconds": milliseconds / 1000,
        "caller": "claude-code",
        "session": said(known, "session.id") or None,
        "kwargs": asked if is_object(asked) else {},
        "whole": failed and is_object(asked) and len(said(known, "tool_input")) <= _SURE,
        "source": Source.OTEL.value,
        **ended,
    }


def _target(known: Mapping[str, object]) -> str | None:
    """The target; empty where it is Mendloop's own, ``None`` where it is not told."""
    name = said(known, "tool_name")
    details = parsed(known.get("tool_parameters"))
    server, tool = said(known, "mcp_server_name"), said(known, "mcp_tool_name")
    if is_object(details):
        inner = {str(key): value for key, value in details.items()}
        server, tool = (
            said(inner, "mcp_server_name") or server,
            said(inner, "mcp_tool_name") or tool,
        )
    if own_server(server) or own_tool(name):
        return ""
    if server and tool:
        return tool_target(server, tool)
    return None if name == _ANY_MCP else from_claude(name)


def _failed(known: Mapping[str, object]) -> bool:
    success = known.get("success")
    if isinstance(success, bool):
        return not success
    return said(known, "success").lower() == "false" or bool(said(known, "error"))


def _milliseconds(given: object) -> float:
    """0 where it is not told, or cannot be."""
    try:
        value = float(given) if isinstance(given, (str, int, float)) else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return value if math.isfinite(value) and 0 <= value < _MOST_MILLISECONDS else 0.0


def _id(log: Log) -> str:
    """Named by the client, or by all that it says: the same record again is the same execution."""
    given = said(log.attributes, "tool_use_id", "gen_ai.tool.call.id")
    if given:
        return record_id(given)
    facts = repr((log.at, sorted((key, repr(value)) for key, value in log.attributes.items())))
    return f"o-{sha256(facts.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"
