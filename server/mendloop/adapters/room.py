"""How much the state folder holds."""

import os
import stat
from pathlib import Path


class Room:
    """Measures one folder, with all below it."""

    def __init__(self, folder: Path) -> None:
        """Measure ``folder``."""
        self._folder = folder
        self._known: dict[str, tuple[int, int]] = {}

    def used(self) -> int:
        """Bytes of all files; what cannot be looked at counts nothing."""
        return self._sum(os.fspath(self._folder), lasting=False)

    def _sum(self, folder: str, *, lasting: bool) -> int:
        """Bytes below a folder.

        Blobs never change, and there may be many: they are looked at again only when one came or
        went, which changes the time of their folder.
        """
        try:
            changed = os.stat(folder).st_mtime_ns  # noqa: PTH116  one call for each folder
            if lasting and (known := self._known.get(folder)) and known[0] == changed:
                return known[1]
            total = 0
            with os.scandir(folder) as entries:
                for entry in entries:
                    total += self._size(entry)
        except OSError:
            return 0  # gone meanwhile
        if lasting:
            self._known[folder] = (changed, total)
        return total

    def _size(self, entry: "os.DirEntry[str]") -> int:
        try:
            about = entry.stat(follow_symlinks=False)
        except OSError:
            return 0  # gone meanwhile
        if stat.S_ISDIR(about.st_mode):
            return self._sum(entry.path, lasting=entry.name == "blobs")
        return about.st_size
