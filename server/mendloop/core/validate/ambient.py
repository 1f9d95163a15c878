"""What a file learns of the world around a call, and which of its names carry it.

A name carries it where it is bound to something computed from it, and a function does where it
gives it back. This follows names of one file, not objects.
"""

import ast
from collections.abc import Iterator, Mapping
from typing import Final

from mendloop.core.validate.folding import bound_once, spelled
from mendloop.core.validate.tree import dotted, functions, imported, meaning, names, nodes, walk

SEED: Final = "the seed of hash()"
"""What the digest of a fixed text tells: whether it was the same in the last process."""
PLACES: Final = frozenset(
    {
        SEED,
        "os.environ", "os.environb", "os.getenv", "os.getcwd", "os.getpid", "os.getppid",
        "os.getuid", "os.geteuid", "os.getgid", "os.getlogin", "os.uname", "os.cpu_count",
        "os.sched_getaffinity", "os.getpgrp", "os.getsid", "os.isatty", "os.ttyname",
        "platform.node", "platform.uname", "socket.gethostname", "getpass.getuser", "sys.path",
        "sys.executable", "sys.flags", "sys.stdin", "sys.stdout", "sys.stderr", "sys.prefix",
        "sys.base_prefix", "resource.getrlimit", "resource.getrusage", "__file__", "__name__",
        "__spec__", "__package__", "__loader__", "__debug__", "threading.active_count",
        "threading.enumerate", "threading.current_thread", "multiprocessing.current_process",
        "uuid.getnode", "tempfile.gettempdir", "sys.getrecursionlimit",
        "sys.dont_write_bytecode",
        "sys.warnoptions", "sys.pycache_prefix", "sys.getswitchinterval", "sys.meta_path",
        "sys.path_hooks", "os.getgroups", "os.getresuid", "os.getloadavg", "time.tzname",
        "signal.getsignal", "signal.getitimer", "warnings.filters", "pathlib.Path.cwd",
        "pathlib.Path.home",
    }
)  # fmt: skip
"""What a tool may use, but not to choose its answer by."""
CLOCKS: Final = frozenset(
    {
        "time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.strftime",
        "time.ctime", "datetime.datetime.now", "datetime.datetime.utcnow",
        "datetime.datetime.today", "datetime.date.today", "datetime.now", "datetime.utcnow",
        "date.today", "time.asctime", "time.clock_gettime", "time.clock_gettime_ns",
        "email.utils.formatdate", "email.utils.localtime", "uuid.uuid1", "os.times",
    }
)  # fmt: skip
_ROUNDS: Final = 20


def reads(node: ast.AST, bound: Mapping[str, str], known: Mapping[str, ast.expr]) -> str:
    """What one expression reads of the world, by its full name; empty for anything else."""
    match node:
        case ast.Attribute() | ast.Name():
            name = resolved(node, bound, known)
            return name if name in PLACES | CLOCKS else ""
        case ast.Call(func=ast.Name(id="getattr"), args=[owner, what, *_]):
            name = f"{resolved(owner, bound, known)}.{spelled(what, known)}"
            return name if name in PLACES | CLOCKS else ""
        case ast.Call(func=ast.Name(id="hash"), args=[what]) if spelled(what, known) is not None:
            return SEED
        case _:
            return ""


def resolved(node: ast.AST, bound: Mapping[str, str], known: Mapping[str, ast.expr]) -> str:
    """``a.b`` by what its first name stands for, through imports, assignments and ``__import__``.

    ``o = __import__("o" + "s"); o.getpid`` is ``os.getpid``.
    """
    match node:
        case ast.Call(func=func, args=[what, *_]) if meaning(func, bound) in _IMPORTERS:
            return spelled(what, known) or ""
        case ast.Call(func=ast.Name(id="getattr"), args=[owner, what, *_]):
            return f"{resolved(owner, bound, known)}.{spelled(what, known) or ''}"
        case ast.Subscript(value=owner, slice=what) if dotted(owner):
            of = resolved(owner, bound, known)
            return (spelled(what, known) or "") if of == "sys.modules" else ""
        case ast.Attribute(value=owner, attr=attr):
            before = resolved(owner, bound, known)
            return f"{before}.{attr}" if before else ""
        case ast.Name(id=name) if name not in bound and name in known:
            value, rest = known[name], {key: known[key] for key in known if key != name}
            plain = isinstance(value, ast.Name | ast.Attribute | ast.Call | ast.Subscript)
            return (resolved(value, bound, rest) or name) if plain else name
        case _:
            return meaning(node, bound)


_IMPORTERS: Final = frozenset({"__import__", "importlib.import_module", "builtins.__import__"})


class Ambient:
    """One file, and the names in it that carry something of the world."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._bound = imported(tree)
        self._known = bound_once(tree)
        self._carriers: dict[str, frozenset[str]] = {}
        for _ in range(_ROUNDS):
            before = dict(self._carriers)
            self._follow()
            if before == self._carriers:
                break

    def within(self, node: ast.AST) -> frozenset[str]:
        """All that an expression learns of the world, by itself or through a name."""
        found = set[str]()
        for part in walk(node):
            if name := reads(part, self._bound, self._known):
                found.add(name)
            if isinstance(part, ast.Name):
                found |= self._carriers.get(part.id, frozenset())
        return frozenset(found)

    def _follow(self) -> None:
        for node in walk(self._tree):
            for name, value in _bindings(node):
                self._carry(name, value)
        for name, function in functions(self._tree).items():
            for node in nodes(function):
                if isinstance(node, ast.Return) and node.value is not None:
                    self._carry(name.rpartition(".")[2], node.value)

    def _carry(self, name: str, value: ast.AST) -> None:
        # where a file lies is a way to its neighbours, and most who ask only follow it
        if learned := self.within(value) - {"__file__"}:
            self._carriers[name] = self._carriers.get(name, frozenset()) | learned


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """The names that a statement binds, with what they are computed from."""
    held: list[ast.expr]
    match node:
        case ast.Assign(targets=targets, value=value):
            held = targets
        case (
            ast.AnnAssign(target=target, value=ast.expr() as value)
            | ast.AugAssign(target=target, value=value)
            | ast.NamedExpr(target=target, value=value)
            | ast.For(target=target, iter=value)
            | ast.comprehension(target=target, iter=value)
        ):
            held = [target]
        case _:
            return
    yield from ((name, value) for target in held for name in names(target))
