"""Cases in one process, asked for on standard input, where only what started it holds it in."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import socket
import sys
from typing import Any, Callable

from mendloop.worker import child, classes, faults, lines, loading, trial, wire, world

_MOST_FILE_BYTES = 8 << 20
_MOST_DESCRIPTORS = 64


def _limit(kind: int, value: int) -> None:
    """Set a limit where this machine has it."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (value, value))


def _acts(order: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    """What must not be possible, each by the name of what must prevent it."""
    folder, home = str(order["folder"]), str(order["home"])
    canary = os.path.join(folder, "canary")
    new = os.O_CREAT | os.O_WRONLY
    return {
        "no network": lambda: socket.create_connection(("127.0.0.1", order["port"]), 2).close(),
        "no listening": lambda: socket.create_server(("127.0.0.1", 0)).close(),
        "no reading outside": lambda: os.close(os.open(canary, os.O_RDONLY)),
        "no listing outside": lambda: os.listdir(folder),
        "no listing of the home folder": lambda: os.listdir(home),
        "no writing outside": lambda: os.close(os.open(canary, os.O_WRONLY)),
        "no new files": lambda: os.close(os.open(os.path.join(folder, "probe"), new)),
        "no change of metadata": lambda: os.chmod(canary, 0o600),
        "no other program": lambda: os.waitpid(os.posix_spawn("/bin/sh", ["sh", "-c", ""], {}), 0),
        "no signals": lambda: os.kill(order["server"], 0),
        "no new process": _fork,
    }


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _try(act: Callable[[], Any]) -> str:
    """What came of an act: ``denied``, or how it was not."""
    try:
        act()
    except PermissionError:
        return "denied"
    except OSError as error:
        return f"unclear: {error.strerror}"
    return "possible"


def _tell(out: int, told: dict[str, Any]) -> None:
    wire.write_frame(out, json.dumps(told).encode())


def _load(order: dict[str, Any], out: int) -> child.Program | None:
    """Import the program, and tell whether that worked."""
    root, path = str(order["stage"]), str(order["path"])
    os.chdir(root)
    file = os.path.join(root, path)
    sys.argv = [file]
    classes.at_home(root)
    world.install(order["world"], root)
    try:
        module = loading.load(root, path)
        function = trial.ENTRIES[order["entry"]](module, root, order["function"])
        loading.prepare(function)
    except BaseException as error:
        _tell(out, {"loaded": False, "fault": faults.describe(error, root)})
        return None
    _tell(out, {"loaded": True})
    raw = order["entry"] in trial.RAW
    return child.Program(function, root, file, order["output"], order["trace"], raw)


def run(number: int) -> None:
    """Do what is asked for, tell it case by case, and leave; never return."""
    order = json.load(sys.stdin)
    os.set_inheritable(number, False)  # noqa: FBT003  its own signature
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, _MOST_FILE_BYTES)
    _limit(resource.RLIMIT_NOFILE, _MOST_DESCRIPTORS)
    _limit(resource.RLIMIT_CPU, order["cpu"])
    _limit(resource.RLIMIT_AS, order["memory"])
    sys.path[:] = order["sys_path"]
    if order["op"] == "probe":
        _tell(number, {name: _try(act) for name, act in _acts(order).items()})
        os._exit(0)
    program = _load(order, number)
    if program is None:
        os._exit(0)
    if order["scratch"] is not None:
        child.settle(order["scratch"])
    tracer = lines.tracer(program.file) if program.trace else None
    for place, case in order["cases"]:
        child.send(program, place, child.answer(program, case, tracer), number)
    os._exit(0)
