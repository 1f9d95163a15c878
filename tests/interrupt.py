"""Come in between two steps of real code: an outside edit, a disk error, a kill."""

import sys
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeAlias

Act: TypeAlias = Callable[[str], None]
"""Is told the name of the step that comes next."""
CHANGING = frozenset(
    {
        "chmod",
        "execute",
        "executemany",
        "fchmod",
        "fchown",
        "flock",
        "fork_exec",
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
    """Does something right before certain steps, counted from 1."""

    def __init__(self, acts: Mapping[int, Act], only: str | None) -> None:
        self.names: list[str] = []
        """Of all steps so far."""
        self.done = ""
        """The step before which something was done last."""
        self._acts = acts
        self._only = only

    @property
    def seen(self) -> int:
        return len(self.names)

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        name = step_of(frame, event, argument)
        if name is None or (self._only is not None and name != self._only):
            return
        self.names.append(name)
        act = self._acts.get(self.seen)
        if act is not None:
            self.done = name
            act(name)


def step_of(frame: FrameType, event: str, argument: Any) -> str | None:
    """The name of a step that changes something, where this event is the start of one."""
    if event == "call":
        # called through ctypes, which is no event of its own
        own = frame.f_code.co_filename.endswith("exchange.py")
        return "exchange" if own and frame.f_code.co_name == "call" else None
    if event == "c_call":
        name = getattr(argument, "__name__", "")
        where = (
            getattr(argument, "__module__", None)
            or type(getattr(argument, "__self__", None)).__module__
        )
        if name in CHANGING and where in {"posix", "fcntl", "sqlite3", "_posixsubprocess"}:
            return str(name)
    return None


@contextmanager
def interrupted(
    acts: Mapping[int, Act], *, only: str | None = None, threads: bool = False
) -> Generator[Interruption]:
    """Run the block with interruptions, in this thread, or in those that start from now on too."""
    interruption = Interruption(acts, only)
    if threads:
        threading.setprofile(interruption)
    sys.setprofile(interruption)
    try:
        yield interruption
    finally:
        sys.setprofile(None)
        if threads:
            threading.setprofile(None)
