"""Running all cases of one candidate: chunks in flight, stalls, crashes, and who is to blame.

Runs in a thread of its own. A case that stalls is ended from outside by ending its candidate, which
is then loaded again; the case is blamed, and what shared its fate is carried on with.
"""

import os
import selectors
import struct
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path
from typing import Final

from mendloop.adapters.sandbox import frames
from mendloop.adapters.sandbox.candidate import Candidate, Order
from mendloop.adapters.sandbox.process import LostError
from mendloop.adapters.sandbox.room import Room
from mendloop.model.execution import Fault
from mendloop.model.observation import Case, Crashed, NotRun, Observation, Seen, TimedOut
from mendloop.noun import dataclass

_IN_FLIGHT: Final = 2
_MOST_OPEN: Final = 6
_MOST_FRUITLESS: Final = 3
"""How often a candidate may be loaded again without an answer in between."""
_LEAVE_SECONDS: Final = 0.5
"""How long a process may take to end after its last answer."""
_START_GRACE: Final = 0.5
"""How much longer the first case of a process may take: it is forked and locked down first."""
_READ_BYTES: Final = 1 << 18
_LENGTH: Final = struct.Struct("!I")
_NO_TIME: Final = NotRun("the time for all calls was used up")
_GONE: Final = NotRun("the sandbox was lost")


@dataclass(slots=True, kw_only=True, eq=False)
class _Flight:
    """One process with some cases."""

    chunk: int
    cases: Sequence[int]
    scratch: Path | None
    since: float
    deadline: float
    at: int = 0
    buffer: bytearray = field(default_factory=bytearray)

    @property
    def done(self) -> bool:
        """Whether every case was answered."""
        return self.at >= len(self.cases)

    @property
    def rest(self) -> Sequence[int]:
        """The cases not answered yet; the first is the one in progress."""
        return self.cases[self.at :]


class Supervisor:
    """Runs cases until each has an observation. Used once."""

    def __init__(self, candidate: Candidate, order: Order, cases: Sequence[Case]) -> None:
        self._candidate = candidate
        self._order = order
        self._cases = cases
        self._seen: dict[int, Observation] = {}
        self._pending: deque[Sequence[int]] = deque()
        self._flights: dict[int, _Flight] = {}
        self._selector = selectors.DefaultSelector()
        self._chunks = 0
        self._fruitless = 0
        self._case_seconds = order.limits.case_timeout.total_seconds()
        self._deadline = time.monotonic() + order.limits.total_timeout.total_seconds()
        self._room = Room(order)
        self._stopping, self._stop = os.pipe()
        self._stopped = False

    @property
    def done(self) -> int:
        """How many cases have been answered; may be asked from any thread."""
        return len(self._seen)

    @property
    def total(self) -> int:
        """How many cases there are."""
        return len(self._cases)

    def stop(self) -> None:
        """Give up soon; may be called from any thread, more than once."""
        self._stopped = True
        os.write(self._stop, b"x")

    def close(self) -> None:
        """Let go of the descriptors."""
        self._selector.close()
        os.close(self._stopping)
        os.close(self._stop)

    def run(self, chunk: int) -> tuple[Observation, ...] | Fault:
        """One observation for each case, in order; the fault where the program does not load."""
        try:
            failed = self._candidate.load(self._load_seconds(), lambda: self._stopped)
        except LostError:
            return self._all(_GONE)
        if failed is not None:
            return failed
        self._selector.register(self._stopping, selectors.EVENT_READ)
        numbers = range(len(self._cases))
        self._pending.extend(numbers[at : at + chunk] for at in range(0, len(numbers), chunk))
        try:
            self._loop()
        finally:
            self._land_all()
            self._retire()
        return self._all(_NO_TIME)

    def _load_seconds(self) -> float:
        limits = self._order.limits
        most = max(10.0, 2 * limits.case_timeout.total_seconds())
        return min(most, limits.total_timeout.total_seconds())

    def _all(self, otherwise: Seen) -> tuple[Observation, ...]:
        for number in range(len(self._cases)):
            self._note(number, otherwise, 0.0)
        return tuple(self._seen[number] for number in range(len(self._cases)))

    def _note(self, number: int, seen: Seen, seconds: float) -> None:
        case = self._cases[number].id
        self._keep(number, Observation(case=case, seen=seen, seconds=seconds))

    def _keep(self, number: int, observation: Observation) -> None:
        self._fruitless = 0
        self._seen.setdefault(number, observation)

    def _loop(self) -> None:
        while (self._pending or self._flights) and not self._stopped:
            if time.monotonic() >= self._deadline:
                return
            try:
                self._fill()
                self._listen()
                self._overdue()
                self._overfull()
            except LostError:
                self._start_over()

    def _fill(self) -> None:
        """Keep two chunks in flight."""
        while (
            self._pending
            and len(self._flights) < _MOST_OPEN
            and sum(not flight.done for flight in self._flights.values()) < _IN_FLIGHT
        ):
            cases = self._pending.popleft()
            try:
                self._send_off(cases)
            except LostError:
                self._pending.appendleft(cases)
                raise

    def _send_off(self, cases: Sequence[int]) -> None:
        order = self._order
        self._chunks += 1
        writes = order.program.writes_files
        try:
            scratch = order.stage.new_scratch(order.name) if writes else None
        except OSError as error:  # no room, or the sandbox is gone and its memory with it
            raise LostError from error
        reading, writing = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(reading, False)
        now = time.monotonic()
        flight = _Flight(
            chunk=self._chunks,
            cases=cases,
            scratch=scratch,
            since=now,
            deadline=now + self._case_seconds + _START_GRACE,
        )
        try:
            self._candidate.start(flight.chunk, cases, writing, scratch)
        except LostError:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        self._flights[reading] = flight
        self._selector.register(reading, selectors.EVENT_READ)

    def _listen(self) -> None:
        """Take in what has been said, or wait until something is due."""
        due = min((flight.deadline for flight in self._flights.values()), default=self._deadline)
        wait = min(due, self._deadline) - time.monotonic()
        for key, _ in self._selector.select(max(0.0, min(wait, self._room.look_seconds))):
            flight = self._flights.get(key.fd)
            if flight is not None:
                self._hear(key.fd, flight)

    def _hear(self, fd: int, flight: _Flight) -> None:
        try:
            heard = os.read(fd, _READ_BYTES)
        except BlockingIOError:
            return
        if not heard:
            self._ended(fd, flight)
            return
        flight.buffer += heard
        try:
            self._take(flight)
        except frames.MalformedError:
            self._blame(flight, frames.MALFORMED)
            raise LostError from None

    def _take(self, flight: _Flight) -> None:
        """Note every whole answer in the buffer.

        Raises:
            MalformedError: It is no answer to the case in progress.
            LostError: It is longer than any answer may be.
        """
        start = 0
        buffer = flight.buffer
        while len(buffer) - start >= frames.HEADER:
            (length,) = _LENGTH.unpack_from(buffer, start)
            if length > self._order.limits.output_bytes + frames.OVERHEAD:
                self._blame(flight, frames.TOO_LARGE)
                raise LostError
            end = start + frames.HEADER + length
            if len(buffer) < end:
                break
            self._answer(flight, frames.parse(bytes(buffer[start + frames.HEADER : end])))
            start = end
        del buffer[:start]

    def _answer(self, flight: _Flight, answer: frames.Answer) -> None:
        if answer.number not in flight.rest[:1]:
            raise frames.MalformedError
        if self._room.exceeded(flight.scratch):
            self._blame(flight, self._room.why())
            raise LostError
        now = time.monotonic()
        seconds = min(answer.seconds, now - flight.since)
        observation = Observation(
            case=self._cases[answer.number].id,
            seen=answer.seen,
            seconds=seconds,
            lines=answer.lines,
            peak_bytes=answer.peak_bytes,
        )
        self._keep(answer.number, observation)
        flight.at += 1
        flight.since = now
        flight.deadline = now + (_LEAVE_SECONDS if flight.done else self._case_seconds)

    def _blame(self, flight: _Flight, seen: Seen) -> None:
        """Note what became of the case in progress."""
        if not flight.done:
            self._note(flight.rest[0], seen, time.monotonic() - flight.since)
            flight.at += 1

    def _ended(self, fd: int, flight: _Flight) -> None:
        """A pipe was closed: its process is gone, or pretends to be."""
        lost = False
        if not flight.done:
            try:
                how = self._candidate.how_it_ended(flight.chunk)
            except LostError:
                how, lost = Crashed("the process closed its channel, or its candidate ended"), True
            self._blame(flight, how)
        self._land(fd)
        if lost:
            raise LostError

    def _overdue(self) -> None:
        """End a candidate of which a case, or a process after its last case, takes too long."""
        now = time.monotonic()
        late = [flight for flight in self._flights.values() if now > flight.deadline]
        for flight in late:
            self._blame(flight, TimedOut(self._case_seconds))
        if late:
            raise LostError

    def _overfull(self) -> None:
        """End a candidate of which a process has written more than it may."""
        if not self._room.due():
            return
        started = time.monotonic()
        full = [one for one in self._flights.values() if self._room.exceeded(one.scratch)]
        self._room.looked(started)
        for flight in full:
            self._blame(flight, self._room.why())
        if full:
            raise LostError

    def _land(self, fd: int) -> None:
        """Let go of a process, and queue what it has left undone."""
        flight = self._flights.pop(fd)
        self._selector.unregister(fd)
        os.close(fd)
        if not flight.done:
            self._pending.appendleft(flight.rest)
        if flight.scratch is not None:
            self._order.stage.drop_scratch(flight.scratch)

    def _land_all(self) -> None:
        for fd in list(self._flights):
            self._land(fd)

    def _retire(self) -> bool:
        """End the candidate; whether the sandbox is still there."""
        try:
            self._candidate.retire()
        except LostError:
            return False
        return True

    def _start_over(self) -> None:
        """End the candidate with all its processes, and load it again for what is left."""
        there = self._retire()
        self._land_all()
        if not self._pending or self._stopped:
            return
        self._fruitless += 1
        why = self._load_again() if there else _GONE
        if why is not None:
            for number in [number for cases in self._pending for number in cases]:
                self._note(number, why, 0.0)
            self._pending.clear()

    def _load_again(self) -> NotRun | None:
        """Load the candidate once more; gives why it is not worth it, if it is not."""
        if self._fruitless > _MOST_FRUITLESS:
            return NotRun("its process ends by itself before it runs anything")
        seconds = min(self._load_seconds(), max(0.0, self._deadline - time.monotonic()))
        try:
            failed = self._candidate.load(seconds, lambda: self._stopped)
        except LostError:
            return _GONE
        return NotRun(f"it did not load again: {failed.message}") if failed else None
