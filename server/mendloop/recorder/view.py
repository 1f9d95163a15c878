"""What one call sees of the world while it runs: HTTP answers, files, the time, chance.

Only functions recorded with ``world`` have one; all others never come here. Whatever goes wrong in
here costs the record a part of it, which then says so, and the call nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar, Token
from typing import Any, Optional, Union

KINDS: tuple[str, ...] = ("clock", "network", "random", "reads_files")
"""What can be kept, each under the name of the side effect that it is."""
MOST_EXCHANGES: int = 50
MOST_NETWORK: int = 256 * 1024
"""Bytes of what was asked and answered, in all."""
MOST_FILES: int = 64
MOST_FILE: int = 64 * 1024
MOST_FILE_BYTES: int = 256 * 1024
"""Of all files together."""


class View:
    """The world of one call, as it is gathered."""

    __slots__ = (
        "clock",
        "exchanges",
        "files",
        "lost",
        "patched",
        "random",
        "room",
        "root",
        "token",
        "wanted",
    )

    def __init__(self, wanted: Sequence[str]) -> None:
        """Prepare to look at some kinds of it."""
        self.wanted = wanted
        self.lost: dict[str, str] = {}
        """What was not kept, by kind, and why."""
        self.clock: Optional[dict[str, int]] = None
        self.random = ""
        self.exchanges: list[dict[str, Any]] = []
        self.files: dict[str, dict[str, Any]] = {}
        self.room = {"network": MOST_NETWORK, "reads_files": MOST_FILE_BYTES}
        """Bytes that may still be kept."""
        self.patched = False
        """Whether exchanges pass by us for it."""
        self.root = ""
        """The workspace, where files are looked at."""
        self.token: Optional[Token[Optional[View]]] = None
        """Of the context in which it looks."""

    def lose(self, kind: str, why: str) -> None:
        """Say why something of a kind is not kept; the first reason counts."""
        self.lost.setdefault(kind, why)

    def spend(self, kind: str, size: int) -> bool:
        """Whether so many bytes may be kept."""
        self.room[kind] -= size
        return self.room[kind] >= 0

    def told(self) -> dict[str, Any]:
        """What the call saw, as it stands in a record but for secrets."""
        told: dict[str, Any] = {"kept": [kind for kind in self.wanted if kind not in self.lost]}
        if self.lost:
            told["lost"] = self.lost
        if self.clock is not None:
            told["clock"] = self.clock
        if self.random:
            told["random"] = self.random
        if self.exchanges and "network" not in self.lost:
            told["exchanges"] = self.exchanges
        if self.files and "reads_files" not in self.lost:
            told["files"] = list(self.files.values())
        return told


ACTIVE: ContextVar[Optional[View]] = ContextVar("mendloop_view", default=None)
"""That of the call which this context belongs to."""


def wanted(world: Union[bool, Sequence[str]]) -> tuple[str, ...]:  # noqa: FBT001  as it is written in the decorator
    """The kinds that a decorator asks for.

    Raises:
        ValueError: One of them is none.
    """
    if isinstance(world, bool):
        return KINDS if world else ()
    unknown = sorted(set(world) - set(KINDS))
    if unknown:
        raise ValueError(f"world takes {', '.join(KINDS)}, not {unknown[0]!r}")
    return tuple(kind for kind in KINDS if kind in world)


def text_or_bytes(content: bytes) -> Any:
    """Bytes as they stand in a record: as text where they are one."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return {"$b": content.hex()}
    return text
