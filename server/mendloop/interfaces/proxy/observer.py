"""The observer: a process of its own, which reads what passed and records the calls.

A process and not a thread: parsing a message of some megabytes would hold up every other thread of
the relay, and an observer that breaks, or that is slow because a disk is, must not be felt by those
who talk. It also outlives the relay for a moment: a client that kills its server kills the relay,
and the call that was open then is still recorded.
"""

import os
import signal
import time
from typing import Final

from mendloop.interfaces.proxy.frames import frames
from mendloop.interfaces.proxy.observed import Observed
from mendloop.noun import dataclass

_PATIENCE: Final = 5
"""Seconds that the observer may take for what is left when the relay has ended."""
_LAST: Final = 1.0
"""Seconds that the relay waits for it."""
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Observer:
    """The process, as the relay knows it."""

    pid: int
    pipe: int
    """Where to write the frames."""


def start_observer(observed: Observed) -> Observer:
    """Fork the observer. Call it while there is one thread only."""
    source, sink = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid:
        os.close(source)
        return Observer(pid, sink)
    code = 1
    try:
        os.close(sink)
        code = _observe(observed, source)
    finally:
        # not by returning: above lies the relay's own code
        os._exit(code)


def wait_for(observer: Observer) -> None:
    """Give the observer a moment to write what is left, and leave no zombie."""
    until = time.monotonic() + _LAST
    try:
        while time.monotonic() < until and os.waitpid(observer.pid, os.WNOHANG) == (0, 0):
            time.sleep(0.002)
    except ChildProcessError:  # it was waited for already
        return


def _observe(observed: Observed, source: int) -> int:
    for each in _SIGNALS:  # a terminal sends them to all; it ends when the relay does
        signal.signal(each, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [*_SIGNALS, signal.SIGALRM])
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):  # held open here, they would look open to the client
        os.dup2(nothing, standard)
    # the server is another process: these do not reach it
    if observed.workspace is not None:
        os.environ["CLAUDE_PROJECT_DIR"] = str(observed.workspace)
    if observed.data is not None:
        os.environ["MENDLOOP_DATA_DIR"] = str(observed.data)
    # the relay, and with it the start of the server, does not wait for these to be loaded
    from mendloop.interfaces.proxy.watching import watching  # noqa: PLC0415

    with watching(observed) as watch, os.fdopen(source, "rb") as pipe:
        if watch is None:
            return 0
        for frame in frames(pipe):
            watch.see(frame)
        signal.alarm(_PATIENCE)
        watch.close(time.monotonic())
    return 0
