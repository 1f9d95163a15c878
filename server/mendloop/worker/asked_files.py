"""Files that a recorded call read, answered as they were then."""

from __future__ import annotations

import builtins
import errno
import importlib
import io
import os
import stat
from typing import Any, Optional

from mendloop.worker import misses

_real_open, _real_stat = open, os.stat
_ARGUMENTS = ("buffering", "encoding", "errors", "newline")
_PATHS: Any = (str, bytes, os.PathLike)
_READING = frozenset("rbtU")


class _Held:
    """What is answered to the case that runs."""

    __slots__ = ("files", "on", "root")

    def __init__(self) -> None:
        self.root = ""
        self.on = False
        self.files: dict[str, Optional[bytes]] = {}
        """By whole path; ``None`` where there was no such file."""


_NOW = _Held()


class _File(io.BytesIO):
    """A file that was read."""

    def __init__(self, name: Any, content: bytes) -> None:
        super().__init__(content)
        self.name = name


def install(root: str) -> None:
    """Replace what opens files, and what looks for them."""
    _NOW.root = root
    setattr(builtins, "open", _open)  # noqa: B010  the types of the two differ
    setattr(io, "open", _open)  # noqa: B010  as above
    os.stat = _stat
    paths = importlib.import_module("pathlib")
    accessor: Any = getattr(paths, "_normal_accessor", None)  # until 3.10 it holds its own
    for name, ours in (("open", _open), ("stat", _stat)):
        if hasattr(accessor, name):
            setattr(accessor, name, ours)


def begin(files: list[dict[str, Any]]) -> None:
    """Answer with these files."""
    _NOW.files = {}
    for file in files:
        content = file.get("content")
        if content is not None:
            _NOW.files[file["path"]] = _bytes(content)
        elif not file.get("there", True) and os.path.isabs(file["path"]):
            _NOW.files[file["path"]] = None
    _NOW.on = True


def clear() -> None:
    """Answer with none."""
    _NOW.on = False
    _NOW.files = {}


def _bytes(content: Any) -> bytes:
    return content.encode("utf-8") if isinstance(content, str) else bytes.fromhex(content["$b"])


def _path(given: Any) -> str:
    """The whole path, empty where it is none."""
    if not _NOW.on or not isinstance(given, _PATHS):
        return ""
    return os.path.abspath(os.fsdecode(given))


def _open(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
    path = _path(file)
    if not path or not set(mode) <= _READING:
        return _real_open(file, mode, *args, **kwargs)
    if path in _NOW.files:
        return _answer(file, path, mode, args, kwargs)
    try:
        return _real_open(file, mode, *args, **kwargs)
    except (FileNotFoundError, PermissionError) as error:
        if path.startswith(_NOW.root + os.sep):
            raise
        raise misses.missed(f"the file {path}") from error


def _answer(file: Any, path: str, mode: str, args: Any, kwargs: Any) -> Any:
    """What ``open`` gives of a file that was recorded."""
    raw = _File(file, _known(path))
    if "b" in mode:
        return raw
    # no strict: new in 3.10
    given = {**dict(zip(_ARGUMENTS, args)), **kwargs}  # noqa: B905
    encoding = given.get("encoding") or "utf-8"
    return io.TextIOWrapper(raw, encoding, given.get("errors"), given.get("newline"))


def _stat(path: Any, *args: Any, **kwargs: Any) -> Any:
    whole = _path(path)
    if not whole or whole not in _NOW.files:
        return _real_stat(path, *args, **kwargs)
    size = len(_known(whole))
    return os.stat_result((stat.S_IFREG | 0o644, 0, 0, 1, 0, 0, size, 0, 0, 0))


def _known(path: str) -> bytes:
    """The content of a recorded file.

    Raises:
        FileNotFoundError: There was none.
    """
    content = _NOW.files[path]
    if content is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    return content
