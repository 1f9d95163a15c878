"""A view of the machine that holds a sandbox's own files and nothing else, made by bubblewrap.

Every mount is made by bubblewrap before anything of ours runs in it, and every mount point lies in
its empty root, never in a tree that somebody untrusted controls. What is asked for beyond the
namespaces follows from what it does by itself: its root and ``/dev`` can be written to, folders
that it makes on the way to a mount are closed to others, and for root it keeps all capabilities.
"""

import os
import shutil
import stat
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final

from mendloop.noun import dataclass

PROGRAM: Final = "bwrap"
INSIDE: Final = "/mendloop-worker"
"""Where the worker's own files are seen; nothing that a candidate may read."""
_SPACES: Final = ("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts")
_HOST: Final = "sandbox"
_BIG_ENOUGH: Final = 'echo 1000 >/proc/self/oom_score_adj 2>/dev/null; exec "$@"'
"""Have the kernel choose this process when memory runs out: there is no ``/proc`` inside."""


class NoBubblewrapError(Exception):
    """There is none that can be used; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is to be seen, all by real paths."""

    read: Sequence[str]
    """Folders and files, to be read only; none below another."""
    links: Sequence[tuple[str, str]]
    """Links by path, with what they lead to."""
    write: Sequence[str]
    """Folders and files whose own modes say who may write."""
    listed: Sequence[str]
    """Folders of which only what is in ``read`` is there."""
    worker: str
    """The folder of the worker's own files."""
    room: Sequence[tuple[str, int]] = ()
    """Folders in memory, empty at first, and how many bytes each may hold."""


def find() -> str:
    """The program, where there is one that can be trusted.

    Raises:
        NoBubblewrapError: It is not there, or gives root's rights to whoever starts it.
    """
    found = shutil.which(PROGRAM)
    if found is None:
        raise NoBubblewrapError("bubblewrap is not installed")
    if Path(found).stat().st_mode & (stat.S_ISUID | stat.S_ISGID):
        raise NoBubblewrapError("bubblewrap is setuid")
    return found


@cache
def bounds(program: str) -> bool:
    """Whether it can bound a folder in memory (0.7 and later)."""
    told = subprocess.run([program, "--help"], capture_output=True, check=False)  # noqa: S603  found above
    return b"--size" in told.stdout + told.stderr


def command(program: str, view: View, *, information: int, root: bool, reads: bool) -> list[str]:
    """What starts a program in a view; the program's own words follow.

    Args:
        program: Bubblewrap.
        view: What is to be seen.
        information: The descriptor to which it writes the number of its first process inside.
        root: Whether the server is root: then what is started becomes somebody else by itself.
        reads: Whether the right to read past permissions is kept for that somebody.
    """
    if root:
        kept = ["CAP_SETUID", "CAP_SETGID", *(["CAP_DAC_READ_SEARCH"] if reads else [])]
        rights = [word for capability in kept for word in ("--cap-add", capability)]
    else:
        rights = ["--unshare-user"]
    return [
        *("/bin/sh", "-c", _BIG_ENOUGH, "sh", program),
        *(*_SPACES, "--hostname", _HOST, "--die-with-parent", "--new-session"),
        *("--cap-drop", "ALL", *rights),
        *("--info-fd", str(information)),
        *mounts(view),
        *("--remount-ro", "/", "--chdir", "/", "--"),
    ]


def mounts(view: View) -> list[str]:
    """The words that make a view, in the order in which they are carried out."""
    places = [*view.read, *view.write, *(place for place, _ in view.room)]
    links = [pair for pair in view.links if not any(_below(pair[0], place) for place in places)]
    within = [f"{place}/x" for place in view.listed]
    words: list[str] = []
    for folder in _folders([*places, *within, *(link for link, _ in links)]):
        words += ("--perms", "0755", "--dir", folder)
    for place in view.read:
        words += ("--dev-bind-try" if place.startswith("/dev/") else "--ro-bind-try", place, place)
    words += ("--ro-bind", view.worker, INSIDE)
    for place in view.write:
        words += ("--bind", place, place)
    for place, most in view.room:
        words += ("--perms", "0755", "--size", str(most), "--tmpfs", place)
    for link, to in links:
        words += ("--symlink", to, link)
    return words


def _folders(places: Iterable[str]) -> list[str]:
    """Every folder on the way to some places, the outermost first."""
    above = {str(parent) for place in places for parent in PurePosixPath(place).parents}
    return sorted(above - {"/"})


def _below(place: str, folder: str) -> bool:
    return place == folder or place.startswith(folder.rstrip("/") + os.sep)


def visible(view: View) -> frozenset[str]:
    """Every path that is there because of something that is shown."""
    return frozenset(_ways(view))


def _ways(view: View) -> Iterator[str]:
    made = (place for place, _ in (*view.links, *view.room))
    for place in (*view.read, *view.write, *view.listed, *made):
        yield place
        yield from map(str, PurePosixPath(place).parents)
