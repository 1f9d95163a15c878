"""The process from which candidates are forked: locked down, and never running their code."""

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import sys
from typing import Any, Sequence

from mendloop.worker import (
    child,
    kernel,
    landlock,
    lockdown,
    plain,
    pools,
    privileges,
    probes,
    seccomp,
    template,
    wire,
)
from mendloop.worker.landlock import Installed
from mendloop.worker.syscalls import KNOWN, MACHINE

_WARM = ("random",)
"""Imported once, so that no candidate has to. Little: every fork takes longer with every page, and
what the user's own file imports is asked for by name. But chance is sown for every case, whoever
imports it when."""
_PROBE_MEMORY = 1 << 30


class Base:
    """What the server talks to."""

    def __init__(self, channel: socket.socket, held: template.Held) -> None:
        self._channel = channel
        self._held = held
        self._templates: dict[int, int] = {}

    def serve(self) -> None:
        """Do what the server asks for, until it hangs up."""
        while True:
            order, descriptors = wire.receive(self._channel)
            if order is None:
                return
            if order["op"] == "load":
                self._load(order, descriptors)
                wire.send(self._channel, {"forked": order["id"]})
            elif order["op"] == "warm":
                wire.send(self._channel, {"warm": warm(order["modules"])})
            else:
                wire.send(self._channel, {"status": self._retire(order["id"])})

    def _load(self, order: dict[str, Any], descriptors: list[int]) -> None:
        pid = kernel.fork()
        if pid == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            self._channel.close()
            channel = socket.socket(fileno=descriptors[0])
            template.run(channel, order, self._held)
        with contextlib.suppress(OSError):  # it may have done so itself, and ended
            os.setpgid(pid, pid)
        for fd in descriptors:
            os.close(fd)
        self._templates[order["id"]] = pid

    def _retire(self, number: int) -> int:
        """End a candidate and all that came from it; say how it ended."""
        pid = self._templates.get(number)
        if pid is None:
            return 0
        ended, status = os.waitpid(pid, os.WNOHANG)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        if not ended:
            _, status = os.waitpid(pid, 0)
        # Orphans come to this process, because it takes them in; wait for every last one.
        with contextlib.suppress(ChildProcessError):
            while True:
                os.waitpid(-pid, 0)
        del self._templates[number]
        return status

    def end(self) -> None:
        """End every candidate."""
        for number in list(self._templates):
            self._retire(number)


def warm(names: Sequence[str]) -> list[str]:
    """Import what candidates are going to need; say what could be."""
    done: list[str] = []
    for name in names:
        with contextlib.suppress(Exception, SystemExit):
            importlib.import_module(name)
            done.append(name)
    keep()
    return done


def keep() -> None:
    """Have the collector leave alone what is there: a look at it would copy it in each fork.

    What imports left free goes back to the kernel, or each fork would pay for its pages.
    """
    gc.collect()
    trim = getattr(kernel.LIBC, "malloc_trim", None)  # not every C library has it
    if trim is not None:
        trim(0)
    pools.renew()
    gc.freeze()


def _probe(channel: socket.socket, held: template.Held, config: dict[str, Any]) -> dict[str, str]:
    """Lock a fork down as for a candidate's cases, and let it try what must fail."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reading)
            channel.close()
            lockdown.enclose_candidate(held.handled, held.grants, _PROBE_MEMORY, 10)
            for grant in held.grants:
                os.close(grant.fd)
            os.chdir("/")
            lockdown.CaseLock(held.handled, []).close(None)
            seen = probes.attempt(config["folder"], _PROBE_MEMORY, {writing})
            seen.update(probes.look_for(config["hidden"]))
            os.write(writing, json.dumps(seen).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    return json.loads(text) if text else {"lock-down of cases": "failed"}


def _require() -> None:
    """Go no further where a layer cannot be had at all.

    Raises:
        OSError: It cannot; the text names it.
    """
    if not KNOWN:
        raise OSError(f"seccomp: no table of system calls for {MACHINE}")
    if not landlock.detect().files:
        raise OSError("Landlock: the kernel has none")


def _enclose(config: dict[str, Any]) -> tuple[template.Held, dict[str, str]]:
    """Give up everything, in the order in which it can be given up."""
    # Once it is another user, its own files below /proc are closed to it.
    privileges.first_to_go()
    if config["wrapped"]:
        layers = {"namespaces": "mounts, processes, network, IPC, host name, by bubblewrap"}
    else:
        layers = {"namespaces": privileges.enter_namespaces()}
    reading = [landlock.grant(path, landlock.READ) for path in config["read"]]
    listing = [landlock.grant(path, landlock.READ_DIR) for path in config["list"]]
    devices = [landlock.grant(os.devnull, landlock.WRITE)]
    grants = [grant for grant in [*reading, *listing, *devices] if grant is not None]
    places = [
        landlock.grant(config["stages"], landlock.READ),
        landlock.grant(config["scratch"], landlock.WRITE),
    ]
    if config["uid"]:
        privileges.become(config["uid"], keep_reading=config["keep_reading"])
    elif config["uid"] is None and os.getuid() == 0:
        raise PermissionError("a root server must name a user to become")
    sys.path[:] = config["sys_path"]
    everything = [*grants, *(place for place in places if place is not None)]
    handled = lockdown.enclose_base(everything, config["tasks"])
    for place in places:
        if place is not None:
            os.close(place.fd)
    return template.Held(handled, grants), {**layers, **_describe(handled, config)}


def _describe(handled: Installed, config: dict[str, Any]) -> dict[str, str]:
    reading = ", reads by CAP_DAC_READ_SEARCH" if config["keep_reading"] else ""
    files = bin(handled.files).count("1")  # noqa: FURB161  bit_count is new in 3.10
    parts = [f"{files} file rights"] * bool(files) + ["TCP"] * bool(handled.net)
    parts += ["signals"] * bool(handled.scopes)
    return {
        "landlock": f"version {handled.abi}: {', '.join(parts)}",
        "seccomp": f"default deny on {MACHINE}",
        "user": privileges.describe() + reading,
        "limits": f"{config['tasks'] or 'unlimited'} tasks",
        "python": privileges.python_version(),
    }


class EndedError(BaseException):
    """The server is gone, or wants no more; nothing that is imported may catch this by chance."""


def _leave(_number: int, _frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise EndedError


def run(number: int) -> None:
    """Come up, report, and serve; never return."""
    # Also asked for by the kernel, when the server dies: then what candidates left goes first.
    signal.signal(signal.SIGTERM, _leave)
    channel = socket.socket(fileno=number)
    # What made the namespaces may have complained there; from now on nobody speaks to the server.
    os.dup2(1, 2)
    config, _ = wire.receive(channel)
    if config is None:
        os._exit(0)
    try:
        _require()
        apart = probes.reach(config["server"], config["bait"]) if config["wrapped"] else {}
        held, layers = _enclose(config)
        seen = {**_probe(channel, held, config), **apart}
    except Exception as error:
        wire.send(channel, {"ready": False, "why": f"{type(error).__name__}: {error}"[:500]})
        os._exit(1)
    wire.send(channel, {"ready": True, "layers": layers, "probes": seen})
    base = Base(channel, held)
    try:
        warm(_WARM)
        kinds = (template.Template, lockdown.CaseLock, seccomp.Filter)
        pools.anew((*kinds, template, lockdown, child, plain, wire))
        child.rehearse()
        lockdown.rehearse(held.handled)
        keep()
        base.serve()
    finally:
        base.end()
        os._exit(0)
