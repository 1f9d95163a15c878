"""A sandbox's files on disk: a private folder that holds a copy of the tree for each candidate."""

import fcntl
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Final

from mendloop.adapters.sandbox.imports import libraries
from mendloop.errors import InvalidInput, Unavailable

PREFIX: Final = "mendloop-sandbox-"
_FIRST_USER: Final = 2_000_000_000
_USERS: Final = 100_000_000
_FIRST_SMALL_USER: Final = 61_184
_SMALL_USERS: Final = 4_000
"""Where a container maps few users: the range that systemd keeps for passing ones."""


def throw_away_user() -> int:
    """A user that nobody is, for a server that runs as root; 0 for any other."""
    if os.getuid():
        return 0
    wanted = _FIRST_USER + secrets.randbelow(_USERS)
    for line in Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines():
        inside, _, count = (int(word) for word in line.split())
        if inside <= wanted < inside + count:
            return wanted
    return _FIRST_SMALL_USER + secrets.randbelow(_SMALL_USERS)


class Stage:
    """The private folder of one sandbox. All methods block for the length of a disk access."""

    def __init__(self, tree: Mapping[str, bytes], user: int) -> None:
        """Make the folder and put the tree in it.

        Args:
            tree: The files, by path.
            user: Who will read them, where it is somebody else; 0 where not.

        Raises:
            InvalidInput: A path leaves the tree.
            Unavailable: The disk is full or not writable.
        """
        sweep()
        self._user = user
        self._count = 0
        self._names = {name: _parts(name) for name in tree}
        try:
            self.folder, self._lock = _private_folder()
        except OSError as error:
            raise _no_room(error) from error
        try:
            self._give(self.folder, 0o750)
            for name in ("tree", "stages", "scratch"):
                self._make_folder(self.folder / name)
            self._outside = self.scratch
            self._write(self.canary, b"nobody inside may read or change this\n")
            self._give(self.canary, 0o660)
            for name, parts in self._names.items():
                self._write(self.folder.joinpath("tree", *parts), tree[name])
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise _no_room(error) from error
            raise

    @property
    def stages(self) -> Path:
        """Where the candidates lie."""
        return self.folder / "stages"

    @property
    def scratch(self) -> Path:
        """Where the folders lie that code may write in, as it sees them."""
        return self.folder / "scratch"

    def reach_scratch(self, place: Path) -> None:
        """Reach the folders to write in by another path: inside they lie in memory of its own."""
        self._outside = place

    @property
    def canary(self) -> Path:
        """A file that its permissions let anybody inside read and change."""
        return self.folder / "canary"

    def candidate(self, overlay: Mapping[str, bytes]) -> str:
        """A copy of the tree with some files changed; gives its name.

        Raises:
            InvalidInput: A path leaves the tree, or is a folder of it.
            Unavailable: The disk is full or not writable.
        """
        self._count += 1
        name = str(self._count)
        changed = {_parts(path): content for path, content in overlay.items()}
        try:
            self._make_folder(self.stages / name)
            self._make_folder(self._outside / name)
            if self._user:
                os.chown(self._outside / name, self._user, self._user)
            for parts in self._names.values():
                if parts not in changed:
                    self._link(parts, self.stages / name)
            for parts, content in changed.items():
                self._write((self.stages / name).joinpath(*parts), content)
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            self.drop(name)
            raise InvalidInput(
                "A changed file has the path of a folder, or lies below a file.",
                hint="Give each file a path of its own.",
            ) from error
        except OSError as error:
            self.drop(name)
            raise _no_room(error) from error
        return name

    def libraries(self, path: str) -> tuple[str, ...]:
        """What a file of the tree imports from outside it; nothing where there is no such file."""
        parts = self._names.get(path)
        if parts is None:
            return ()
        return libraries(self.folder.joinpath("tree", *parts).read_bytes(), self._names)

    @property
    def for_all(self) -> bool:
        """Whether any user may pass through the folders that hold this one."""
        return all(parent.stat().st_mode & stat.S_IXOTH for parent in self.folder.parents)

    def drop(self, name: str) -> None:
        """Remove a candidate's files."""
        remove(self.stages / name)
        with suppress(OSError):  # what lies in the sandbox's own memory goes with the sandbox
            remove(self._outside / name)

    def new_scratch(self, name: str) -> Path:
        """A fresh folder for one process of a candidate."""
        made = self._outside / name / secrets.token_hex(8)
        made.mkdir(mode=0o700)
        if self._user:
            os.chown(made, self._user, self._user)
        return self.scratch / name / made.name

    def drop_scratch(self, folder: Path) -> None:
        """Remove a folder for writing while other processes of the candidate may be alive."""
        shutil.rmtree(self.outside(folder), ignore_errors=True)

    def outside(self, folder: Path) -> Path:
        """Where the server sees a folder for writing."""
        return self._outside / folder.relative_to(self.scratch)

    def close(self) -> None:
        """Remove everything."""
        remove(self.folder)
        os.close(self._lock)

    def _make_folder(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self._give(folder, 0o750)

    def _give(self, place: Path, mode: int) -> None:
        """Let the sandbox's user read a place, by a group of which it is the only member."""
        if self._user:
            os.chown(place, -1, self._user)
        place.chmod(mode)

    def _parents(self, file: Path) -> None:
        if not file.parent.is_dir():
            self._parents(file.parent)
            self._make_folder(file.parent)

    def _write(self, file: Path, content: bytes) -> None:
        self._parents(file)
        with file.open("xb") as opened:
            opened.write(content)
        self._give(file, 0o440)

    def _link(self, parts: tuple[str, ...], root: Path) -> None:
        file = root.joinpath(*parts)
        self._parents(file)
        file.hardlink_to(self.folder.joinpath("tree", *parts))


def _private_folder() -> tuple[Path, int]:
    """A new folder, and the lock in it that says that its server lives."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
        lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.fstat(lock).st_nlink:
            return folder, lock
        os.close(lock)  # another server took it for a dead one's, before it was locked


def _parts(name: str) -> tuple[str, ...]:
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or ".." in path.parts or "\0" in name:
        raise InvalidInput(
            f"{name!r} is not a path inside the tree.",
            hint="Give paths relative to the workspace, with forward slashes.",
        )
    return path.parts


def _no_room(error: OSError) -> Unavailable:
    return Unavailable(
        f"The sandbox could not put its files in {tempfile.gettempdir()}: {error.strerror}.",
        hint="Free some space there, or set TMPDIR to a folder that has it.",
    )


def _open_up(folder: Path) -> None:
    """Let its owner into what was closed on purpose; whoever could interfere is gone."""
    folder.chmod(stat.S_IRWXU)
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _open_up(Path(entry.path))


def remove(folder: Path) -> None:
    """Remove a folder and all below it, whatever its modes; nothing where there is none."""
    if folder.is_dir():
        _open_up(folder)
        shutil.rmtree(folder)


def sweep() -> None:
    """Remove what servers left behind that were killed: each holds a lock while it lives."""
    for folder in Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        try:
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            lock = os.open(folder / "lock", os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            continue  # it is being made, or another one removes it
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove(folder)
        except OSError:
            continue  # its server lives; or it is tried again at the next start
        finally:
            os.close(lock)
