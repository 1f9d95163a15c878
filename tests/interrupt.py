"""Come in between two steps of real code: an outside edit, a disk error, a kill."""

import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any

CHANGING = frozenset(
    {
        "chmod",
        "execute",
        "executemany",
        "fchmod",
        "fchown",
        "flock",
        "fsync",
        "link",
        "mkdir",
        "open",
        "rename",
        "replace",
        "rmdir",
        "setxattr",
        "unlink",
        "utime",
        "write",
    }
)
"""Functions of the system and of SQLite that change something outside the process."""


class Interruption:
    """Does something right before the n-th step, counted from 1, and then no more."""

    def __init__(self, step: int, act: Callable[[str], None], *, only: str | None = None) -> None:
        self.seen = 0
        self.done = ""
        self._step = step
        self._act = act
        self._only = only

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        name = step_of(frame, event, argument)
        if name is None or (self._only is not None and name != self._only):
            return
        self.seen += 1
        if self.seen == self._step:
            self.done = name
            self._act(name)


def step_of(frame: FrameType, event: str, argument: Any) -> str | None:
    """The name of a step that changes something, where this event is the start of one."""
    if event == "call":
        # called through ctypes, which is no event of its own
        own = frame.f_code.co_filename.endswith("exchange.py")
        return "exchange" if own and frame.f_code.co_name == "call" else None
    if event == "c_call":
        name = getattr(argument, "__name__", "")
        where = getattr(argument, "__module__", None) or type(
            getattr(argument, "__self__", None)
        ).__module__
        if name in CHANGING and where in {"posix", "fcntl", "sqlite3"}:
            return str(name)
    return None


@contextmanager
def interrupted(
    step: int, act: Callable[[str], None], *, only: str | None = None, threads: bool = False
) -> Generator[Interruption]:
    """Run the block with an interruption, in this thread, or in those that start from now on too."""
    interruption = Interruption(step, act, only=only)
    if threads:
        threading.setprofile(interruption)
    sys.setprofile(interruption)
    try:
        yield interruption
    finally:
        sys.setprofile(None)
        if threads:
            threading.setprofile(None)
