"""One name in an open folder, and the draft's name beside it that a transaction may use."""

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from mendloop.adapters.draft import part_of
from mendloop.adapters.paths import read_regular
from mendloop.errors import InvalidInput
from mendloop.model.ids import Digest, digest_of
from mendloop.noun import dataclass

_IRREGULAR: Final = Digest("no regular file")
"""Stands for a link or folder that somebody has put there; equal to no content's digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A file, and its draft."""

    folder: int
    """The open folder of both."""
    name: str
    draft: str
    keep: Callable[[bytes], None]
    """Takes somebody else's content that can no longer have its name back."""

    def digest(self) -> Digest | None:
        """The digest of what has the name now; ``None`` where nothing has."""
        return self._digest(self.name)

    def drafted(self) -> Digest | None:
        """The digest of what has the draft's name; ``None`` where nothing has."""
        return self._digest(self.draft)

    def name_draft(self) -> bool:
        """Give the draft the file's name, where that is free; the draft's name then goes."""
        try:
            os.link(
                self.draft,
                self.name,
                src_dir_fd=self.folder,
                dst_dir_fd=self.folder,
                follow_symlinks=False,
            )
        except FileExistsError:
            return False
        self.drop_draft()
        return True

    def keep_draft(self) -> None:
        """Save what has the draft's name as somebody else's, then let go of it."""
        try:
            content = read_regular(self.draft, folder=self.folder)
        except InvalidInput:
            return  # a link or a folder: nothing that could be saved as bytes, so it stays
        if content is not None:
            self.keep(content)
            self.drop_draft()

    def drop_draft(self) -> None:
        """Let go of what has the draft's name, once all that was done is on the disk."""
        os.fsync(self.folder)
        with suppress(FileNotFoundError):
            os.unlink(self.draft, dir_fd=self.folder)
        # or the name would be back after a power cut
        os.fsync(self.folder)

    def drop_part(self) -> None:
        """Let go of a draft that never became whole."""
        with suppress(FileNotFoundError):
            os.unlink(part_of(self.draft), dir_fd=self.folder)

    def _digest(self, name: str) -> Digest | None:
        try:
            content = read_regular(name, folder=self.folder)
        except InvalidInput:  # a folder, a link or a device
            return _IRREGULAR
        return None if content is None else digest_of(content)
