"""How a call ended that came back with an exception: of its own doing, or of somebody else's."""

from __future__ import annotations

import enum

from mendloop.recorder.snapshot import Part

_CANCELLED = frozenset({"CancelledError", "Cancelled"})
"""What asyncio and trio raise in a task that is to end; never an ``Exception``."""
_DEADLINE = "deadline exceeded"
"""What anyio says in the message of the cancellation that a deadline makes."""
EXITED = Part("$opaque", "left by sys.exit")
"""In place of the result of a function that ends the program well."""


class Ending(enum.Enum):
    """What is on record of such a call."""

    OK = "ok"
    """It ended the program, and said that all went well."""
    ERROR = "error"
    TIMEOUT = "timeout"
    """It was given up at a deadline."""
    CANCELLED = "cancelled"
    """Somebody wants no more of it, which says nothing about the function."""


def ending(error: BaseException) -> Ending:
    """Tell them apart.

    A deadline of ``asyncio.timeout`` or ``wait_for`` cannot be told from any other cancellation,
    for asyncio does not say.
    """
    if isinstance(error, Exception):
        return Ending.ERROR
    if isinstance(error, (KeyboardInterrupt, GeneratorExit)):
        return Ending.CANCELLED
    if isinstance(error, SystemExit):
        return Ending.OK if error.code is None or error.code == 0 else Ending.ERROR
    if type(error).__name__ not in _CANCELLED:
        return Ending.ERROR
    source = getattr(error, "source", None)  # trio says who cancelled
    told = any(type(part) is str and _DEADLINE in part for part in error.args)
    return Ending.TIMEOUT if told or source == "deadline" else Ending.CANCELLED
