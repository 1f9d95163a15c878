"""What an interpreter needs to read, asked of itself once."""

import json
import os
import stat
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from mendloop.errors import Unavailable
from mendloop.noun import dataclass

LEAST_VERSION: Final = (3, 9)
_SECONDS: Final = 30
_MOST_ENTRIES: Final = 2_000
_MOST_IMPORTABLE: Final = 500
_QUESTION: Final = """
import json, site, sys, sysconfig
paths = sysconfig.get_paths()
print(json.dumps({
    "version": list(sys.version_info[:3]),
    "cpython": sys.implementation.name == "cpython",
    "path": [place for place in sys.path if place],
    "prefixes": [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix],
    "own": [paths["stdlib"], paths["platstdlib"], paths["purelib"], paths["platlib"]]
        + site.getsitepackages() + [site.getusersitepackages()],
}))
"""
_SYSTEM: Final = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/share/zoneinfo",
    "/etc/localtime",
    "/etc/ld.so.cache",
    "/etc/ssl/openssl.cnf",
    "/etc/ssl/certs",
    "/etc/pki/tls/certs",
    "/etc/pki/ca-trust/extracted",
    "/usr/share/ca-certificates",
    "/etc/pki/tls/openssl.cnf",
    "/etc/crypto-policies/back-ends",
    "/dev/zero",
    "/dev/urandom",
    "/dev/random",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A Python, and where its libraries lie."""

    python: str
    sys_path: tuple[str, ...]
    read: tuple[str, ...]
    """Folders and files that a sandbox may read."""
    listed: tuple[str, ...]
    """Folders whose names may be seen, but whose files only where ``read`` holds them."""
    for_all: bool
    """Whether any user of the machine may read all of that."""
    readable: bool
    """Whether any user could, if only he could get to it: of files, not of the folders above."""
    shown: tuple[str, ...]
    """Files that are needed to start it, where nothing else of the machine can be seen."""
    links: tuple[tuple[str, str], ...]
    """Links on the way to all of that, each with the real path of what it leads to."""


class Interpreters:
    """Those that were asked, kept while their libraries stay as they are."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[int, ...], Interpreter]] = {}

    def ask(self, python: str) -> Interpreter:
        """Where the libraries of an interpreter lie. Blocks.

        Raises:
            Unavailable: It cannot be started, or is no CPython from 3.9 on.
        """
        stamps, known = self._known.get(python, ((), None))
        if known is None or stamps != _stamps(known):
            known = _ask(python)
            self._known[python] = (_stamps(known), known)
        return known


def _stamps(asked: Interpreter) -> tuple[int, ...]:
    """What changes when something is installed for an interpreter, or it is replaced."""
    try:
        return tuple(Path(place).stat().st_mtime_ns for place in (asked.python, *asked.sys_path))
    except OSError:
        return ()


def _ask(python: str) -> Interpreter:
    answer = _answer(python)
    if not answer["cpython"] or tuple(answer["version"]) < LEAST_VERSION:
        raise Unavailable(
            f"{python} is not CPython 3.9 or later.",
            hint="Name another with `python` in mendloop.toml.",
        )
    sys_path = tuple(str(place) for place in answer["path"] if Path(place).is_dir())
    own = {os.path.realpath(place) for place in answer["own"]}
    own |= {
        os.path.realpath(f"{prefix}/{folder}")
        for prefix in answer["prefixes"]
        for folder in ("lib", "lib64")
    }
    whole = [place for place in sys_path if _inside(os.path.realpath(place), own)]
    strange = tuple(place for place in sys_path if place not in whole)
    read = _existing([*_SYSTEM, *own, *whole, *_importable(strange)])
    shown = _existing([os.path.realpath(python), f"{Path(python).parent.parent}/pyvenv.cfg"])
    return Interpreter(
        python=python,
        sys_path=sys_path,
        read=read,
        listed=strange,
        for_all=all(_open_to_all(Path(place)) for place in (*read, python)),
        readable=all(_readable(Path(place)) for place in (*read, *shown)),
        shown=shown,
        links=links((*_SYSTEM, *sys_path, *answer["prefixes"], python)),
    )


def _answer(python: str) -> Any:
    home = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    try:
        asked = subprocess.run(  # noqa: S603  the user named it
            [python, "-E", "-c", _QUESTION],
            capture_output=True,
            check=True,
            cwd="/",
            env=home,
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
        )
        # Something that runs at its start may print, too.
        return json.loads(asked.stdout.splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        raise Unavailable(
            f"The interpreter {python} does not answer: {type(error).__name__}.",
            hint="Try it by hand, or name another with `python` in mendloop.toml.",
        ) from error


def _inside(place: str, folders: Iterable[str]) -> bool:
    return any(place == folder or place.startswith(folder + os.sep) for folder in folders)


def _importable(folders: Iterable[str]) -> list[str]:
    """What an import could take from folders that somebody added to the path.

    Such a folder is often a whole project, with more beside the packages than code should see.
    """
    found: list[str] = []
    for folder in folders:
        with os.scandir(folder) as entries:
            found += [entry.path for entry in entries if _is_importable(entry)]
    return found[:_MOST_IMPORTABLE]


def _is_importable(entry: os.DirEntry[str]) -> bool:
    if entry.is_file():
        return entry.name.endswith((".py", ".so"))
    return entry.name.isidentifier() and any(Path(entry.path).glob("*.py"))


def _existing(places: Iterable[str]) -> tuple[str, ...]:
    """Each place once, and none that lies below another."""
    kept: list[str] = []
    for place in sorted({os.path.realpath(place) for place in places}):
        if Path(place).exists() and not _inside(place, kept):
            kept.append(place)
    return tuple(kept)


def links(places: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Every symbolic link on the way to some places, with the real path of what it leads to."""
    found: dict[str, str] = {}
    for place in places:
        here = Path("/")
        for part in Path(place).parts[1:]:
            step = here / part
            here = step
            if step.is_symlink():
                here = Path(os.path.realpath(step))
                found[str(step)] = str(here)
    return tuple(sorted(found.items()))


def _open_to_all(place: Path) -> bool:
    """Whether any user may get to a place, and read it and what lies directly in it."""
    try:
        return _readable(place) and all(
            _has(folder, stat.S_IXOTH) for folder in place.resolve().parents
        )
    except OSError:
        return False


def _readable(place: Path) -> bool:
    """Whether any user may read a place, and what lies directly in it."""
    try:
        here = [place, *(place.iterdir() if place.is_dir() else ())]
        return all(_has(entry, stat.S_IROTH) for entry in here[:_MOST_ENTRIES])
    except OSError:
        return False


def _has(place: Path, bit: int) -> bool:
    try:
        return bool(place.stat().st_mode & bit)
    except FileNotFoundError:
        return True
