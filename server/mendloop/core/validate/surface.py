"""What a Python file shows to its callers, and what it reaches for."""

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from mendloop.core.validate.ambient import resolved
from mendloop.core.validate.folding import bound_once, spelled
from mendloop.core.validate.powers import POWERFUL
from mendloop.core.validate.tree import Function, functions, imported, meaning, nodes, walk
from mendloop.noun import dataclass

RISKY_MODULES: Final = frozenset(
    [
        "_ctypes",
        "_io",
        "_posixsubprocess",
        "_socket",
        "_thread",
        "aiohttp",
        "asyncio",
        "atexit",
        "builtins",
        "cProfile",
        "cffi",
        "cloudpickle",
        "code",
        "codeop",
        "compileall",
        "concurrent",
        "ctypes",
        "dbm",
        "dill",
        "doctest",
        "ensurepip",
        "fcntl",
        "fileinput",
        "ftplib",
        "gc",
        "glob",
        "grpc",
        "http",
        "httpx",
        "imaplib",
        "imp",
        "importlib",
        "inspect",
        "io",
        "joblib",
        "jsonpickle",
        "linecache",
        "mailbox",
        "marshal",
        "mmap",
        "multiprocessing",
        "netrc",
        "nntplib",
        "os",
        "paramiko",
        "pathlib",
        "pdb",
        "pexpect",
        "pickle",
        "pickletools",
        "pkgutil",
        "poplib",
        "posix",
        "profile",
        "psutil",
        "psycopg",
        "pty",
        "py_compile",
        "pydoc",
        "pymongo",
        "pymysql",
        "redis",
        "requests",
        "resource",
        "runpy",
        "select",
        "shelve",
        "shutil",
        "signal",
        "site",
        "smtplib",
        "socket",
        "socketserver",
        "sqlite3",
        "ssl",
        "subprocess",
        "syslog",
        "sys",
        "sysconfig",
        "tarfile",
        "telnetlib",
        "tempfile",
        "threading",
        "trace",
        "unittest",
        "urllib",
        "urllib3",
        "venv",
        "webbrowser",
        "websockets",
        "wsgiref",
        "xmlrpc",
        "zipfile",
        "zipimport",
    ]
)
RISKY_CALLS: Final = frozenset(
    [
        "__builtins__",
        "__import__",
        "breakpoint",
        "compile",
        "eval",
        "exec",
        "globals",
        "input",
        "locals",
        "open",
        "vars",
    ]
)
RISKY_ATTRIBUTES: Final = frozenset(
    [
        "__bases__",
        "__builtins__",
        "__class__",
        "__closure__",
        "__code__",
        "__dict__",
        "__getattribute__",
        "__globals__",
        "__loader__",
        "__mro__",
        "__reduce__",
        "__spec__",
        "__subclasses__",
        "f_back",
        "f_globals",
        "f_locals",
        "gi_frame",
        "tb_frame",
    ]
)
RISKY_METHODS: Final = frozenset(
    ["write_text", "write_bytes", "symlink_to", "hardlink_to", "chmod", "rmdir", "unlink", "tofile"]
)
"""Methods by which a file is written, whatever the object was got from."""
_HARMLESS: Final = frozenset(
    [
        "os.PathLike", "os.altsep", "os.fsdecode", "os.fsencode", "os.fspath", "os.linesep",
        "os.name", "os.path", "os.pathsep", "os.sep", "sys.byteorder", "sys.float_info",
        "sys.hash_info", "sys.maxsize", "sys.maxunicode", "sys.version", "sys.version_info",
        "urllib.parse", "io.BytesIO", "io.StringIO", "pathlib.PurePath", "pathlib.PurePosixPath",
        "inspect.signature", "http.HTTPStatus", "asyncio.run", "asyncio.sleep", "asyncio.gather",
    ]
)  # fmt: skip
"""What of the powerful modules has no power."""
_IMPORTERS: Final = frozenset({"__import__", "importlib.import_module", "importlib.__import__"})
_GETTERS: Final = frozenset({"operator.attrgetter", "operator.methodcaller", "attrgetter"})
_ENVIRONMENT: Final = frozenset({"os.environ", "os.environb", "os.getenv", "os.getenvb"})
_PUBLIC_MAGIC: Final = frozenset({"__init__", "__call__", "__new__"})


@lru_cache(maxsize=4)
def capabilities(tree: ast.AST) -> Mapping[str, int]:
    """What a file can reach beyond its arguments: each by name, with the line where it first does.

    Names are ``import:os``, ``use:os.system``, ``call:eval``, ``attribute:__globals__``,
    ``method:write_text``, ``getattr``, ``environment``. A name that is put together from pieces
    counts as the name, one that cannot be worked out as ``getattr``.
    """
    found: dict[str, int] = {}
    reach = _Reach(imported(tree), bound_once(tree))
    for node in walk(tree):
        for name in (*_reached(node, reach.bound), *reach.used(node)):
            line = getattr(node, "lineno", 1)
            found[name] = min(line, found.get(name, line))
    return found


@dataclass(frozen=True, slots=True)
class _Reach:
    """How the names of a file are to be read."""

    bound: Mapping[str, str]
    known: Mapping[str, ast.expr]

    def used(self, node: ast.AST) -> Iterator[str]:
        """What a place reaches for by a full name, however it is put together."""
        match node:
            case ast.Attribute(attr=attr) if attr in RISKY_METHODS:
                yield f"method:{attr}"
            case ast.Call(func=func, args=[what, *_]):
                yield from self._by_call(resolved(func, self.bound, self.known), what)
            case ast.Subscript(slice=key) if spelled(key, self.known) in RISKY_CALLS:
                yield f"call:{spelled(key, self.known)}"
            case _:
                pass
        if isinstance(node, ast.Attribute | ast.Name | ast.Call):
            yield from self._named(resolved(node, self.bound, self.known))

    def _named(self, name: str) -> Iterator[str]:
        """A function of a powerful module: also where the module was at hand before."""
        parts = name.split(".")
        if name in POWERFUL or any(name.startswith(f"{one}.") for one in POWERFUL):
            yield f"use:{name}"
        elif len(parts) > 1 and parts[0] in RISKY_MODULES and ".".join(parts[:2]) not in _HARMLESS:
            yield f"use:{'.'.join(parts[:2])}"
            if parts[0] == "builtins" and parts[1] in RISKY_CALLS:
                yield f"call:{parts[1]}"

    def _by_call(self, func: str, what: ast.expr) -> Iterator[str]:
        """What is imported, or got at, by a text."""
        if func in _IMPORTERS or func.endswith(".import_module"):
            text = spelled(what, self.known)
            yield from ("getattr",) if text is None else _modules([text])
        elif func in _GETTERS:
            text = spelled(what, self.known)
            yield from ("getattr",) if text is None else _risky_name(text)


@lru_cache(maxsize=4)
def signatures(tree: ast.AST) -> Mapping[str, tuple[str, int]]:
    """The parameters of every public function, as text, with its line.

    Annotations are left out: no caller breaks by them.
    """
    return {
        name: (signature(function), function.lineno)
        for name, function in functions(tree).items()
        if "<locals>" not in name and all(map(_public, name.split(".")))
    }


def signature(function: Function) -> str:
    """How a function may be called, and what sort of thing the call gives."""
    given = ast.arguments(
        posonlyargs=[ast.arg(arg=one.arg) for one in function.args.posonlyargs],
        args=[ast.arg(arg=one.arg) for one in function.args.args],
        vararg=_bare(function.args.vararg),
        kwonlyargs=[ast.arg(arg=one.arg) for one in function.args.kwonlyargs],
        kw_defaults=function.args.kw_defaults,
        kwarg=_bare(function.args.kwarg),
        defaults=function.args.defaults,
    )
    sort = "async " if isinstance(function, ast.AsyncFunctionDef) else ""
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in nodes(function)):
        sort += "generator "
    roles = {"staticmethod", "classmethod", "property"}
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Name) and decorator.id in roles:
            sort += f"{decorator.id} "
    return f"{sort}({ast.unparse(given)})"


def _bare(arg: ast.arg | None) -> ast.arg | None:
    return None if arg is None else ast.arg(arg=arg.arg)


def _public(part: str) -> bool:
    return not part.startswith("_") or part in _PUBLIC_MAGIC


def _reached(node: ast.AST, bound: Mapping[str, str]) -> Iterator[str]:
    match node:
        case ast.Import(names=every):
            yield from _modules(one.name for one in every)
        case ast.ImportFrom(module=str(source), names=every):
            yield from _modules([source, *(f"{source}.{one.name}" for one in every)])
        case ast.Name(id=name) if name in RISKY_CALLS:
            yield f"call:{name}"
        case ast.Attribute(attr=attr) if attr in RISKY_ATTRIBUTES:
            yield f"attribute:{attr}"
        case ast.Call(func=ast.Name(id="getattr"), args=[_, what, *_]):
            yield from _by_name(what)
        case _:
            pass
    if isinstance(node, ast.Attribute | ast.Name) and meaning(node, bound) in _ENVIRONMENT:
        yield "environment"


def _modules(every: Iterator[str] | list[str]) -> Iterator[str]:
    for name in every:
        first = name.partition(".")[0]
        if first in RISKY_MODULES:
            yield f"import:{first}"


def _by_name(what: ast.expr) -> Iterator[str]:
    """``getattr`` with a name that is computed, or that is one of the risky ones."""
    text = spelled(what)
    if text is None or not isinstance(what, ast.Constant):
        yield "getattr"
    yield from _risky_name(text or "")


def _risky_name(name: str) -> Iterator[str]:
    for part in name.split("."):
        if part in RISKY_ATTRIBUTES | RISKY_CALLS:
            yield f"attribute:{part}"
