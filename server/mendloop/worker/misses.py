"""What a case asked the world for that was not recorded."""

from __future__ import annotations

NOT_RECORDED = "mendloop.NotRecorded"
"""The type under which it is told; no class of Python has a dot in its name."""
_MOST = 300
_missed: list[str] = []


class NotRecordedError(OSError):
    """The code asked the world for something that was not recorded."""


def missed(what: str) -> NotRecordedError:
    """Note it, whatever the code makes of the error; gives what is to be raised."""
    _missed.append(what[:_MOST])
    return NotRecordedError(f"{what[:_MOST]} was not recorded")


def forget() -> None:
    """Begin anew."""
    _missed.clear()


def first() -> str:
    """The first of them; empty where there is none."""
    return _missed[0] if _missed else ""
