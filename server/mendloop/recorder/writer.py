"""The queue between the user's threads and the spool, and the one thread that empties it.

A call that went well waits in the queue for at most a moment; a call that failed is written by the
thread that made it, before the exception goes on. There is one writer in a process, and none before
the first call.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
from collections import deque
from typing import Any, NamedTuple, Optional

from mendloop.recorder.classes import at_home
from mendloop.recorder.endings import EXITED, Ending, ending
from mendloop.recorder.fault import describe
from mendloop.recorder.lines import Call, Known, Scribe
from mendloop.recorder.place import SPOOL, NoPlaceError, state_folder, switched_off, workspace
from mendloop.recorder.serving import SERVING
from mendloop.recorder.sites import Site, Taken
from mendloop.recorder.spool import LostError, Spool

BATCH_SECONDS = 0.04
"""How long calls are gathered. With the time to write them, well below a tenth of a second."""
_REST_SECONDS = 60.0
_PATIENCE = 1.0
"""A fork waits so many seconds for the thread, at most."""
_LAST = -100
"""Among the finalizers of a child of multiprocessing, which write records themselves."""


class State(NamedTuple):
    """What the recorder of this process has done so far."""

    recording: bool
    folder: Optional[str]
    """Where it writes, once it has recorded something."""
    written: int
    waiting: int
    dropped: int
    """Records that could not be written."""
    cancelled: int
    """Calls that somebody else ended: neither successes nor failures, so not on record."""


class Writer:
    """All that the recorded functions of one process share."""

    def __init__(self) -> None:
        self.mode = 0
        """1: it records; -1: it does not; 0: nobody has called yet."""
        self._queue: deque[tuple[Any, ...]] = deque()
        self._idle = True
        self._ending = False
        self._hooked = False
        self._scribe: Optional[Scribe] = None
        self._spool: Optional[Spool] = None
        self._root = ""
        self._why = "there is no state folder"
        self._begin()

    def _begin(self) -> None:
        """What a fork must not share with its parent."""
        self._queue = deque()
        self._idle = True
        self._lock = threading.RLock()
        self._starting = threading.RLock()
        self._wake, self._halt = threading.Event(), threading.Event()
        self._thread: Optional[threading.Thread] = None
        self._dropped = 0
        self._cancelled = 0
        self._warned = False

    def open(self) -> bool:
        """Find out whether this process records; on its first call."""
        with self._starting:
            if self.mode == 0:
                mode = -1 if switched_off() else 1
                if mode == 1:
                    try:
                        self._prepare()
                    except Exception as error:  # every call is going to say that it is lost
                        self._why = f"{type(error).__name__}: {error}"
                self.mode = mode  # last: other threads take it for leave to go on
        return self.mode == 1

    def _prepare(self) -> None:
        if self._scribe is None:
            root = workspace()
            self._root = str(root)
            at_home(self._root)
            try:
                state = state_folder(root)
                spool = Spool(state / SPOOL)
                if self._spool is None:  # else a signal's handler came in between, and wrote
                    self._spool = spool
            except NoPlaceError as error:
                state, self._why = None, str(error)
            self._scribe = Scribe(root, state)
        if not self._hooked:
            atexit.register(self.end)
            self._hooked = True
        util: Any = sys.modules.get("multiprocessing.util")
        if util is not None:  # its children end by os._exit, past atexit
            util.Finalize(None, self.rest, exitpriority=_LAST)

    def wants(self, site: Site) -> bool:
        """Whether a call is to be recorded by the function itself."""
        mode = self.mode
        if mode < 1 and (mode < 0 or not self.open()):
            return False
        return SERVING.get() is not site.inner

    def add(self, site: Site, call: tuple[Any, ...]) -> None:
        """Take a call that went well: the fields of a ``Call``. Never raises."""
        try:
            queue = self._queue
            queue.append(call)
            if self._idle:
                self._rouse()
            elif len(queue) >= site.most:
                self.drain()  # faster than the thread can write: wait, lose nothing
        except Exception as error:
            self.wrong(error)

    def failed(
        self,
        site: Site,
        taken: Taken,
        at: int,
        took: int,
        error: BaseException,
        known: Known = Known(),  # noqa: B008  it cannot change
    ) -> None:
        """Write down a call that raised. It has left the process when this returns. Never raises.

        Where somebody else ended it, that says nothing about the function: it is counted.
        """
        try:
            outcome = ending(error)
            if outcome is Ending.CANCELLED:
                with self._starting:
                    self._cancelled += 1
                return
            fault = None if outcome is Ending.OK else describe(error, self._root)
            result = EXITED if outcome is Ending.OK else None
            call = Call(site, *taken, at, took, result, fault, outcome.value, known)
            self._write([call], failures=outcome is not Ending.OK)
        except Exception as wrong:
            self.wrong(wrong)

    def write(self, call: Call) -> None:
        """Write down a failed call at once. Never raises."""
        try:
            self._write([call], failures=True)
        except Exception as wrong:
            self.wrong(wrong)

    def wrong(self, error: Exception) -> None:
        """A fault of the recorder's own cost a record."""
        self._drop(1, f"{type(error).__name__}: {error}")

    def drain(self) -> None:
        """Write all that waits; by whoever calls."""
        with self._lock:
            while self._queue:
                batch = self._batch()
                try:
                    self._write(batch)
                except BaseException:  # somebody presses Ctrl-C, which may cost these
                    with self._starting:
                        self._dropped += len(batch)
                    raise

    def rest(self) -> None:
        """Write all that waits, and close the segment. The next call begins another."""
        self.drain()
        if self._spool is not None:
            self._spool.close()

    def end(self) -> None:
        """The interpreter is about to end: from here on everything is written at once."""
        self._ending = True
        self._stop()  # else it may be stopped later while it holds a lock
        self._idle = True
        self.rest()

    def state(self) -> State:
        """What has been done so far."""
        spool = self._spool
        return State(
            recording=self.mode == 1,
            folder=None if spool is None else str(spool.folder),
            written=0 if spool is None else spool.written,
            waiting=len(self._queue),
            dropped=self._dropped,
            cancelled=self._cancelled,
        )

    def _batch(self) -> list[Call]:
        calls: list[Call] = []
        try:
            while len(calls) < 64:  # noqa: PLR2004  enough for one system call to be cheap
                calls.append(Call(*self._queue.popleft()))
        except IndexError:
            pass
        return calls

    def _write(self, calls: list[Call], *, failures: bool = False) -> None:
        scribe, spool = self._scribe, self._spool
        if scribe is None or spool is None:
            self._drop(len(calls), self._why)
            return
        if not failures and spool.refuses_successes():
            self._drop(len(calls), spool.full(failures=False))
            return
        lines: list[bytes] = []
        for call in calls:
            try:
                lines.append(scribe.line(call))
            except Exception as error:
                self.wrong(error)
        try:
            spool.append(lines, failures=failures)
        except LostError as lost:
            self._drop(lost.lines, str(lost))

    def _rouse(self) -> None:
        """Let the thread know that there is something; have a thread."""
        if self._ending:
            self.rest()
            return
        self._idle = False
        with self._starting:
            if self._thread is None:
                self._start()
        self._wake.set()

    def _start(self) -> None:
        thread = threading.Thread(target=self._run, name="mendloop-recorder", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no more threads may be had: the callers write
            self._idle = True
            self.drain()
        else:
            self._thread = thread

    def _run(self) -> None:
        wake, halt = self._wake, self._halt
        while not halt.is_set():
            if not wake.wait(_REST_SECONDS):
                self._tidy()
                wake.wait()
            wake.clear()
            while not self._idle and not halt.wait(BATCH_SECONDS):
                try:
                    self.drain()
                except Exception as error:
                    self.wrong(error)
                # in this order: whoever adds looks whether the thread is idle after adding
                self._idle = True
                if self._queue and not self._ending:
                    self._idle = False

    def _tidy(self) -> None:
        if self._spool is not None:
            self._spool.rest()

    def _drop(self, records: int, why: str) -> None:
        with self._starting:
            self._dropped += records
        self._warn(why)

    def _warn(self, why: str) -> None:
        """Say it once; the tools go on as if nothing were."""
        if self._warned:
            return
        self._warned = True
        logging.getLogger("mendloop").warning(
            "Calls are not recorded (%s). The tools run as before; "
            "mendloop.recorder.state().dropped counts what is lost.",
            why,
        )

    def before_fork(self) -> None:
        """Let the thread end: from 3.12 on Python warns whoever forks while there are several."""
        if self._stop():
            self._idle = True
            self.drain()

    def _stop(self) -> bool:
        """Let the thread end; whether there was one."""
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return False
        self._halt.set()
        self._wake.set()
        thread.join(_PATIENCE)
        self._thread = None
        self._wake, self._halt = threading.Event(), threading.Event()
        return True

    def forked(self) -> None:
        """In a forked child: what waits is the parent's to write, and so is its segment."""
        self._begin()
        self._ending = False
        if self.mode == 1:
            self.mode = 0
        if self._spool is not None:
            self._spool.forked()
        if self._scribe is not None:
            self._scribe.forked()


WRITER = Writer()
"""The one of this process."""

# now, because another thread may fork while the first call is being made
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=WRITER.before_fork, after_in_child=WRITER.forked)


def flush() -> None:
    """Write all that waits, now."""
    WRITER.drain()


def state() -> State:
    """What the recorder of this process has done so far."""
    return WRITER.state()
