"""From a path that somebody named to one regular file inside the workspace."""

import errno
import os
import re
import stat
from pathlib import Path
from typing import Final

from mendloop.errors import InvalidInput
from mendloop.noun import dataclass

MOST_BYTES: Final = 16 * 1024 * 1024
"""No file of a target is larger; it is read whole."""
_MOST_CHARACTERS: Final = 1000
_ODD: Final = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")
_READ: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def relative(path: str) -> str:
    """The same path, where it is one that stays below the folder it is relative to.

    Raises:
        InvalidInput: It does not, or has characters that no source file's name needs.
    """
    wrong = None
    if not path or len(path) > _MOST_CHARACTERS:
        wrong = f"has {len(path)} characters"
    elif _ODD.search(path):
        wrong = "has a backslash, a control character or half a surrogate pair"
    elif path.startswith("/"):
        wrong = "is absolute"
    elif any(part in {"", ".", ".."} for part in path.split("/")):
        wrong = "has an empty part, `.` or `..`"
    if wrong is None:
        return path
    raise InvalidInput(
        f"The path {path[:100]!r} {wrong}.",
        hint="Name a file relative to the workspace, with forward slashes: tools/pricing.py.",
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where one file is, or would be: a real folder, and a name in it."""

    folder: Path
    name: str

    @property
    def path(self) -> Path:
        """The whole path."""
        return self.folder / self.name


@dataclass(frozen=True, slots=True)
class Root:
    """The workspace's folder, which no path leaves."""

    folder: Path
    """Absolute, without links."""
    state: Path
    """Absolute, without links; no path may lead into it."""

    def place(self, path: str) -> Place:
        """Where a path leads, links followed.

        Raises:
            InvalidInput: Out of the workspace, or into the state folder.
        """
        real = Path(os.path.realpath(self.folder / relative(path)))
        if real == self.folder or not real.is_relative_to(self.folder):
            raise InvalidInput(
                f"{path} leads out of the workspace.", hint="Name a file that lies inside it."
            )
        if real.is_relative_to(self.state):
            raise InvalidInput(
                f"{path} leads into mendloop's own records.", hint="Name a file of a target."
            )
        return Place(real.parent, real.name)

    def name(self, place: Place) -> str:
        """A place as a path relative to the workspace."""
        return place.path.relative_to(self.folder).as_posix()


def read_regular(
    path: str | os.PathLike[str],
    *,
    folder: int | None = None,
    most: int = MOST_BYTES,
    name: str = "",
) -> bytes | None:
    """The bytes of a regular file; ``None`` where nothing has this name.

    Never waits for a pipe, never follows a link.

    Args:
        path: The file, relative to ``folder`` where that is given.
        folder: An open folder.
        most: How many bytes it may have.
        name: What a refusal calls it, which need not know where the workspace lies.

    Raises:
        InvalidInput: It is a link, a folder, a device, or too large.
        OSError: It cannot be read.
    """
    try:
        descriptor = os.open(path, _READ, dir_fd=folder)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:
            raise _irregular(name or path) from error
        raise
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _irregular(name or path)
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(most + 1)
    finally:
        os.close(descriptor)
    if len(content) > most:
        raise InvalidInput(
            f"{name or os.fspath(path)} has more than {most} bytes.",
            hint="Mendloop looks after sources and small texts only.",
        )
    return content


def _irregular(path: str | os.PathLike[str]) -> InvalidInput:
    return InvalidInput(
        f"{os.fspath(path)} is not a regular file.", hint="Name a file, not a folder or a device."
    )
