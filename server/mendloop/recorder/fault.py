"""What was raised, as plain data: type, message, and the lines that led there."""

from __future__ import annotations

import os
import sys
import types
from typing import Any, Optional

from mendloop.recorder.encode import encode, text_of
from mendloop.recorder.snapshot import ATOMS, characters, snapshot

MOST_FRAMES = 20
MOST_MESSAGE = 2_000
_MOST_NAME = 200
_MOST_WALK = 100_000
_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_FOREIGN = ("site-packages", "dist-packages")
_LIBRARY = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_BUILT_IN = tuple(
    kind.__str__ for kind in (BaseException, KeyError, OSError, ImportError, SyntaxError)
)
"""What these make of their arguments is known."""


def describe(error: BaseException, root: str) -> dict[str, Any]:
    """One exception.

    Args:
        error: What was raised.
        root: The folder of the user's files; frames are told relative to it.
    """
    frames = _frames(error.__traceback__, root)
    if isinstance(error, SyntaxError) and isinstance(error.filename, str):
        file, own = _shown(error.filename, root)
        if own:
            frames.append(_frame(file, error.lineno or 0, "<module>"))
    return {
        "type": type(error).__name__[:_MOST_NAME] or "Exception",
        "message": _message(error)[: MOST_MESSAGE + 1],
        "frames": frames[-MOST_FRAMES:],
    }


def _message(error: BaseException) -> str:
    """Its text; the code that makes it may be a stranger's, and may itself fail."""
    if type(error).__str__ in _BUILT_IN and not _simple(error.args):
        return text_of(encode(snapshot(error.args)))  # not ``repr`` of whatever stands there
    try:
        text = str(error)
    except Exception:
        return "(its message could not be made)"
    return text if type(text) is str else "(its message is no text)"


def _simple(args: tuple[Any, ...]) -> bool:
    return ATOMS.issuperset(map(type, args)) and characters(args, 10**6) <= 10**6


def _frames(trace: Optional[types.TracebackType], root: str) -> list[dict[str, Any]]:
    """The innermost lines inside the user's own files, and the last one even outside."""
    kept: list[dict[str, Any]] = []
    last: Optional[dict[str, Any]] = None
    walked = 0
    while trace is not None and walked < _MOST_WALK:
        code = trace.tb_frame.f_code
        if not code.co_filename.startswith(_HERE):
            file, own = _shown(code.co_filename, root)
            last = _frame(file, trace.tb_lineno or 0, code.co_name)
            if own:
                kept.append(last)
        trace = trace.tb_next
        walked += 1
    if last is not None and (not kept or kept[-1] is not last):
        kept.append(last)
    return kept[-MOST_FRAMES:]


def _frame(file: str, line: int, function: str) -> dict[str, Any]:
    return {"file": file[-_MOST_NAME:], "line": line, "function": function[:_MOST_NAME]}


def _shown(name: str, root: str) -> tuple[str, bool]:
    """A file's name as it is told, and whether it is the user's own."""
    library = name.startswith(_LIBRARY) or any(part in name for part in _FOREIGN)
    if not library and name.startswith(root + os.sep):
        return name[len(root) + 1 :], True
    for place in sorted(filter(None, sys.path), key=len, reverse=True):
        if name.startswith(place + os.sep):
            return name[len(place) + 1 :], False
    return os.path.basename(name), False
