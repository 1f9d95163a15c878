"""Tier C: what holds code in on macOS, by Apple's ``sandbox-exec``.

**Not exercised**: no machine with macOS was at hand. The profile is written from its documented
language and tested as text; that it holds is found out where it is used, because a session probes
every forbidden act before it runs anything, and refuses where one succeeds. The kernel enforces
files, network and programs; memory cannot be limited there, and descendants are found by their
process group only.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from mendloop.errors import InvalidInput
from mendloop.noun import dataclass

PROGRAM: Final = "/usr/bin/sandbox-exec"
_SYSTEM: Final = (
    "/System/Library",
    "/System/Volumes/Preboot/Cryptexes",
    "/private/var/db/dyld",
    "/private/var/db/timezone",
    "/usr/lib",
    "/usr/share/zoneinfo",
)
"""What every program there is loaded from."""
_DEVICES: Final = ("/dev/null", "/dev/random", "/dev/urandom", "/dev/zero")
_LEAST_PRINTABLE: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Confines:
    """What one process may do, all by real paths."""

    python: str
    """The only program that may be started; it is that which is started."""
    read: Sequence[str]
    """Folders and files that may be read."""
    scratch: str | None
    """The one folder that may be written in, if any."""


def profile(confines: Confines) -> str:
    """The profile for ``sandbox-exec -p``: everything is denied but what it names.

    Raises:
        InvalidInput: A path cannot be written in a profile.
    """
    rules = [
        "(version 1)",
        "(deny default)",
        "(deny network*)",
        "(allow sysctl-read)",
        # the way to a file is looked up step by step; what a file holds is not metadata
        "(allow file-read-metadata)",
        f"(allow process-exec {_literals([confines.python])})",
        f"(allow file-read* {_literals([confines.python, *_DEVICES])})",
        f"(allow file-write-data {_literals(['/dev/null'])})",
        f"(allow file-read* {_subpaths([*_SYSTEM, *confines.read])})",
    ]
    if confines.scratch is not None:
        rules.append(f"(allow file-read* file-write* {_subpaths([confines.scratch])})")
    return "\n".join(rules)


def command(confines: Confines, words: Sequence[str]) -> list[str]:
    """What starts some words within confines.

    Raises:
        InvalidInput: A path cannot be written in a profile.
    """
    return [PROGRAM, "-p", profile(confines), *words]


def _literals(paths: Iterable[str]) -> str:
    return " ".join(f"(literal {_quoted(path)})" for path in paths)


def _subpaths(paths: Iterable[str]) -> str:
    return " ".join(f"(subpath {_quoted(path)})" for path in paths)


def _quoted(path: str) -> str:
    """A path as the profile language takes it.

    Raises:
        InvalidInput: It is not absolute, or holds a control character.
    """
    if not path.startswith("/") or any(ord(letter) < _LEAST_PRINTABLE for letter in path):
        raise InvalidInput(
            f"{path!r} cannot be named in a sandbox profile.",
            hint="Use absolute paths without control characters.",
        )
    text = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
