"""What was raised, as somebody else wrote it down."""

from typing import Final

from mendloop.core.record.texts import MOST_NAME, cut, one_line
from mendloop.core.record.values import Malformed, fields, is_array
from mendloop.model.execution import Fault, Frame

MOST_FRAMES: Final = 20
MOST_PATH: Final = 400


def read_fault(raw: object) -> Fault | None:
    """The ``error`` of a record; ``None`` where it has none.

    Raises:
        Malformed: It is not one.
    """
    if raw is None:
        return None
    error = fields(raw, "error", frozenset({"type", "message", "frames"}))
    kind, message = error.get("type"), error.get("message", "")
    if not isinstance(kind, str) or not kind.strip():
        raise Malformed("error.type must be the name of an exception.")
    if not isinstance(message, str):
        raise Malformed("error.message must be a text.")
    frames = error.get("frames")
    if frames is None:
        return short(Fault(type=kind, message=message))
    if not is_array(frames):
        raise Malformed("error.frames must be a list, outermost frame first.")
    read = tuple(_frame(frame) for frame in frames[-MOST_FRAMES:])
    return short(Fault(type=kind, message=message, frames=read))


def _frame(raw: object) -> Frame:
    frame = fields(raw, "error.frames", frozenset({"file", "line", "function"}))
    file, line, function = frame.get("file"), frame.get("line"), frame.get("function")
    if not isinstance(file, str) or not isinstance(function, str):
        raise Malformed("error.frames must have a file and a function, as texts, in every frame.")
    if isinstance(line, bool) or not isinstance(line, int) or not 0 <= line < 2**31:
        raise Malformed("error.frames must have a line, as a number, in every frame.")
    return Frame(file=file, line=line, function=function)


def short(fault: Fault) -> Fault:
    """The fault, cut to what may be kept, and fit to be shown."""
    frames = fault.frames[-MOST_FRAMES:]  # the innermost say where it happened
    return Fault(
        type=one_line(fault.type, most=MOST_NAME) or "Exception",
        message=cut(fault.message),
        frames=tuple(
            Frame(
                file=one_line(frame.file[-MOST_PATH:], most=MOST_PATH),
                line=frame.line,
                function=one_line(frame.function, most=MOST_NAME),
            )
            for frame in frames
        ),
    )
