"""The files that a workspace's tools may need to run, for a copy in the sandbox."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from mendloop.adapters.paths import read_regular
from mendloop.errors import InvalidInput, Unavailable

_MOST_DATA: Final = 256 * 1024
"""Of one file that is no Python source."""
_MOST_SOURCE: Final = 2 * 1024 * 1024
_MOST_BYTES: Final = 16 * 1024 * 1024
_MOST_FILES: Final = 2000
_MOST_DEPTH: Final = 40
_SKIPPED: Final = frozenset({"__pycache__", "node_modules", "venv"})


def read_tree(root: Path) -> Mapping[str, bytes]:
    """Sources and small data files, by path relative to the root.

    Hidden files and folders (``.git``, ``.venv``, ``.env``) are left out: they are a tool's
    surroundings, and often its secrets. So is what a link shows from outside the root.

    Args:
        root: An absolute folder, without links.

    Raises:
        Unavailable: There is too much of it.
        OSError: It cannot be read.
    """
    tree: dict[str, bytes] = {}
    size = 0
    for path in _files(root, root, (root,)):
        content = _content(path)
        if content is None:
            continue
        tree[path.relative_to(root).as_posix()] = content
        size += len(content)
        if size > _MOST_BYTES or len(tree) > _MOST_FILES:
            raise Unavailable(
                f"The workspace {root.name} has more than {_MOST_FILES} files or "
                f"{_MOST_BYTES // 1024**2} MB that a tool could need.",
                hint="Move data and generated files out of it, or into a folder whose name begins "
                "with a dot.",
            )
    return tree


def _files(root: Path, folder: Path, above: tuple[Path, ...]) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if entry.name.startswith(".") or entry.name in _SKIPPED:
            continue
        path = folder / entry.name
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(root):
            continue
        if not real.is_dir():
            yield path
        # a link to a folder above would never end
        elif real not in above and len(above) < _MOST_DEPTH and not _virtual(real):
            yield from _files(root, path, (*above, real))


def _virtual(folder: Path) -> bool:
    """Whether a folder is a virtual environment under whatever name."""
    return (folder / "pyvenv.cfg").exists()


def _content(path: Path) -> bytes | None:
    most = _MOST_SOURCE if path.suffix == ".py" else _MOST_DATA
    try:
        return read_regular(os.path.realpath(path), most=most)
    except InvalidInput:
        return None  # too large, or no file: no code in a sandbox is given it
