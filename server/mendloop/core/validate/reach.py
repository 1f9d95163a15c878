"""Which test files of a project reach a module: by its imports, read and never run.

A file reaches a module when it imports it, or imports one that does. Only files in whose bytes the
module's name occurs are parsed, so a large project costs little. Names are matched by their ends,
for it is not known from where Python imports: ``import shop`` may mean ``tools/shop.py``.
"""

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from mendloop.core.validate.tree import parsed, walk
from mendloop.noun import dataclass

_TEST: Final = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test)\.py$")
_MOST_MODULES: Final = 200
"""Modules that are followed at the most."""
_SUPPORT: Final = frozenset(
    {"conftest.py", "pytest.ini", ".pytest.ini", "pytest.toml", "tox.ini", "setup.cfg"}
)
_FOLDERS: Final = frozenset({"test", "tests"})
_RUNNER: Final = frozenset({"_pytest", "iniconfig", "packaging", "pluggy", "pygments", "pytest"})
"""What pytest is made of: a file of such a name would stand in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The test files to run."""

    files: tuple[str, ...] = ()
    """The nearest first."""
    reaching: int = 0
    """How many reach the modules in all."""


def is_test(path: str) -> bool:
    """Whether pytest takes a file for tests by its name."""
    return _TEST.search(path) is not None


def belongs_to_tests(path: str) -> bool:
    """Whether a file decides how tests run: one of them, what they share, or their settings."""
    parts = path.split("/")
    runs = {part.removesuffix(".py") for part in parts} & _RUNNER
    named = is_test(path) or parts[-1] in _SUPPORT
    return named or bool(runs) or not _FOLDERS.isdisjoint(parts[:-1])


def reaching(
    tree: Mapping[str, bytes], paths: Collection[str], names: Collection[str], *, most: int
) -> Reach:
    """The test files that reach some modules.

    Args:
        tree: The files of the project, by path.
        paths: The modules.
        names: What is changed in them: where too many files reach them, those that mention one of
            these are taken.
        most: How many files are wanted at the most.
    """
    order = _importers(tree, paths)
    tests = [path for path in order if is_test(path)]
    folders = [path.removesuffix("conftest.py") for path in order if path.endswith("conftest.py")]
    tests += [
        path
        for path in sorted(tree)
        if is_test(path) and path not in order and path.startswith(tuple(folders))
    ]
    named = [path for path in tests if any(_mentions(tree[path], name) for name in names)]
    few = named if len(tests) > most and named else tests
    return Reach(files=tuple(few[:most]), reaching=len(tests))


def import_root(tree: Collection[str], path: str) -> str:
    """The folder from which a module's package is imported; empty for the root of the tree."""
    folder = _folder(path)
    while folder and f"{folder}/__init__.py" in tree:
        folder = _folder(folder)
    return folder


def dotted_path(path: str) -> str:
    """The dotted name of a file from the root; a package's ``__init__`` is the package."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _importers(tree: Mapping[str, bytes], paths: Collection[str]) -> list[str]:
    """Every file that imports one of these, directly or not, the nearest first."""
    found: list[str] = []
    seen = set(paths)
    waiting = [path for path in paths if path.endswith(".py")]
    while waiting and len(seen) < _MOST_MODULES:
        module = dotted_path(waiting.pop(0))
        last = module.rpartition(".")[2]
        for path in sorted(tree):
            if path in seen or not path.endswith(".py") or not _mentions(tree[path], last):
                continue
            if _imports(path, tree[path], module):
                seen.add(path)
                found.append(path)
                waiting.append(path)
    return found


def _imports(path: str, content: bytes, module: str) -> bool:
    """Whether a file imports a module, by any of the names that it may have."""
    tree = parsed(content.decode(errors="replace"))
    if isinstance(tree, SyntaxError):
        return False
    return any(_means(name, module) for name in _imported(path, tree))


def _imported(path: str, tree: ast.Module) -> Iterator[str]:
    """Every dotted name that may be a module: imports, and texts that read like one."""
    here = _folder(path)
    for node in walk(tree):
        match node:
            case ast.Import(names=every):
                yield from (one.name for one in every)
            case ast.ImportFrom(module=source, names=every, level=level):
                base = ".".join(part for part in (_above(here, level), source or "") if part)
                yield base
                yield from (f"{base}.{one.name}".strip(".") for one in every)
            case ast.Constant(value=str(text)) if (
                "." in text and text.replace(".", "").isidentifier()
            ):
                yield from (text, text.rpartition(".")[0])
            case _:
                pass


def _above(here: str, level: int) -> str:
    """The package that a relative import starts from; empty for an absolute one."""
    if not level:
        return ""
    folder = here
    for _ in range(level - 1):
        folder = _folder(folder)
    return folder.replace("/", ".")


def _folder(path: str) -> str:
    """The folder that holds a file or folder; empty for the root of the tree."""
    return path.rpartition("/")[0]


def _means(name: str, module: str) -> bool:
    """Whether a name stands for a module whose path from the root is known."""
    return bool(name) and (module == name or module.endswith(f".{name}"))


def _mentions(content: bytes, name: str) -> bool:
    return re.search(rb"\b%s\b" % re.escape(name.encode()), content) is not None
