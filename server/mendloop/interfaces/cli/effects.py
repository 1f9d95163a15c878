"""Guess from its source what a function does besides returning. A guess, for a person to check."""

import ast
import builtins
from collections.abc import Iterator, Mapping
from typing import Final

from mendloop.model.target import SideEffect
from mendloop.noun import dataclass

_MODULES: Final[Mapping[str, SideEffect]] = {
    **dict.fromkeys(
        ("requests", "httpx", "aiohttp", "urllib", "urllib3", "socket", "smtplib", "ftplib"),
        SideEffect.NETWORK,
    ),
    **dict.fromkeys(("http", "boto3", "paramiko", "imaplib", "telnetlib"), SideEffect.NETWORK),
    **dict.fromkeys(("subprocess", "multiprocessing", "pexpect"), SideEffect.SUBPROCESS),
    **dict.fromkeys(
        ("sqlite3", "psycopg", "psycopg2", "sqlalchemy", "pymongo", "redis", "aiosqlite"),
        SideEffect.WRITES_DATABASE,
    ),
    **dict.fromkeys(("random", "secrets", "uuid"), SideEffect.RANDOM),
    **dict.fromkeys(("shutil", "tempfile"), SideEffect.WRITES_FILES),
    **dict.fromkeys(("os", "pathlib", "glob", "io"), SideEffect.READS_FILES),
    "time": SideEffect.CLOCK,
}
_METHODS: Final[Mapping[str, SideEffect]] = {
    **dict.fromkeys(("now", "utcnow", "today"), SideEffect.CLOCK),
    **dict.fromkeys(("read_text", "read_bytes", "iterdir", "glob"), SideEffect.READS_FILES),
    **dict.fromkeys(
        ("write", "write_text", "write_bytes", "unlink", "mkdir"), SideEffect.WRITES_FILES
    ),
    **dict.fromkeys(("execute", "executemany", "commit"), SideEffect.WRITES_DATABASE),
}
_HARMLESS_MODULES: Final = frozenset(
    {
        "base64",
        "binascii",
        "bisect",
        "calendar",
        "cmath",
        "collections",
        "colorsys",
        "copy",
        "csv",
        "dataclasses",
        "datetime",
        "decimal",
        "difflib",
        "enum",
        "fractions",
        "functools",
        "hashlib",
        "heapq",
        "hmac",
        "html",
        "itertools",
        "json",
        "keyword",
        "locale",
        "math",
        "numbers",
        "operator",
        "re",
        "statistics",
        "string",
        "struct",
        "textwrap",
        "tomllib",
        "types",
        "typing",
        "unicodedata",
        "zlib",
        "zoneinfo",
    }
)
_HARMFUL_BUILTINS: Final[Mapping[str, SideEffect | None]] = {
    "open": SideEffect.READS_FILES,
    **dict.fromkeys(("input", "exec", "eval", "compile", "__import__", "globals"), None),
}

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What a function seems to do."""

    pure: bool
    """Whether nothing was seen that could make a second call answer otherwise."""
    effects: frozenset[SideEffect] = frozenset()
    why: str = ""
    """What spoke against it, or that it is only a guess."""


def guess(module: ast.Module, function: str) -> Guess:
    """Read a function, and those of its module that it calls."""
    found = _Reading(module)
    found.read(function)
    if found.effects:
        named = ", ".join(sorted(found.effects))
        return Guess(pure=False, effects=frozenset(found.effects), why=f"guessed: it uses {named}")
    if found.unknown:
        return Guess(pure=False, why=f"guessed: {min(found.unknown)} is not known to be")
    return Guess(pure=True, why="guessed: nothing in it reaches out")


class _Reading:
    """What was seen so far, from one function on."""

    def __init__(self, module: ast.Module) -> None:
        self.effects: set[SideEffect] = set()
        self.unknown: set[str] = set()
        self._functions = {node.name: node for node in module.body if isinstance(node, _Function)}
        self._own = {node.name for node in module.body if isinstance(node, ast.ClassDef)}
        self._imports = dict(_imported(module))
        self._read: set[str] = set()

    def read(self, function: str) -> None:
        """Look at every node of a function, and of those that it names."""
        if function in self._read:
            return
        self._read.add(function)
        for node in ast.walk(self._functions[function]):
            self._look(node)

    def _look(self, node: ast.AST) -> None:
        match node:
            case ast.Global() | ast.Nonlocal():
                self.unknown.add(f"`{node.names[0]}`")
            case ast.Import() | ast.ImportFrom():
                self._imports.update(_imported(node))
            case ast.Name(id=name, ctx=ast.Load()):
                self._name(name)
            case ast.Attribute(attr=attribute) if attribute in _METHODS:
                self.effects.add(_METHODS[attribute])
            case _:
                pass

    def _name(self, name: str) -> None:
        if name in self._functions:
            self.read(name)
        elif name in self._imports:
            self._module(self._imports[name], name)
        elif name in self._own:
            self.unknown.add(f"`{name}`")
        elif name in _HARMFUL_BUILTINS and hasattr(builtins, name):
            effect = _HARMFUL_BUILTINS[name]
            if effect is None:
                self.unknown.add(f"`{name}`")
            else:
                self.effects.add(effect)

    def _module(self, module: str, name: str) -> None:
        root = module.partition(".")[0]
        if root in _MODULES:
            self.effects.add(_MODULES[root])
        elif root not in _HARMLESS_MODULES:
            self.unknown.add(f"`{name}`")


def _imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Names that imports give, and the modules that they come from."""
    for each in ast.walk(node):
        match each:
            case ast.Import(names=names):
                for alias in names:
                    yield alias.asname or alias.name.partition(".")[0], alias.name
            case ast.ImportFrom(module=module, names=names, level=level):
                for alias in names:
                    yield alias.asname or alias.name, ("." * level) + (module or "")
            case _:
                pass
