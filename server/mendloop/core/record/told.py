"""Failures as a client was told of them: as text, from which the exception is guessed back."""

import re
from typing import Final

from mendloop.core.record.tracebacks import Raised, class_name, read_traceback

TOOL_ERROR: Final = "ToolError"
"""The type of a failure of which nothing more is known."""
_MOST_TEXT: Final = 64_000
_TAG: Final = re.compile(r"\s*<tool_use_error>(.*)</tool_use_error>\s*", re.DOTALL)
_CALLED: Final = re.compile(r"Error (?:executing|calling) tool '?[\w./-]{1,128}'?: ?")
_PROTOCOL: Final = re.compile(r"MCP error -?\d{1,9}: ")
_EXIT: Final = re.compile(r"Exit code (-?\d{1,9})\b")
_CLASS: Final = re.compile(r"((?:[A-Za-z_]\w*\.){0,9}[A-Z_]\w{0,100}(?:Error|Exception)): ?")
_VAGUE: Final = frozenset(
    {"tool_error", "McpToolCallError", "Error", "error", "_OTHER", ""} | {TOOL_ERROR}
)
"""Types that say no more than that it failed."""

_HOOK: Final = re.compile(r"(?:Hook )?PreToolUse(?::\S{1,200})? (?:hook|denied|blocked)")
_NEVER_RAN: Final = (
    ("The user doesn't want to ", "the person did not let it run"),
    ("User rejected ", "the person did not let it run"),
    ("[Request interrupted by user", "the person interrupted it"),
    ("Request interrupted by user", "the person interrupted it"),
    ("Interrupted by user", "the person interrupted it"),
    ("Permission to use ", "it had no permission"),
    ("Permission for this action ", "it had no permission"),
    ("Claude requested permissions to ", "it had no permission"),
    ("This command requires approval", "it had no permission"),
    ("Cancelled: parallel tool call ", "a call beside it failed first"),
    ("No such tool available", "there is no such tool"),
)
"""How Claude Code begins its words about calls that say nothing of the tool."""


def fault_told(text: str, *, kind: str = "") -> dict[str, object]:
    """The ``error`` of a record, from what a client was told.

    Args:
        text: The words.
        kind: The class, where somebody said it beside the words.
    """
    plain = _plain(text)
    raised = read_traceback(plain)
    known = class_name(kind)
    if exit_ := _EXIT.match(plain):
        return {"type": "ShellError", "message": _shell(plain, exit_[1])}
    if raised is not None:
        return fault_raised(raised)
    if known not in _VAGUE and not known.lstrip("-").isdigit():
        return {"type": known, "message": plain}
    if _PROTOCOL.match(plain) or known.lstrip("-").isdigit():
        return {"type": "MCPError", "message": plain}
    said = _CALLED.sub("", plain, count=1)
    if named := _CLASS.match(said):
        return {"type": class_name(named[1]), "message": said[named.end() :]}
    return {"type": TOOL_ERROR, "message": plain}


def fault_raised(raised: Raised) -> dict[str, object]:
    """The ``error`` of a record, from a traceback."""
    return {
        "type": raised.type,
        "message": raised.message,
        "frames": [
            {"file": file, "line": line, "function": function}
            for file, line, function in raised.frames
        ],
    }


def never_ran(text: str) -> str | None:
    """Why a call that failed says nothing of its tool; ``None`` where it does."""
    plain = _plain(text).replace("\u2019", "'").removeprefix("Error: ")
    if _HOOK.match(plain):
        return "a hook stopped it"
    return next((why for start, why in _NEVER_RAN if plain.startswith(start)), None)


def _plain(text: str) -> str:
    text = text[:_MOST_TEXT]
    tagged = _TAG.fullmatch(text)
    return (tagged[1] if tagged else text).strip()


def _shell(text: str, code: str) -> str:
    """The last line first: the first is the same for every failure of a shell command."""
    lines = [line for line in text.splitlines()[1:] if line.strip()]
    return f"Exit code {code}: {lines[-1].strip()}\n{text}" if lines else text
