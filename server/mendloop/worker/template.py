"""A candidate, imported once; each chunk of its cases runs in a fork of it.

From the import on, nothing in this process can be trusted, and nothing has to be: all that comes
out of it is observations, which the server checks and compares.
"""

import contextlib
import gc
import os
import socket
import sys
from typing import Any, NamedTuple, Optional

from mendloop.worker import (
    child,
    classes,
    faults,
    kernel,
    landlock,
    loading,
    lockdown,
    trial,
    wire,
    world,
)
from mendloop.worker.landlock import Grant, Installed

_fork, _leave, _wait, _close = kernel.fork, os._exit, os.waitpid, os.close
_MOST_REMEMBERED = 16


class Held(NamedTuple):
    """What the base hands down."""

    handled: Installed
    grants: list[Grant]


class Template:
    """One candidate and the forks of it."""

    def __init__(self, channel: socket.socket, order: dict[str, Any]) -> None:
        self._channel = channel
        self._number = channel.fileno()
        self._order = order
        self._children: dict[int, int] = {}
        self._ended: dict[int, int] = {}

    def enclose(self, held: Held) -> lockdown.CaseLock:
        """Give up everything but this candidate's own folder."""
        own = landlock.grant(self._order["stage"], landlock.READ)
        grants = [*held.grants, *([own] if own else [])]
        scratch = self._order["scratch"]
        place = landlock.grant(scratch, landlock.WRITE) if scratch else None
        everything = [*grants, *([place] if place else [])]
        handled, order = held.handled, self._order
        lockdown.enclose_candidate(handled, everything, order["memory"], order["cpu"])
        if not scratch:
            for grant in grants:
                os.close(grant.fd)
        elif place:
            os.close(place.fd)
        return lockdown.CaseLock(handled, grants)

    def load(self) -> Optional[child.Program]:
        """Import the candidate; tell the server, and give nothing, where that fails."""
        order = self._order
        root, path = str(order["stage"]), str(order["path"])
        file = os.path.join(root, path)
        os.chdir(root)
        sys.argv = [file]
        classes.at_home(root)
        world.install(order["world"], root)
        try:
            module = loading.load(root, path)
            function = trial.ENTRIES[order["entry"]](module, root, order["function"])
            loading.prepare(function)
        except BaseException as error:
            wire.send(self._channel, {"loaded": False, "fault": faults.describe(error, root)})
            return None
        with contextlib.suppress(Exception):
            child.seed("")  # imports what seeding needs, once for all children
        gc.collect()
        gc.freeze()
        wire.send(self._channel, {"loaded": True})
        raw = order["entry"] in trial.RAW
        return child.Program(function, root, file, order["output"], order["trace"], raw)

    def serve(self, program: child.Program, lock: lockdown.CaseLock) -> None:
        """Fork for each chunk that the server asks for, until it hangs up."""
        while True:
            order, descriptors = wire.receive(self._channel)
            if order is None:
                return
            if order["op"] == "run":
                self._run(program, lock, order, descriptors)
            else:
                wire.send(self._channel, {"status": self._status(order["chunk"])})

    def _run(
        self,
        program: child.Program,
        lock: lockdown.CaseLock,
        order: dict[str, Any],
        descriptors: list[int],
    ) -> None:
        self._reap()
        try:
            pid = _fork()
        except OSError:
            pid = None
        if pid == 0:
            self._be_child(program, lock, order, descriptors)
        for fd in descriptors:
            os.close(fd)
        if pid is None:
            self._remember(order["chunk"], child.NOT_LOCKED_DOWN << 8)
        else:
            self._children[order["chunk"]] = pid

    def _be_child(
        self,
        program: child.Program,
        lock: lockdown.CaseLock,
        order: dict[str, Any],
        descriptors: list[int],
    ) -> None:
        try:
            _close(self._number)
            lock.close(order["scratch"])
        except BaseException:
            _leave(child.NOT_LOCKED_DOWN)
        try:
            out, texts = descriptors
            child.run(program, texts, order["index"], out, order["scratch"])
        finally:
            _leave(1)

    def _reap(self) -> None:
        """Let go of those that have ended, and remember how the latest did."""
        for chunk, pid in list(self._children.items()):
            with contextlib.suppress(ChildProcessError):
                found, status = _wait(pid, os.WNOHANG)
                if not found:
                    continue
                self._remember(chunk, status)
            del self._children[chunk]

    def _remember(self, chunk: int, status: int) -> None:
        self._ended[chunk] = status
        while len(self._ended) > _MOST_REMEMBERED:
            del self._ended[next(iter(self._ended))]

    def _status(self, chunk: int) -> int:
        """How the process of a chunk ended; waits for it."""
        if chunk in self._ended:
            return self._ended[chunk]
        pid = self._children.pop(chunk, None)
        return _wait(pid, 0)[1] if pid else 0


def run(channel: socket.socket, order: dict[str, Any], held: Held) -> None:
    """Be a candidate until the server hangs up; never return."""
    try:
        template = Template(channel, order)
        lock = template.enclose(held)
        program = template.load()
        if program is not None:
            template.serve(program, lock)
    finally:
        _leave(0)
