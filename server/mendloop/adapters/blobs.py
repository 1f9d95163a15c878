"""Contents, kept by their digest, on this machine's disk."""

import os
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mendloop.adapters.durable import disk, sync_folder, write_all
from mendloop.errors import NotFound, Unavailable
from mendloop.model.ids import Digest, digest_of

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class DiskBlobs:
    """One read-only file a content, in one folder outside the workspace."""

    folder: Path

    def put(self, content: bytes) -> Digest:
        """Keep some bytes; durable when this returns.

        Raises:
            Unavailable: The disk is full, read-only or failing.
        """
        digest = digest_of(content)
        with disk(f"keep a content in {self.folder}"):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._whole(digest):
                self._write(digest, content)
            # also where it was there already: whoever wrote it may have died before this
            sync_folder(self.folder)
        return digest

    def get(self, digest: Digest) -> bytes:
        """The bytes with this digest.

        Raises:
            NotFound: There are none.
            Unavailable: What is kept under the digest is damaged.
        """
        try:
            with disk(f"read content {digest[:12]}"):
                content = self._read(digest)
        except Unavailable as error:
            if isinstance(error.__cause__, FileNotFoundError):
                raise NotFound(
                    f"No content with digest {digest[:12]} is kept.",
                    hint="Name a version that `mendloop versions TARGET` lists.",
                ) from error
            raise
        if digest_of(content) != digest:
            raise Unavailable(
                f"The content kept as {digest[:12]} is damaged.",
                hint=f"Restore {self.folder} from a backup; `mendloop doctor` checks them all.",
            )
        return content

    def _read(self, digest: Digest) -> bytes:
        if not _DIGEST.fullmatch(digest):
            raise FileNotFoundError
        return (self.folder / digest).read_bytes()

    def _whole(self, digest: Digest) -> bool:
        try:
            return digest_of(self._read(digest)) == digest
        except FileNotFoundError:
            return False

    def _write(self, digest: Digest, content: bytes) -> None:
        draft = self.folder / f".new-{os.getpid()}-{threading.get_ident()}"
        draft.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(draft, flags, 0o400)
        try:
            write_all(descriptor, content)
            os.fsync(descriptor)
            draft.replace(self.folder / digest)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)
