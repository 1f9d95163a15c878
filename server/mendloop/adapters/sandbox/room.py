"""How much code may write in its scratch folder, looked at from outside."""

import os
import time
from pathlib import Path
from typing import Final

from mendloop.adapters.sandbox.candidate import Order
from mendloop.model.observation import Crashed

_LOOK_SECONDS: Final = 0.05
"""How often it is looked while code runs."""
_PATIENCE: Final = 5
"""A look that took long is repeated after so many times as long."""
_BLOCK_BYTES: Final = 512
_MOST_FILES: Final = 10_000
"""So many files and folders one process may have made at a time."""


class Room:
    """The scratch folders of one candidate. Used by one thread."""

    def __init__(self, order: Order) -> None:
        self._stage = order.stage
        self._most = order.limits.scratch_bytes
        self._next = 0.0 if order.program.writes_files else float("inf")
        self.look_seconds = _LOOK_SECONDS if order.program.writes_files else float("inf")
        """How long may be waited for anything else."""

    def due(self) -> bool:
        """Whether it is time to look at what has been written."""
        return time.monotonic() >= self._next

    def looked(self, started: float) -> None:
        """Settle when to look again: a folder may hold so much that it takes a while."""
        now = time.monotonic()
        self._next = now + max(_LOOK_SECONDS, _PATIENCE * (now - started))

    def exceeded(self, folder: Path | None) -> bool:
        """Whether more lies in a folder than may; ``None`` is the folder of what writes nothing."""
        return folder is not None and holds_more(self._stage.outside(folder), self._most)

    def why(self) -> Crashed:
        """What is told of a case that wrote too much."""
        return Crashed(f"it wrote more than {self._most >> 20} MiB, or {_MOST_FILES:,} files")


def holds_more(folder: Path, most: int) -> bool:
    """Whether a folder holds more bytes or files than it may; code that runs may add to it.

    Args:
        folder: It; links in it are not followed.
        most: How many bytes all its files may take on the disk together.
    """
    left, files = most, 0
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    files += 1
                    left -= entry.stat(follow_symlinks=False).st_blocks * _BLOCK_BYTES
                    if left < 0 or files > _MOST_FILES:
                        return True
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
        except OSError:  # removed meanwhile, or closed on purpose: the rest still counts
            continue
    return False
