"""Standard input and output: the server as a child, and everything between it and the client."""

import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Final, NoReturn

from mendloop.interfaces.proxy.child import NOT_FOUND, NOT_STARTED, Server, start_server, told
from mendloop.interfaces.proxy.frames import Kind
from mendloop.interfaces.proxy.observer import Observer, wait_for
from mendloop.interfaces.proxy.pump import Pump
from mendloop.interfaces.proxy.tap import Tap

_PASSED: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_WAITED: Final = (*_PASSED, signal.SIGCHLD)
_FROM_TERMINAL: Final = 0x80
"""``SI_KERNEL``: a terminal sent it, and not to us alone."""
_LOOK: Final = 0.5
"""Seconds between two looks whether the client is still there."""
_GRACE: Final = 5.0
"""Seconds that a server may take to leave once it was told to."""
_STEPS: Final = ((signal.SIGINT, 0.1), (signal.SIGTERM, 0.4), (signal.SIGKILL, 0.0))
"""How Claude Code ends a server, and for how long it waits after each."""
_IDLE: Final = 0.2
"""Seconds without a byte after which what the server left open is taken to stay silent."""
_UNREAD: Final = 5.0
"""Seconds that the last bytes wait for a client that does not read."""


class Relay:
    """One server and its client."""

    def __init__(self, server: Server, tap: Tap, observer: Observer) -> None:
        self._server, self._tap, self._observer = server.process, tap, observer
        self._in = Pump(0, server.to, lambda data: tap.put(Kind.CLIENT, data))
        self._out = Pump(server.says, 1, lambda data: tap.put(Kind.SERVER, data))
        self._client = os.getppid()
        self._leave_by: float | None = None
        """When the server must have left, in monotonic seconds."""

    def run(self) -> int:
        """Relay until the server has ended, and give its code as ``Popen`` has it."""
        self._in.start()
        self._out.start()
        while (code := self._server.poll()) is None:
            came = signal.sigtimedwait(_WAITED, _LOOK)
            if came is not None:
                self._signalled(came)
            elif self._must_go():
                code = self._end()
                break
        self._drain()
        self._tap.put(Kind.END, told(code).encode())
        return code

    def _signalled(self, came: signal.struct_siginfo) -> None:
        if came.si_signo == signal.SIGCHLD:
            self._mind_observer()
            return
        if came.si_code != _FROM_TERMINAL:
            self._server.send_signal(came.si_signo)
        if self._leave_by is None:
            self._leave_by = time.monotonic() + _GRACE

    def _mind_observer(self) -> None:
        """Say so where the observer has broken. Whoever talks goes on talking."""
        try:
            pid, status = os.waitpid(self._observer.pid, os.WNOHANG)
        except ChildProcessError:  # said already
            return
        if pid and status:
            sys.stderr.write("mendloop proxy: the observer broke; calls are no longer recorded.\n")
            sys.stderr.flush()

    def _must_go(self) -> bool:
        """Whether the server has had its time, or nobody is there any more to end it."""
        if self._leave_by is not None and time.monotonic() > self._leave_by:
            return True
        if self._in.is_alive():
            return False
        return self._out.reader_left or os.getppid() != self._client or _hung_up(1)

    def _end(self) -> int:
        for each, patience in _STEPS:
            self._server.send_signal(each)
            try:
                return self._server.wait(patience or None)
            except subprocess.TimeoutExpired:
                continue
        return self._server.wait()

    def _drain(self) -> None:
        """What the server said last goes out, as far as the client reads it."""
        carried, since = -1, time.monotonic()
        while self._out.is_alive():
            if self._out.carried != carried:
                carried, since = self._out.carried, time.monotonic()
            elif time.monotonic() - since > (_UNREAD if self._out.writing else _IDLE):
                return
            self._out.join(_IDLE / 10)


def relay(command: Sequence[str], observer: Observer) -> NoReturn:
    """Run a server, and end as it ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # ignored, it would take its code with it
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _WAITED)
    mask = {each for each in before if isinstance(each, signal.Signals)}
    try:
        server = start_server(command, mask)
    except OSError as error:
        sys.stderr.write(f"mendloop proxy: {command[0]} cannot be started: {error.strerror}.\n")
        sys.stderr.flush()
        os._exit(NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_STARTED)
    tap = Tap(observer.pipe)
    code = Relay(server, tap, observer).run()
    tap.close()
    wait_for(observer)
    _leave(code)


def _leave(code: int) -> NoReturn:
    """End with the code, or by the signal, that ended the server.

    Not by returning: a pump may still wait in a read that nothing interrupts.
    """
    if code < 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if -code not in {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(-code, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [-code])
        os.kill(os.getpid(), -code)
    os._exit(code if code >= 0 else 128 - code)


def _hung_up(descriptor: int) -> bool:
    """Whether nobody can read any more what is written there."""
    poll = select.poll()
    poll.register(descriptor, 0)
    try:
        return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
    except OSError:
        return True
