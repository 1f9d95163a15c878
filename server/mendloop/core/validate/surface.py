"""What a Python file shows to its callers, and what it reaches for."""

import ast
from collections.abc import Iterator, Mapping
from typing import Final

from mendloop.core.validate.tree import Function, functions, imported, meaning, nodes

RISKY_MODULES: Final = frozenset(
    [
        "_thread",
        "aiohttp",
        "asyncio",
        "atexit",
        "builtins",
        "code",
        "codeop",
        "concurrent",
        "ctypes",
        "fcntl",
        "ftplib",
        "gc",
        "glob",
        "http",
        "httpx",
        "imaplib",
        "importlib",
        "inspect",
        "io",
        "marshal",
        "mmap",
        "multiprocessing",
        "os",
        "pathlib",
        "pickle",
        "pkgutil",
        "poplib",
        "pty",
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
        "sys",
        "tempfile",
        "threading",
        "urllib",
        "urllib3",
        "webbrowser",
        "xmlrpc",
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
_ENVIRONMENT: Final = frozenset({"os.environ", "os.environb", "os.getenv", "os.getenvb"})
_PUBLIC_MAGIC: Final = frozenset({"__init__", "__call__", "__new__"})


def capabilities(tree: ast.AST) -> Mapping[str, int]:
    """What a file can reach beyond its arguments: each by name, with the line where it first does.

    Names are ``import:os``, ``call:eval``, ``attribute:__globals__``, ``getattr``, ``environment``.
    """
    found: dict[str, int] = {}
    bound = imported(tree)
    for node in ast.walk(tree):
        for name in _reached(node, bound):
            line = getattr(node, "lineno", 1)
            found[name] = min(line, found.get(name, line))
    return found


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
    match what:
        case ast.Constant(value=str(name)):
            if name in RISKY_ATTRIBUTES | RISKY_CALLS:
                yield f"attribute:{name}"
        case _:
            yield "getattr"
