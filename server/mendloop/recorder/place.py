"""Where the recorder's process keeps what it records: the same folders that the server reads."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Optional

MANIFEST = "mendloop.toml"
KEY_FILE = "redaction.key"
SPOOL = "spool"
_KEY_BYTES = 32
_MARKS = ("KEY", "TOKEN", "SECRET", "PASS", "CREDENTIAL")
_SHORTEST = 8
_OFF = frozenset({"off", "0", "false", "no", "never"})


class NoPlaceError(Exception):
    """There is no folder for what is recorded; the text says why."""


def switched_off() -> bool:
    """Whether ``MENDLOOP_RECORD`` says that nothing is to be recorded."""
    return os.environ.get("MENDLOOP_RECORD", "").strip().lower() in _OFF


def workspace() -> Path:
    """The nearest folder upward that has a ``mendloop.toml``; where there is none, this one."""
    here = Path(os.environ.get("CLAUDE_PROJECT_DIR") or ".").resolve()
    for folder in (here, *here.parents):
        if os.path.isfile(folder / MANIFEST):  # unlike Path.is_file, false where it may not look
            return folder
    return here


def state_folder(root: Path) -> Path:
    """The folder of a workspace's state, outside of it. It need not be there yet.

    Raises:
        NoPlaceError: No home folder is known, or the folder lies inside the workspace.
    """
    try:
        named = os.environ.get("MENDLOOP_DATA_DIR")
        base = (Path(named) if named else _user_state()).expanduser().absolute()
    except (OSError, RuntimeError) as error:
        raise NoPlaceError(f"there is no state folder: {error}") from error
    if base == root or root in base.parents:
        raise NoPlaceError(f"the data folder {base} lies inside the workspace")
    digest = sha256(str(root).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return base / f"{root.name or 'root'}-{digest}"


def spool_folder() -> Optional[Path]:
    """The folder into which this process records, or nothing where it does not record."""
    if switched_off():
        return None
    try:
        return state_folder(workspace()) / SPOOL
    except (NoPlaceError, OSError):
        return None


def make_private(folder: Path) -> None:
    """Make a folder that only its user can read, and those above it as usual."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def redaction_key(folder: Path) -> bytes:
    """The key of the placeholders, the same for all processes that use this state folder.

    Where it can neither be read nor made, a key of this process alone: what is recorded is still
    without secrets, only that equal ones cannot be told across processes.
    """
    path = folder / KEY_FILE
    try:
        make_private(folder)
        return _read_key(path) or _make_key(path) or _replace_key(path)
    except OSError:
        return os.urandom(_KEY_BYTES)


def secrets(environment: Optional[Mapping[str, str]] = None) -> tuple[str, ...]:
    """Values of variables that look secret by their names; by default those of this process."""
    known = os.environ if environment is None else environment
    return tuple(
        sorted(
            value
            for name, value in known.items()
            if len(value) >= _SHORTEST and any(mark in name.upper() for mark in _MARKS)
        )
    )


def _read_key(path: Path) -> Optional[bytes]:
    """The key, once whoever is just making it has written all of it."""
    for _ in range(50):
        try:
            key = path.read_bytes()
        except FileNotFoundError:
            return None
        if len(key) >= _KEY_BYTES:
            return key
        time.sleep(0.002)
    return None


def _make_key(path: Path) -> Optional[bytes]:
    """A new key, put in place whole; or another process's, where that was there first."""
    new = _new_key(path)
    try:
        os.link(new, path)
    except FileExistsError:
        return _read_key(path)
    finally:
        os.unlink(new)
    return path.read_bytes()


def _replace_key(path: Path) -> bytes:
    """A new key instead of one that somebody began and never wrote."""
    os.replace(_new_key(path), path)
    return path.read_bytes()


def _new_key(path: Path) -> Path:
    new = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, os.urandom(_KEY_BYTES))
    finally:
        os.close(descriptor)
    return new


def _user_state() -> Path:
    """The folder that platformdirs 4 gives as ``user_state_path("mendloop")``."""
    named = os.environ.get("XDG_STATE_HOME", "")
    if sys.platform != "win32" and named.startswith("/"):
        return Path(named, "mendloop")
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
        return Path(local, "mendloop", "mendloop")
    if sys.platform == "darwin":
        return _home() / "Library" / "Application Support" / "mendloop"
    return _home() / ".local" / "state" / "mendloop"


def _home() -> Path:
    """The home folder; a relative ``HOME`` counts as none."""
    named = os.environ.get("HOME")
    if named is None or named.startswith("/"):
        return Path.home()
    import pwd  # noqa: PLC0415  there is none on Windows

    return Path(pwd.getpwuid(os.getuid()).pw_dir)
