"""The CPU time of a process and of all that came from it, as the kernel counts it."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_UTIME: Final = 11
"""Where user time stands behind the name of a process; system time and both of its ended children
follow."""
_MOST: Final = 1000
"""Processes that are looked at; a sandbox has far fewer."""


def cpu_seconds(process: int) -> float:
    """User and system time of a process, of those below it, and of those that ended.

    An ended process counts for the one that has waited for it, which lives in the sandbox too.
    """
    ticks = 0
    for each in _below(process):
        with suppress(OSError, ValueError):
            about = Path(f"/proc/{each}/stat").read_text(encoding="utf-8", errors="replace")
            behind = about.rpartition(")")[2].split()
            ticks += sum(int(number) for number in behind[_UTIME : _UTIME + 4])
    return ticks / _TICKS


def _below(process: int) -> Iterator[int]:
    waiting = [process]
    for _ in range(_MOST):
        if not waiting:
            return
        each = waiting.pop()
        yield each
        with suppress(OSError, ValueError):
            for thread in os.listdir(f"/proc/{each}/task"):  # noqa: PTH208  a Path for none of them
                children = Path(f"/proc/{each}/task/{thread}/children")
                waiting += map(int, children.read_text(encoding="utf-8").split())
