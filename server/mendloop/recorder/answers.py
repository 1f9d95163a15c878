"""What an MCP tool's answer says: its result, or that it failed; by shape, without an SDK."""

from __future__ import annotations

from typing import Any, Optional

from mendloop.recorder.classes import kind_of
from mendloop.recorder.snapshot import Part

_SDKS = ("mcp.", "fastmcp.")
_MOST_CAUSES = 20
_MOST_MESSAGE = 2_001


def raised_by_tool(error: BaseException) -> BaseException:
    """The exception itself, below those in which the SDK has wrapped it for its client."""
    for _ in range(_MOST_CAUSES):
        cause = error.__cause__
        if cause is None or not _raised_by_sdk(error):
            break
        error = cause
    return error


def said_error(answer: Any) -> Optional[dict[str, Any]]:
    """The error in an answer that says itself that it is one."""
    if getattr(answer, "is_error", False) is not True:
        return None
    return {"type": "ToolError", "message": _texts(answer)[:_MOST_MESSAGE], "frames": []}


def result_of(answer: Any, tool: Any) -> tuple[bool, Any]:
    """Whether the call has ended with this, and what the function returned, as far as is told.

    Structured content where there is some, without the wrapping that the SDK puts around what is
    no object; else the text.
    """
    if _asks_back(answer):
        return False, None
    structured = getattr(answer, "structured_content", None)
    if structured is not None:
        return True, structured["result"] if _wrapped(answer, tool, structured) else structured
    content = getattr(answer, "content", None)
    if content is not None and all(getattr(block, "type", "") == "text" for block in content):
        return True, _texts(answer)
    return True, Part("$opaque", "content that is no text")


def _raised_by_sdk(error: BaseException) -> bool:
    """Whether the innermost line of its traceback is the SDK's: it was wrapped there."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    name = "" if trace is None else str(trace.tb_frame.f_globals.get("__name__", ""))
    return name.startswith(_SDKS)


def _asks_back(answer: Any) -> bool:
    """Whether the client is asked for something first, and will call again."""
    kind = getattr(answer, "result_type", None)
    return kind == "input_required" or hasattr(answer, "input_required")


def _wrapped(answer: Any, tool: Any, structured: Any) -> bool:
    if kind_of(structured) is not dict or list(structured) != ["result"]:
        return False
    if getattr(getattr(tool, "fn_metadata", None), "wrap_output", False) is True:
        return True
    meta: Any = getattr(answer, "meta", None)
    said: Any = meta.get("fastmcp") if kind_of(meta) is dict else None
    return kind_of(said) is dict and said.get("wrap_result") is True


def _texts(answer: Any) -> str:
    blocks = getattr(answer, "content", None) or ()
    return "\n".join(str(getattr(block, "text", "")) for block in blocks)
