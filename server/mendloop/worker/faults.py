"""What was raised, as plain data: type, message, and the lines that led there."""

import os
import sys
import types
from typing import Any, Optional

MOST_FRAMES = 20
MOST_MESSAGE = 2_000
_MOST_NAME = 200
_MOST_WALK = 100_000
_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep


def _text(value: BaseException) -> str:
    """Its message; the code that makes it may be a stranger's, and may itself fail."""
    try:
        text = str(value)
    except BaseException:
        return "(its message could not be made)"
    return text[:MOST_MESSAGE] if type(text) is str else "(its message is no text)"


def _shown(name: str, root: str) -> tuple[str, bool]:
    """A file's name as it is told, and whether it is the user's own."""
    if name.startswith(root + os.sep):
        return name[len(root) + 1 :], True
    for place in sorted(sys.path, key=len, reverse=True):
        if place and name.startswith(place + os.sep):
            return name[len(place) + 1 :], False
    return os.path.basename(name), False


def _frames(trace: Optional[types.TracebackType], root: str) -> list[list[Any]]:
    """The innermost lines inside the user's own files, and the last one even outside."""
    kept: list[list[Any]] = []
    last: Optional[list[Any]] = None
    walked = 0
    while trace is not None and walked < _MOST_WALK:
        code, line = trace.tb_frame.f_code, trace.tb_lineno or 0
        trace, walked = trace.tb_next, walked + 1
        if code.co_filename.startswith(_OURS):  # what answers in the place of the world
            continue
        file, own = _shown(code.co_filename, root)
        last = [file[:_MOST_NAME], line, code.co_name[:_MOST_NAME]]
        if own:
            kept.append(last)
    if last is not None and kept and kept[-1] is not last:
        kept.append(last)
    return kept[-MOST_FRAMES:]


def describe(value: BaseException, root: str) -> dict[str, Any]:
    """One exception.

    Args:
        value: What was raised.
        root: The folder of the user's files; frames are told relative to it.
    """
    frames = _frames(value.__traceback__, root)
    if isinstance(value, SyntaxError) and isinstance(value.filename, str):
        file, own = _shown(value.filename, root)
        if own:
            frames.append([file[:_MOST_NAME], value.lineno or 0, "<module>"])
    return {
        "type": type(value).__name__[:_MOST_NAME],
        "message": _text(value),
        "frames": frames[-MOST_FRAMES:],
    }
