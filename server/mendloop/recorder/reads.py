"""The files that a call reads, as they are when it opens them.

An audit hook, because everything that opens a file passes it: ``open``, ``os.open``, pathlib, and
what is written in C. A wrapper around ``open`` would have to be there before the tool is imported,
and is seen. A hook can never be taken out again, so it is put in when the first call asks for it,
and where no such call runs it looks at two names and leaves.
"""

from __future__ import annotations

import os
import stat
import sys
from functools import lru_cache
from hashlib import sha256
from typing import Any

from mendloop.recorder.view import ACTIVE, MOST_FILE, MOST_FILES, View, text_or_bytes

_KIND = "reads_files"
_PATHS: Any = (str, bytes, os.PathLike)
_CODE = (".py", ".pyc", ".so", ".pth")
_ACCESS = os.O_RDONLY | os.O_WRONLY | os.O_RDWR
_listening: list[bool] = []
_active = ACTIVE.get


def listen() -> None:
    """Put the hook in, once."""
    if not _listening:
        _listening.append(True)
        sys.addaudithook(_hook)


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "open":
        return
    view = _active()
    if view is None or _KIND not in view.wanted or _KIND in view.lost:
        return
    token = ACTIVE.set(None)  # what is opened in here is not the call's doing
    try:
        _opened(view, *arguments)
    except Exception as error:
        view.lose(_KIND, type(error).__name__)
    finally:
        ACTIVE.reset(token)


def _opened(view: View, given: Any, _mode: Any, flags: Any) -> None:
    """Keep a file that is about to be read."""
    if not isinstance(given, _PATHS) or not isinstance(flags, int):
        return
    if flags & _ACCESS != os.O_RDONLY:
        return
    path = os.path.abspath(os.fsdecode(given))
    name, own = _name(path, view.root)
    if name in view.files or path.endswith(_CODE) or _of_python(path):
        return
    if len(view.files) >= MOST_FILES:
        view.lose(_KIND, f"it read more than {MOST_FILES} files")
        return
    view.files[name] = {"path": name, **_content(view, path, own=own)}


def _content(view: View, path: str, *, own: bool) -> dict[str, Any]:
    """What is in a file; of one that the sandbox has anyway only the digest."""
    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):
            view.lose(_KIND, "it read what is no file")
            return {"there": False}
        if not own and (found.st_size > MOST_FILE or not view.spend(_KIND, found.st_size)):
            view.lose(_KIND, "it read more than is kept")
            return {"there": False}
        with open(path, "rb") as file:
            content = file.read(MOST_FILE + 1)
    except OSError as error:
        if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
            view.lose(_KIND, "it asked for what may not be read")
        return {"there": False}
    if own:
        return {"digest": sha256(content).hexdigest()} if len(content) <= MOST_FILE else {}
    return {"content": text_or_bytes(content)}


def _name(path: str, root: str) -> tuple[str, bool]:
    """A path as it is kept, and whether it is one of the workspace."""
    if path.startswith(root + os.sep):
        return path[len(root) + 1 :].replace(os.sep, "/"), True
    return path, False


@lru_cache(maxsize=1)
def _places() -> tuple[str, ...]:
    """Where what belongs to Python itself lies, and to the system: the sandbox has it, too."""
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    libraries = {os.path.join(prefix, "lib") for prefix in prefixes}
    return tuple(place + os.sep for place in (*sorted(libraries), "/usr/share/zoneinfo", "/dev"))


def _of_python(path: str) -> bool:
    return path.startswith(_places())
