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

_leave, _wait, _close, _receive = os._exit, os.waitpid, os.close, wire.receive_short
_quick_fork, _started = kernel.quick_fork, kernel.started
_MOST_REMEMBERED = 16
_USUAL = 4
"""So many processes may be there before one that does not end is passed over."""


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
        self._alone = True
        self._texts = -1
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
        return lockdown.CaseLock(handled, grants, [self._number])

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
        self._alone = kernel.threads() == 1
        gc.collect()
        gc.freeze()
        wire.send(self._channel, {"loaded": True})
        raw = order["entry"] in trial.RAW
        return child.Program(function, root, file, order["output"], order["trace"], raw)

    def serve(self, program: child.Program, lock: lockdown.CaseLock) -> None:
        """Fork for each chunk that the server asks for, until it hangs up."""
        while True:
            order, descriptors = _receive(self._channel)
            if order is None:
                return
            if len(descriptors) > 1:
                self._take(descriptors.pop())
            if descriptors:
                self._run(program, lock, order, descriptors[0])
            else:
                wire.send(self._channel, {"status": self._status(order)})

    def _take(self, texts: int) -> None:
        """Go on with other cases."""
        if self._texts >= 0:
            _close(self._texts)
        self._texts = texts

    def _run(
        self, program: child.Program, lock: lockdown.CaseLock, order: list[Any], out: int
    ) -> None:
        """Fork for the cases of one chunk."""
        chunk, index, scratch = order
        if self._children:
            self._reap()
        pid = _quick_fork() if self._alone and not _started() else _fork()
        if pid == 0:
            try:
                lock.close(scratch)
            except BaseException:
                _leave(child.NOT_LOCKED_DOWN)
            try:
                child.run(program, self._texts, index, out, scratch)
            finally:
                _leave(1)
        _close(out)
        if pid < 0:
            self._remember(chunk, child.NOT_LOCKED_DOWN << 8)
        else:
            self._children[chunk] = pid

    def _reap(self) -> None:
        """Let go of those that have ended, the eldest first, and remember how the latest did."""
        for chunk, pid in list(self._children.items()):
            try:
                found, status = _wait(pid, os.WNOHANG)
            except ChildProcessError:
                found, status = pid, 0
            if found:
                self._remember(chunk, status)
                del self._children[chunk]
            elif len(self._children) <= _USUAL:
                return

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


def _fork() -> int:
    """Fork by Python's own means; negative where the kernel has no room for a process."""
    try:
        return os.fork()
    except OSError:
        return -1


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
