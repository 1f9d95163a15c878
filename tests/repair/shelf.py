"""The libraries that faults are planted in, and the calls that their own examples make."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tests.repair.inputs import Call

_COLLECT: Final = Path(__file__).with_name("collect.py")
_SERVER: Final = Path(__file__).parents[2] / "server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """One library: its top folder or file, and the modules that are tried."""

    name: str
    package: str
    modules: tuple[str, ...]


LIBRARIES: Final = (
    Library(
        name="more-itertools",
        package="more_itertools",
        modules=("more_itertools.more", "more_itertools.recipes"),
    ),
    Library(
        name="toolz",
        package="toolz",
        modules=("toolz.itertoolz", "toolz.dicttoolz", "toolz.recipes"),
    ),
    Library(
        name="boltons",
        package="boltons",
        modules=(
            "boltons.strutils",
            "boltons.iterutils",
            "boltons.mathutils",
            "boltons.timeutils",
            "boltons.formatutils",
            "boltons.statsutils",
        ),
    ),
    Library(name="inflection", package="inflection", modules=("inflection",)),
    Library(
        name="humanize",
        package="humanize",
        modules=(
            "humanize.number",
            "humanize.filesize",
            "humanize.lists",
            "humanize.time",
        ),
    ),
)


def folder_of(library: Library) -> Path:
    """The folder that a library is installed in.

    Raises:
        ModuleNotFoundError: It is not installed.
    """
    spec = find_spec(library.package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(library.package)
    origin = Path(spec.origin)
    return origin.parent.parent if origin.name == "__init__.py" else origin.parent


def files_of(library: Library) -> dict[str, bytes]:
    """The Python files of a library, by their path below the folder it is installed in."""
    folder = folder_of(library)
    single = folder / f"{library.package}.py"
    if single.is_file():
        return {single.name: single.read_bytes()}
    files = sorted((folder / library.package).rglob("*.py"))
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in files
        if "tests" not in file.parts
    }


def path_of(module: str) -> str:
    """The file of a module."""
    return f"{module.replace('.', '/')}.py"


def examples(library: Library) -> dict[tuple[str, str], list[Call]]:
    """The calls that a library's own doctests make, by module and function."""
    done = subprocess.run(
        [sys.executable, str(_COLLECT), str(folder_of(library)), *library.modules],
        env={**os.environ, "PYTHONPATH": str(_SERVER), "PYTHONHASHSEED": "0"},
        capture_output=True,
        check=True,
        timeout=120,
    )
    told = json.loads(done.stdout)
    return {
        (name.partition(":")[0], name.partition(":")[2]): [
            Call(tuple(args), kwargs) for args, kwargs in calls
        ]
        for name, calls in told.items()
        if calls
    }
