"""Rule: code does not find out where it runs by what it may do there.

A sandbox denies what a person's own machine allows. What tries such a thing and goes on quietly
when it is denied, or looks at a fixed place of the machine, can tell one from the other.
"""

import ast
from collections.abc import Iterator
from typing import Final

from mendloop.core.validate.ambient import resolved
from mendloop.core.validate.folding import bound_once, spelled
from mendloop.core.validate.site import Site, Subject, site
from mendloop.core.validate.swallowing import silent
from mendloop.core.validate.tree import walk

_LOOKS: Final = frozenset(
    {
        "open", "io.open", "os.open", "os.stat", "os.lstat", "os.access", "os.path.exists",
        "os.path.isfile", "os.path.isdir", "os.path.islink", "os.path.getmtime", "os.path.getsize",
        "os.readlink", "os.statvfs", "pathlib.Path", "pathlib.PosixPath",
    }
)  # fmt: skip
_DENIED: Final = frozenset(
    {
        "os.fork", "os.kill", "os.system", "os.popen", "os.chmod", "os.chown", "os.setuid",
        "os.mkdir", "os.makedirs", "os.listdir", "os.scandir", "os.nice", "os.memfd_create",
        "os.posix_spawn", "os.unlink", "os.remove", "os.utime", "os.symlink", "os.mkfifo",
    }
)  # fmt: skip
_DENIED_MODULES: Final = frozenset({"ctypes", "multiprocessing", "socket", "subprocess", "urllib"})


def looks_around(subject: Subject) -> Iterator[Site]:
    """Places that tell a sandbox from a machine."""
    known = bound_once(subject.tree)
    for node in walk(subject.tree):
        match node:
            case ast.Call(func=func, args=[where, *_]):
                name, place = resolved(func, subject.imports, known), spelled(where, known) or ""
                if name in _LOOKS and place.startswith(("/", "~")):
                    yield site("senses_test", node, f"It looks at a fixed place, {place[:60]}.")
            case ast.Try(body=body, handlers=handlers) if any(
                silent(handler.body) for handler in handlers
            ):
                calls = [part for one in body for part in walk(one) if isinstance(part, ast.Call)]
                for call in calls:
                    name = resolved(call.func, subject.imports, known)
                    if name in _DENIED or name.partition(".")[0] in _DENIED_MODULES:
                        said = f"It tries {name}, and goes on quietly where that is denied."
                        yield site("senses_test", call, said)
            case _:
                pass
