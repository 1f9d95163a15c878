"""Contents, kept by their digest, on this machine's disk."""

import os
import re
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from mendloop.adapters.durable import disk, sync_folder, write_all
from mendloop.app.ports import KeptBlob
from mendloop.errors import NotFound, Unavailable
from mendloop.model.ids import Digest, digest_of
from mendloop.noun import dataclass

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_GOING: Final = ".going-"


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

    def kept(self) -> tuple[KeptBlob, ...]:
        """All that is kept, by digest; what a crash has caught while it was let go is back.

        Raises:
            Unavailable: The folder cannot be read.
        """
        found: list[KeptBlob] = []
        with disk(f"list {self.folder}"), suppress(FileNotFoundError):
            for going in self.folder.glob(f"{_GOING}*"):
                with suppress(FileExistsError):
                    (self.folder / going.name.removeprefix(_GOING)).hardlink_to(going)
                going.unlink(missing_ok=True)
            for entry in os.scandir(self.folder):
                if _DIGEST.fullmatch(entry.name):
                    with suppress(FileNotFoundError):  # another process has let go of it
                        found.append(_kept(entry))
        return tuple(sorted(found, key=lambda blob: blob.digest))

    def drop(self, digest: Digest, *, before: datetime) -> bool:
        """Let go of a content that was not put since a time.

        It is first given another name, under which its time is read again: whoever puts the same
        content meanwhile either has renewed the time, so that it gets its name back, or does not
        find it and writes it anew.

        Returns:
            Whether it has gone.

        Raises:
            Unavailable: The disk does not do it.
        """
        if not _DIGEST.fullmatch(digest):
            return False
        path, going = self.folder / digest, self.folder / f"{_GOING}{digest}"
        with disk(f"let go of content {digest[:12]}"):
            try:
                path.rename(going)
            except FileNotFoundError:
                return False
            if _time(going.stat()) >= before:
                with suppress(FileExistsError):
                    path.hardlink_to(going)
            going.unlink()
            sync_folder(self.folder)
            return not path.exists()

    def _read(self, digest: Digest) -> bytes:
        if not _DIGEST.fullmatch(digest):
            raise FileNotFoundError
        return (self.folder / digest).read_bytes()

    def _whole(self, digest: Digest) -> bool:
        try:
            whole = digest_of(self._read(digest)) == digest
            os.utime(self.folder / digest)  # it is wanted again: nobody may let go of it now
        except FileNotFoundError:
            return False
        return whole

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


def _kept(entry: os.DirEntry[str]) -> KeptBlob:
    seen = entry.stat(follow_symlinks=False)
    return KeptBlob(digest=Digest(entry.name), size=seen.st_size, since=_time(seen))


def _time(seen: os.stat_result) -> datetime:
    return datetime.fromtimestamp(seen.st_mtime, UTC)
