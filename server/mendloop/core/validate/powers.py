"""Which sort of power a capability is."""

from collections.abc import Mapping
from typing import Final

from mendloop.model.power import Power

_MODULES: Final[Mapping[Power, frozenset[str]]] = {
    Power.SUBPROCESS: frozenset(
        {"_posixsubprocess", "multiprocessing", "pexpect", "psutil", "pty", "subprocess", "venv"}
    ),
    Power.NETWORK: frozenset(
        {
            "_socket", "aiohttp", "ftplib", "http", "httpx", "imaplib", "nntplib", "paramiko",
            "poplib", "requests", "select", "smtplib", "socket", "socketserver", "ssl",
            "telnetlib", "grpc", "pymongo", "pymysql", "redis", "wsgiref", "urllib", "urllib3",
            "webbrowser", "websockets", "xmlrpc",
        }
    ),
    Power.EVAL: frozenset(
        {
            "builtins", "cProfile", "cloudpickle", "doctest", "ensurepip", "pdb", "profile",
            "pydoc", "trace", "unittest", "code", "codeop", "dill", "imp", "importlib", "joblib",
            "jsonpickle", "marshal", "pickle", "pickletools", "pkgutil", "runpy", "site",
            "zipimport",
        }
    ),
    Power.FILES: frozenset(
        {"_io", "fileinput", "glob", "io", "linecache", "mailbox", "netrc", "pathlib"}
    ),
    Power.WRITES_FILES: frozenset(
        {
            "compileall", "dbm", "fcntl", "py_compile", "shelve", "shutil", "syslog", "tarfile",
            "tempfile", "zipfile",
        }
    ),
    Power.DATABASE: frozenset({"psycopg", "sqlite3"}),
    Power.NATIVE: frozenset({"_ctypes", "cffi", "ctypes", "mmap"}),
    Power.INTROSPECTION: frozenset({"gc", "inspect", "sys", "sysconfig"}),
    Power.THREADS: frozenset({"_thread", "asyncio", "concurrent", "threading"}),
}  # fmt: skip
_CALLS: Final[Mapping[str, Power]] = {
    "__builtins__": Power.EVAL,
    "__import__": Power.EVAL,
    "compile": Power.EVAL,
    "eval": Power.EVAL,
    "exec": Power.EVAL,
    "open": Power.WRITES_FILES,  # how it opens cannot be told from the name
    "globals": Power.INTROSPECTION,
    "locals": Power.INTROSPECTION,
    "vars": Power.INTROSPECTION,
}
_STARTS: Final = ("exec", "fork", "kill", "popen", "posix_spawn", "spawn", "startfile", "system")
_LOOKS: Final = frozenset(
    {"access", "getcwd", "listdir", "lstat", "read", "readlink", "scandir", "stat", "walk"}
)
_CHANGES: Final = frozenset(
    {
        "chmod", "chown", "fdopen", "link", "makedirs", "mkdir", "open", "remove", "removedirs",
        "rename", "renames", "replace", "rmdir", "symlink", "truncate", "unlink", "utime", "write",
    }
)  # fmt: skip
_SYSTEM: Final = frozenset({"os", "posix"})
_SYSTEMS: Final[Mapping[str, Power]] = {
    "environ": Power.ENVIRONMENT,
    "environb": Power.ENVIRONMENT,
    "getenv": Power.ENVIRONMENT,
}
_MEMBERS: Final[Mapping[str, Power]] = {
    "_io.FileIO": Power.WRITES_FILES,
    "_io.open": Power.WRITES_FILES,
    "asyncio.create_subprocess": Power.SUBPROCESS,
    "asyncio.open_connection": Power.NETWORK,
    "asyncio.open_unix_connection": Power.NETWORK,
    "asyncio.start_server": Power.NETWORK,
    "io.FileIO": Power.WRITES_FILES,
    "io.open": Power.WRITES_FILES,
}
POWERFUL: Final[Mapping[str, Power]] = {
    "bz2.BZ2File": Power.WRITES_FILES,
    "bz2.open": Power.WRITES_FILES,
    "codecs.open": Power.WRITES_FILES,
    "gzip.GzipFile": Power.WRITES_FILES,
    "gzip.open": Power.WRITES_FILES,
    "logging.FileHandler": Power.WRITES_FILES,
    "logging.basicConfig": Power.WRITES_FILES,
    "logging.config": Power.EVAL,
    "logging.handlers": Power.NETWORK,
    "lzma.LZMAFile": Power.WRITES_FILES,
    "lzma.open": Power.WRITES_FILES,
    "numpy.fromfile": Power.FILES,
    "numpy.load": Power.EVAL,
    "numpy.memmap": Power.WRITES_FILES,
    "numpy.save": Power.WRITES_FILES,
    "numpy.savetxt": Power.WRITES_FILES,
    "numpy.savez": Power.WRITES_FILES,
    "pandas.eval": Power.EVAL,
    "pandas.read_csv": Power.FILES,
    "pandas.read_json": Power.FILES,
    "pandas.read_pickle": Power.EVAL,
    "timeit.Timer": Power.EVAL,
    "timeit.repeat": Power.EVAL,
    "timeit.timeit": Power.EVAL,
    "types.CodeType": Power.EVAL,
    "types.FunctionType": Power.EVAL,
    "types.LambdaType": Power.EVAL,
    "xml.etree.ElementTree.parse": Power.FILES,
    "yaml.full_load": Power.EVAL,
    "yaml.load": Power.EVAL,
    "yaml.unsafe_load": Power.EVAL,
}
"""What has a power in modules that have none otherwise, by the beginning of its full name."""
_SORTS: Final[Mapping[str, Power]] = {
    "environment": Power.ENVIRONMENT,
    "getattr": Power.INTROSPECTION,
    "method": Power.WRITES_FILES,
}


def power_of(capability: str) -> Power:
    """The power that a capability is, by its name as ``surface.capabilities`` gives it."""
    sort, _, name = capability.partition(":")
    module, _, member = name.partition(".")
    match sort:
        case "import" | "use":
            return _of_member(name) or _of_module(module, member)
        case "call":
            return _CALLS.get(name, Power.OTHER)
        case "attribute":
            return _CALLS.get(name, Power.INTROSPECTION)
        case _:
            return _SORTS.get(sort, Power.OTHER)


def _of_member(name: str) -> Power | None:
    """Of what does something else than the rest of its module."""
    known = {**_MEMBERS, **POWERFUL}
    starts = (power for start, power in known.items() if name.startswith(start))
    return next(starts, None)


def _of_module(module: str, member: str) -> Power:
    if module not in _SYSTEM:
        found = (power for power, names in _MODULES.items() if module in names)
        return next(found, Power.OTHER)
    if member.startswith(_STARTS):
        return Power.SUBPROCESS
    if member in _CHANGES:
        return Power.WRITES_FILES
    return Power.FILES if member in _LOOKS else _SYSTEMS.get(member, Power.OTHER)
