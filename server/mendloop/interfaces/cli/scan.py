"""Find the functions in a folder that look like tools. Sources are read, never imported."""

import ast
import os
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from mendloop.errors import InvalidInput
from mendloop.interfaces.cli.effects import Guess, guess
from mendloop.noun import dataclass

_MOST_FILES: Final = 5_000
_MOST_BYTES: Final = 1024 * 1024
_SKIPPED_FOLDERS: Final = frozenset(
    {"tests", "test", "node_modules", "site-packages", "build", "dist", "docs", "__pycache__"}
)
_SKIPPED_FILES: Final = frozenset({"setup.py", "conftest.py", "noxfile.py", "__main__.py"})
_ENTRY: Final = "main"
"""A program's own beginning is no tool."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A function that may be a target."""

    name: str
    source: str
    """As ``mendloop.toml`` has it: ``tools/pricing.py:quote``."""
    guess: Guess


def found_in(folder: Path) -> tuple[Found, ...]:
    """The public functions of every module below a folder, by name.

    Public is what has no leading underscore, and a docstring or an annotation.

    Raises:
        InvalidInput: It is no folder, or has too many files to be one of tools.
    """
    if not folder.is_dir():
        raise InvalidInput(f"{folder} is no folder.", hint="Name the folder of your tools.")
    found = [
        (path, function, guess(module, function))
        for path, module in _modules(folder)
        for function in _tools(module)
    ]
    short = Counter(f"{path.stem}.{function}" for path, function, _ in found)
    return tuple(
        sorted(
            (
                Found(
                    name=_name(path, function, alone=short[f"{path.stem}.{function}"] == 1),
                    source=f"{path}:{function}",
                    guess=guessed,
                )
                for path, function, guessed in found
            ),
            key=lambda each: each.name,
        )
    )


def _name(path: PurePosixPath, function: str, *, alone: bool) -> str:
    """``pricing.quote``; where two would be called that, the folders too."""
    module = path.stem if alone else ".".join(path.with_suffix("").parts)
    return f"{module}.{function}"


def _modules(folder: Path) -> Iterator[tuple[PurePosixPath, ast.Module]]:
    for path in _files(folder):
        try:
            data = path.read_bytes()
            if len(data) <= _MOST_BYTES:
                yield PurePosixPath(path.relative_to(folder).as_posix()), _parsed(data)
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            # what cannot be read can be no target; the rest of the folder can
            continue


def _parsed(data: bytes) -> ast.Module:
    with warnings.catch_warnings():
        # about the style of somebody's source, which is not asked here
        warnings.simplefilter("ignore")
        return ast.parse(data)


def _files(folder: Path) -> Iterator[Path]:
    seen = 0
    for where, folders, names in os.walk(folder):
        here = Path(where)
        folders[:] = sorted(each for each in folders if _enters(here / each))
        for name in sorted(names):
            if _is_module(name) and not (here / name).is_symlink():
                seen += 1
                if seen > _MOST_FILES:
                    raise InvalidInput(
                        f"{folder} has more than {_MOST_FILES} modules.",
                        hint="Name the folder of your tools only: --workspace.",
                    )
                yield here / name


def _enters(folder: Path) -> bool:
    return not (
        folder.name.startswith(".")
        or folder.name in _SKIPPED_FOLDERS
        or (folder / "pyvenv.cfg").exists()
    )


def _is_module(name: str) -> bool:
    return (
        name.endswith(".py")
        and name.removesuffix(".py").isidentifier()
        and not name.startswith("test_")
        and not name.endswith("_test.py")
        and name not in _SKIPPED_FILES
    )


def _tools(module: ast.Module) -> Iterator[str]:
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            public = not node.name.startswith("_") and node.name != _ENTRY
            if public and (ast.get_docstring(node) is not None or _annotated(node)):
                yield node.name


def _annotated(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    every = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
    return node.returns is not None or any(each.annotation is not None for each in every)
