"""Which spans are calls of tools, and what each of them says of its call.

The conventions are those of OpenTelemetry for generative AI and for MCP (``mcp.method.name`` is
``tools/call``, or ``gen_ai.operation.name`` is ``execute_tool``), and Claude Code's own.
"""

import re
from collections.abc import Mapping
from typing import Final

from mendloop.core.record.json_text import parsed_text
from mendloop.core.record.naming import from_claude, record_id, tool_target
from mendloop.core.record.otlp_request import CLIENT, SERVER, Span
from mendloop.core.record.own import own_server, own_tool
from mendloop.core.record.told import TOOL_ERROR, fault_raised, fault_told
from mendloop.core.record.tracebacks import class_name, read_traceback
from mendloop.core.record.values import is_object
from mendloop.noun import dataclass

_METHOD: Final = "tools/call"
_SENT: Final = "MCP send "
"""How the official SDK begins the name of a client's span. It ends when any answer has come, so it
does not know whether the tool failed: it says who asked, and nothing else."""
CLAUDE_SPAN: Final = "claude_code.tool"
CLAUDE_PREFIX: Final = "claude_code."
_EXCEPTIONS: Final = ("exception", "gen_ai.client.operation.exception")
_TIMEOUTS: Final = frozenset({"timeout"})
_CANCELLED: Final = frozenset({"cancelled", "canceled", "CancelledError"})
_GLOBAL: Final = 16
"""Characters from which an id of a tool call is taken to be like no other in the world."""
_CLAUDES: Final = "toolu_"
_NO_NAME: Final = re.compile(r"FastMCP-[0-9a-f]{2,}|unknown_service.*")
"""What a server is called that nobody named; the first is another one at every start."""
_SERVER_KEYS: Final = ("anthropic.mcp.server.name", "fastmcp.server.name", "mcp.server.name")
_SESSION_KEYS: Final = ("mcp.session.id", "session.id", "gen_ai.conversation.id")
_OUTPUT: Final = "tool.output"
_OUTPUT_KEYS: Final = ("output", "content", "result")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpan:
    """One span about one call of a tool."""

    span: Span
    tool: str
    witness: bool
    """Whether it saw how the call ended."""

    @property
    def server(self) -> bool:
        """Whether it is the side that runs the tool."""
        return self.span.kind == SERVER

    @property
    def client(self) -> bool:
        """Whether it is the side that asks over a wire."""
        return self.span.kind == CLIENT


def tool_span(span: Span) -> ToolSpan | None:
    """The span as a call of a tool; ``None`` where it is about something else."""
    if span.name.startswith(CLAUDE_PREFIX):
        return _of_claude(span)
    method = said(span.attributes, "mcp.method.name")
    title = span.name.removeprefix(_SENT)
    calls = method == _METHOD or (not method and title.startswith(f"{_METHOD} "))
    if calls and span.kind not in (CLIENT, SERVER):
        return None  # a step within the call, such as FastMCP's delegation to a mounted server
    operation = said(span.attributes, "gen_ai.operation.name")
    runs = operation == "execute_tool" or (not operation and title.startswith("execute_tool "))
    if not calls and not runs:
        return None
    tool = said(span.attributes, "gen_ai.tool.name", "mcp.tool.name") or title.partition(" ")[2]
    if not tool:
        return None
    return ToolSpan(span=span, tool=tool, witness=not span.name.startswith(_SENT))


def call_id(tool: ToolSpan) -> str | None:
    """The id of the record, where the client named the call.

    Some clients count their calls (``call_0``): such an id is one within its trace only.
    """
    given = said(tool.span.attributes, "gen_ai.tool.call.id", "tool_use_id")
    if not given:
        return None
    known = given.startswith(_CLAUDES) or len(given) >= _GLOBAL
    return record_id(given if known else f"{tool.span.trace}_{given}")


def server_name(tool: ToolSpan) -> str:
    """Who runs the tool, as far as the span knows; empty where it does not."""
    named = said(tool.span.attributes, *_SERVER_KEYS)
    name = tool.span.service if not named or _NO_NAME.fullmatch(named) else named
    return "" if _NO_NAME.fullmatch(name) else name


def target_name(tool: ToolSpan) -> str:
    """The target that was called."""
    if tool.span.name == CLAUDE_SPAN and not said(tool.span.attributes, *_SERVER_KEYS):
        return from_claude(tool.tool)
    if tool.span.name == CLAUDE_SPAN and tool.tool.startswith("mcp__"):
        return from_claude(tool.tool, server=server_name(tool))
    return tool_target(server_name(tool), tool.tool)


def is_own(tool: ToolSpan) -> bool:
    """Whether the tool is one of Mendloop's own."""
    return own_server(server_name(tool)) or own_tool(tool.tool)


def ended(tool: ToolSpan) -> dict[str, object] | None:
    """How the call ended: outcome and error; ``None`` where it was given up."""
    span, kind = tool.span, said(tool.span.attributes, "error.type")
    if not span.failed and not kind:
        return {"outcome": "ok"}
    if class_name(kind) in _CANCELLED:
        return None
    outcome = "timeout" if kind in _TIMEOUTS else "error"
    return {"outcome": outcome, "error": _fault(span, kind)}


def session(tool: ToolSpan) -> str | None:
    """The session that the call belongs to."""
    return said(tool.span.attributes, *_SESSION_KEYS) or None


def arguments(tool: ToolSpan) -> dict[str, object] | None:
    """``args`` and ``kwargs``; ``None`` where the span does not tell them."""
    return as_call(_first(tool.span.attributes, "gen_ai.tool.call.arguments", "tool_input"))


def result(tool: ToolSpan) -> tuple[object] | None:
    """What was returned; ``None`` where the span does not tell it."""
    given = tool.span.attributes.get("gen_ai.tool.call.result")
    for event in tool.span.events:
        if given is None and event.name == _OUTPUT:
            given = _first(event.attributes, *_OUTPUT_KEYS)
    return None if given is None else (parsed(given),)


def as_call(given: object) -> dict[str, object] | None:
    """Arguments as a record has them; ``None`` where none are told."""
    value = parsed(given)
    if value is None:
        return None
    if is_object(value):
        return {"args": [], "kwargs": value}
    return {"args": [value], "kwargs": {}}


def parsed(given: object) -> object:
    """What an attribute stands for: many clients put JSON into texts."""
    return parsed_text(given) if isinstance(given, str) else given


def said(attributes: Mapping[str, object], *keys: str) -> str:
    """The first of some attributes that is a text; empty where none is."""
    for key in keys:
        value = attributes.get(key)
        if isinstance(value, str) and value:
            return value
    return ""


def _of_claude(span: Span) -> ToolSpan | None:
    tool = said(span.attributes, "gen_ai.tool.name", "tool_name")
    if span.name != CLAUDE_SPAN or not tool:
        return None
    return ToolSpan(span=span, tool=tool, witness=True)


def _fault(span: Span, kind: str) -> dict[str, object]:
    """The exception with its lines where there is an event; else what the status says."""
    told = span.message or said(span.attributes, "error", "error.message")
    for event in reversed(span.events):
        if event.name not in _EXCEPTIONS:
            continue
        raised = read_traceback(said(event.attributes, "exception.stacktrace"))
        if raised is not None:
            return fault_raised(raised)
        named = said(event.attributes, "exception.type") or kind
        message = said(event.attributes, "exception.message") or told
        return {"type": class_name(named) or TOOL_ERROR, "message": message}
    return fault_told(told, kind=kind)


def _first(attributes: Mapping[str, object], *keys: str) -> object:
    return next((attributes[key] for key in keys if attributes.get(key) is not None), None)
