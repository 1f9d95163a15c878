"""Servers of their own: of another user, or on a kernel that offers less."""

import json
import platform
import secrets
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.escape import hostile, plain
from tests.escape.ordinary import BESIDE, PROGRAMS, WRITERS

ROOT = Path(__file__).parents[2]
SOMEBODY = 61_000
"""A user that nobody is."""
SYSTEM_PYTHON = Path("/usr/bin/python3")
"""An interpreter that any user can read."""
_UNSHARE = {"x86_64": 272, "aarch64": 97}[platform.machine()]
_LANDLOCK_CREATE = 444
NO_NAMESPACES = [_UNSHARE, 1, -1]
NO_SCOPES = [_LANDLOCK_CREATE, 22, 24]
_NEEDED = ("mendloop", "anyio", "idna", "typing_extensions", "rfc8785")
_SCRIPTS = (
    "tests/__init__.py",
    "tests/escape/__init__.py",
    "tests/escape/apart.py",
    "tests/escape/told.py",
)
_SECONDS = 60


def order(
    place: dict[str, object],
    *rules: list[int],
    least: str = "B",
    best: str = "A",
    empty: bool = False,
) -> dict[str, Any]:
    """What such a server is asked for: everything, or (empty) only whether it comes up."""
    attempts = {name: (one.source, one.writes) for name, one in hostile.ALL.items()}
    pure = {name: (*told[:2], False) for name, told in PROGRAMS.items()}
    writing = {name: (*told[:2], True) for name, told in WRITERS.items()}
    return {
        "attempts": {} if empty else attempts,
        "beside": BESIDE,
        "best": best,
        "endless": [] if empty else sorted(hostile.ENDLESS),
        "least": least,
        "name": secrets.token_hex(6),
        "place": place,
        "programs": {} if empty else {**pure, **writing},
        "rules": rules,
    }


def served(wanted: dict[str, Any], *, packages: Path | None = None) -> dict[str, Any]:
    """What a server answers.

    Args:
        wanted: The order.
        packages: What it needs, where anybody can read it: then it is an ordinary user's.
    """
    as_somebody: dict[str, Any] = {}
    if packages is not None:
        as_somebody = {
            "user": SOMEBODY,
            "group": SOMEBODY,
            "extra_groups": [],
            "env": {"MENDLOOP_TEST_SECRET": plain.SECRET},
        }
    python = SYSTEM_PYTHON if packages else Path(sys.executable)
    asked = subprocess.run(
        [str(python), "-s", "-m", "tests.escape.apart"],
        input=json.dumps(wanted),
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
        timeout=_SECONDS,
        cwd=packages or ROOT,
        **as_somebody,
    )
    answer: dict[str, Any] = json.loads(asked.stdout)
    return answer


def readable_packages(folder: Path) -> Path:
    """A copy of what a server needs, where anybody can read it."""
    for name in _NEEDED:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        origin = Path(spec.origin)
        if origin.name == "__init__.py":
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(origin.parent, folder / name, ignore=ignored)
        else:
            shutil.copy(origin, folder)
    for script in _SCRIPTS:
        (folder / script).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / script, folder / script)
    subprocess.run(["chmod", "-R", "a+rX", str(folder)], check=True)
    return folder
