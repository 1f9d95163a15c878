"""How the base of a sandbox is started: for each tier, in what, and told what."""

import os
import secrets
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from mendloop.adapters.sandbox import bubblewrap
from mendloop.adapters.sandbox.interpreter import Interpreter
from mendloop.adapters.sandbox.stage import Stage
from mendloop.noun import dataclass

WORKER: Final = Path(__file__).resolve().parents[2] / "worker"
"""The folder of what runs inside."""
_ROOT_TASKS: Final = 64
_SPARE_TASKS: Final = 512
_ROOM_BYTES: Final = 256 << 20
"""What all scratch folders of a sandbox may hold together, where they lie in memory."""
ENVIRONMENT: Final = {
    "HOME": "/nonexistent",
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",
    "MENDLOOP_RECORD": "off",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PATH": "/nonexistent",
    "PYTHONHASHSEED": "0",
    "TZ": "UTC",
}
"""All that code in a sandbox sees of an environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrap:
    """Bubblewrap, and the view that it makes."""

    program: str
    view: bubblewrap.View
    reads: bool
    """Whether the right to read past permissions is kept."""
    bait: socket.socket
    """What somebody in the server's network could connect to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One way to start a base."""

    tier: str
    python: str
    start: str
    """The worker's program, where it is seen from inside."""
    config: Mapping[str, Any]
    wrap: Wrap | None

    def command(self, channel: int, information: int) -> list[str]:
        """The words that start it.

        Args:
            channel: The descriptor that it hears the server by.
            information: The descriptor to which the number of its first process is written.
        """
        own = [self.python, "-s", "-S", self.start, "base", str(channel)]
        if self.wrap is None:
            return own
        root = bool(self.config["uid"])
        wrap = bubblewrap.command(
            self.wrap.program,
            self.wrap.view,
            information=information,
            root=root,
            reads=self.wrap.reads,
        )
        return [*wrap, *own]

    def close(self) -> None:
        """Let go of what was only needed to come up."""
        if self.wrap is not None:
            self.wrap.bait.close()


def tier_b(interpreter: Interpreter, stage: Stage, user: int) -> Launch:
    """With Landlock, seccomp and limits, and namespaces where the kernel lets us.

    Raises:
        OSError: ``/proc`` cannot be read.
    """
    reads = bool(user) and not (interpreter.for_all and stage.for_all)
    return Launch(
        tier="B",
        python=interpreter.python,
        start=str(WORKER / "start.py"),
        config={**_config(interpreter, stage, user), "keep_reading": reads},
        wrap=None,
    )


def tier_a(interpreter: Interpreter, stage: Stage, user: int) -> Launch:
    """With all of tier B, in namespaces where nothing else of the machine is to be seen.

    Raises:
        NoBubblewrapError: There is none that can be used.
        OSError: ``/proc`` cannot be read.
    """
    program = bubblewrap.find()
    bounded, scratch = bubblewrap.bounds(program), str(stage.scratch)
    view = bubblewrap.View(
        read=(*interpreter.read, *_apart(interpreter), os.devnull),
        links=interpreter.links,
        write=(str(stage.stages), str(stage.canary), *((scratch,) if not bounded else ())),
        room=((scratch, _ROOM_BYTES),) if bounded else (),
        listed=tuple(os.path.realpath(place) for place in interpreter.listed),
        worker=str(WORKER),
    )
    reads = bool(user) and not interpreter.readable
    bait = socket.socket(socket.AF_UNIX)
    name = f"mendloop-{secrets.token_hex(12)}"
    bait.bind(f"\0{name}")
    bait.listen()
    seen = {"bait": name, "hidden": hidden(view, stage), "server": os.getpid(), "wrapped": True}
    return Launch(
        tier="A",
        python=interpreter.python,
        start=f"{bubblewrap.INSIDE}/start.py",
        config={**_config(interpreter, stage, user), **seen, "keep_reading": reads},
        wrap=Wrap(program=program, view=view, reads=reads, bait=bait),
    )


def _apart(interpreter: Interpreter) -> list[str]:
    """What the interpreter needs to start and does not lie below what it reads anyway."""
    return [
        place
        for place in interpreter.shown
        if not any(place.startswith(read + os.sep) for read in interpreter.read)
    ]


def _config(interpreter: Interpreter, stage: Stage, user: int) -> dict[str, Any]:
    return {
        "bait": "",
        "folder": str(stage.folder),
        "hidden": {},
        "list": interpreter.listed,
        "read": interpreter.read,
        "scratch": str(stage.scratch),
        "server": 0,
        "stages": str(stage.stages),
        "sys_path": interpreter.sys_path,
        "tasks": _tasks(user),
        "uid": user,
        "wrapped": False,
    }


def hidden(view: bubblewrap.View, stage: Stage) -> dict[str, str]:
    """Paths that are there for the server and must not be there inside, by what that shows."""
    wanted = {
        "no /proc": Path("/proc/self"),
        "no home folder": _home(view),
        "no names of other files": stage.folder / "lock",
        "no system settings": Path("/etc/passwd"),
        "no shell": Path("/bin/sh").resolve(),
    }
    return {name: str(path) for name, path in wanted.items() if _absent(view, path)}


def _home(view: bubblewrap.View) -> Path:
    """Something of the user's own: his folder, or the first thing in it that is not shown."""
    home = Path(os.path.expanduser("~")).absolute()  # noqa: PTH111  Path.home() fails without one
    with suppress(OSError):  # a home that cannot be looked into is itself what must be hidden
        return next((entry for entry in sorted(home.iterdir()) if _absent(view, entry)), home)
    return home


def _absent(view: bubblewrap.View, path: Path) -> bool:
    """Whether nothing that is shown is a path, holds it, or lies below it."""
    seen = bubblewrap.visible(view)
    shown = {*view.read, *view.write, *(place for place, _ in view.room)}
    within = any(str(parent) in shown for parent in path.parents)
    return str(path) not in seen and not within


def _tasks(user: int) -> int:
    """How many processes and threads the sandbox's user may have in all.

    Raises:
        OSError: ``/proc`` cannot be read.
    """
    if user:
        return _ROOT_TASKS
    # The kernel counts all that an ordinary user runs, not only what is in here.
    running = 0
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it may have ended by now
            if entry.stat().st_uid == os.getuid():
                running += len(list((entry / "task").iterdir()))
    return running + _SPARE_TASKS
