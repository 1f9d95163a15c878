"""The files of the targets, on this machine's disk."""

import os
import stat
import sys
from collections.abc import Generator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from mendloop.adapters.blobs import DiskBlobs
from mendloop.adapters.bytecode import drop_bytecode
from mendloop.adapters.durable import disk, sync_folder
from mendloop.adapters.lock import locked
from mendloop.adapters.manifest import ManifestFile
from mendloop.adapters.own import OwnFiles
from mendloop.adapters.paths import Place, Root, read_regular
from mendloop.adapters.slot import Slot
from mendloop.adapters.swap import Moved, put, restore, take
from mendloop.adapters.tree import read_tree
from mendloop.app.permit import Permit
from mendloop.app.ports import Stamp
from mendloop.errors import Conflict, InvalidInput, NotFound
from mendloop.model.action import Action
from mendloop.model.deployment import Deployment, DeploymentKind
from mendloop.model.ids import Digest, digest_of
from mendloop.model.proposal import NO_FILE, FileChange, change_digest
from mendloop.model.target import Manifest

MANIFEST: Final = "mendloop.toml"
_TAIL: Final = 80
"""So much of a file's name is in that of a saved edit: names have at most 255 bytes."""
_ACTIONS: Final = {
    DeploymentKind.DEPLOY: Action.DEPLOY,
    DeploymentKind.ROLLBACK: Action.ROLL_BACK,
}


class DiskWorkspace:
    """Files below one folder; what must outlive a crash is in another, outside it."""

    def __init__(self, root: Path, state: Path, *own: Path) -> None:
        """Look after ``root``, with the lock, the blobs and saved conflicts below ``state``.

        Args:
            root: The folder of the targets.
            state: The folder of what must outlive a crash.
            own: More files and folders of the loop itself.
        """
        self._root = Root(Path(os.path.realpath(root)), Path(os.path.realpath(state)))
        self._manifest = ManifestFile(self._root.folder / MANIFEST)
        self._blobs = DiskBlobs(self._root.state / "blobs")
        self._own = OwnFiles.of(state, *own)

    def manifest(self) -> Manifest:
        """What ``mendloop.toml`` says now; nothing where there is none.

        Raises:
            InvalidInput: It cannot be read; the message names the key.
            Unavailable: The disk does not give it.
        """
        with disk(f"read {MANIFEST}"):
            return self._manifest.read()

    def read(self, path: str) -> bytes:
        """The bytes of one file.

        Raises:
            InvalidInput: The path leaves the workspace, or is no regular file.
            NotFound: There is no such file.
            Unavailable: The disk does not give it.
        """
        content = self._read(path)
        if content is None:
            raise NotFound(
                f"There is no file {path} in the workspace.",
                hint="Check the target's `source` in mendloop.toml.",
            )
        return content

    def digest(self, path: str) -> Digest | None:
        """The digest of one file as it stands; ``None`` where there is none.

        Raises:
            InvalidInput: The path leaves the workspace, or is no regular file.
            Unavailable: The disk does not give it.
        """
        content = self._read(path)
        return None if content is None else digest_of(content)

    def stamp(self, path: str) -> Stamp | None:
        """What the file system says of one file; ``None`` where there is no regular file.

        Raises:
            InvalidInput: The path leaves the workspace.
            Unavailable: The disk does not give it.
        """
        place = self._root.place(path)
        with disk(f"look at {path}"):
            try:
                seen = place.path.stat(follow_symlinks=False)
            except (FileNotFoundError, NotADirectoryError):
                return None
        if not stat.S_ISREG(seen.st_mode):
            return None
        # the time of the inode cannot be set back by whoever copies times with contents
        parts = (seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
        return Stamp(
            text="-".join(f"{part:x}" for part in parts),
            changed=datetime.fromtimestamp(seen.st_ctime, UTC),
        )

    def real(self, path: str) -> str:
        """The path of the file that a path leads to, links followed, relative to the workspace.

        Raises:
            InvalidInput: The path leaves the workspace.
        """
        return self._root.name(self._root.place(path))

    def is_own(self, path: str) -> bool:
        """Whether a path leads to a file of the loop itself, by whatever name.

        Raises:
            InvalidInput: The path leaves the workspace.
        """
        return self._own.has(self._root.place(path).path)

    def tree(self) -> Mapping[str, bytes]:
        """Every file that the tools may need to run: sources and small data files, by path.

        Raises:
            Unavailable: The workspace is too large to be copied into a sandbox.
        """
        with disk("read the workspace"):
            return read_tree(self._root.folder)

    def python(self) -> str:
        """The interpreter that the manifest names, as an absolute path.

        Raises:
            InvalidInput: There is no such program.
        """
        named = self.manifest().python
        if named is None:
            return sys.executable
        # not resolved: a virtual environment is found by the link's own place
        path = Path(os.path.abspath(self._root.folder / Path(named).expanduser()))  # noqa: PTH100
        if path.is_file() and os.access(path, os.X_OK):
            return str(path)
        raise InvalidInput(
            f"{MANIFEST}, `python`: there is no program {named}.",
            hint="Name the interpreter that the tools need, or leave the key out.",
        )

    def locked(self) -> AbstractAsyncContextManager[None]:
        """One deployment at a time, across processes; let go by the kernel on death.

        Raises:
            Unavailable: Somebody else has held it for minutes.
        """
        return locked(self._root.state / "lock")

    def apply(self, permit: Permit, deployment: Deployment) -> None:
        """Put the new bytes of every file in place, each by compare-and-swap.

        Raises:
            Conflict: A file does not hold what it held when the change was tested. Those already
                swapped stay so until ``undo``.
            InvalidInput: A file has several names, or its folder does not exist.
            NotFound: The new bytes are not kept.
            Unavailable: The disk is full, read-only, or failing.
        """
        permit.spend(_ACTIONS[deployment.kind], change_digest(deployment.files))
        # all that can be known beforehand is looked at before the first file changes
        for file in deployment.files:
            self._check(file)
        for number, file in enumerate(deployment.files):
            place = self._root.place(file.path)
            with disk(f"write {file.path}"), self._slot(deployment, number, place) as slot:
                self._change(slot, file)
                drop_bytecode(place.path)

    def undo(self, permit: Permit, deployment: Deployment) -> tuple[str, ...]:
        """Put the old bytes back, where the file holds exactly what the deployment wrote.

        Idempotent. Anything else is somebody's edit: it is left alone and named.

        Returns:
            The paths left alone.

        Raises:
            NotFound: The old bytes are not kept.
            Unavailable: The disk is full, read-only, or failing.
        """
        permit.spend(Action.RECOVER, change_digest(deployment.files))
        alone: list[str] = []
        for number, file in reversed(tuple(enumerate(deployment.files))):
            place = self._root.place(file.path)
            if not place.folder.is_dir():
                if file.old is not None:  # the folder has gone, with the file in it
                    alone.append(file.path)
                continue
            with disk(f"put {file.path} back"), self._slot(deployment, number, place) as slot:
                if not restore(
                    slot, old=file.old, new=_or_none(file.new), bytes_of=self._blobs.get
                ):
                    alone.append(file.path)
                drop_bytecode(place.path)
        return tuple(reversed(alone))

    def _read(self, path: str) -> bytes | None:
        place = self._root.place(path)
        with disk(f"read {path}"):
            return read_regular(place.path, name=path)

    def _check(self, file: FileChange) -> None:
        place = self._root.place(file.path)
        with disk(f"look at {file.path}"):
            if not place.folder.is_dir():
                raise InvalidInput(
                    f"The folder of {file.path} does not exist.", hint="Make it first."
                )
            if self.digest(file.path) != file.old:
                raise _moved(file)
            if file.old is not None and place.path.stat().st_nlink > 1:
                raise InvalidInput(
                    f"{file.path} is a hard link: replacing it would part it from its twins.",
                    hint="Make it a file of its own (copy it over itself), or use a symbolic link.",
                )

    def _change(self, slot: Slot, file: FileChange) -> None:
        new = _or_none(file.new)
        try:
            if new is not None and new != file.old:
                put(slot, self._blobs.get(new), expect=file.old)
            elif new is None and file.old is not None:
                take(slot, expect=file.old)
        except Moved as error:
            raise _moved(file) from error
        if slot.digest() != new:
            raise _moved(file)

    @contextmanager
    def _slot(self, deployment: Deployment, number: int, place: Place) -> Generator[Slot]:
        folder = os.open(place.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield Slot(
                folder=folder,
                name=place.name,
                draft=f".mendloop-{deployment.id}-{number}.tmp",
                keep=lambda content: self._keep(deployment, place, content),
            )
        finally:
            os.close(folder)

    def _keep(self, deployment: Deployment, place: Place, content: bytes) -> None:
        """Save an edit that has lost its place in a race."""
        folder = self._root.state / "conflicts"
        folder.mkdir(mode=0o700, exist_ok=True)
        digest = self._blobs.put(content)
        name = folder / f"{deployment.id}-{digest[:12]}-{place.name[-_TAIL:]}"
        with suppress(FileExistsError):
            name.hardlink_to(self._blobs.folder / digest)
        sync_folder(folder)


def _or_none(digest: Digest) -> Digest | None:
    return None if digest == NO_FILE else digest


def _moved(file: FileChange) -> Conflict:
    return Conflict(
        f"{file.path} has changed since this change was made and tested.",
        hint="Read it again, call propose_fix for the file as it stands now, and test_fix.",
    )
