"""Every interpreter of this machine that a user might name."""

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

_VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
_PLACES = (".pyenv/versions/{}.*/bin/python{}", ".local/share/uv/python/*-{}.*/bin/python{}")


def _working(version: str) -> str | None:
    """One interpreter of a version that starts, if there is any."""
    places = [place.format(version, version) for place in _PLACES]
    found = [str(path) for place in places for path in sorted(Path.home().glob(place))]
    for python in (*found, shutil.which(f"python{version}")):
        if python and subprocess.run([python, "-c", ""], capture_output=True).returncode == 0:  # noqa: PLW1510
            return python
    return None


@cache
def interpreters() -> list[str]:
    """One of each version, and our own."""
    found = [_working(version) for version in _VERSIONS]
    return sorted({sys.executable, *(python for python in found if python)})
