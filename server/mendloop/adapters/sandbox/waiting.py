"""Candidates that have loaded their program and wait for more cases of it.

To import a file and all that it imports takes longer than to run a few cases of it. What was loaded
once therefore waits as long as its sandbox lasts, where whoever asks wants that. Its cases ran in
forks of it, so that it is as it was after the import. It is taken for nothing but the very same
program, by number: two passes that are to show what differs from one import to the next have one
each.
"""

import threading
from collections.abc import Hashable
from typing import Final

from mendloop.adapters.sandbox.candidate import Candidate, Order, Texts
from mendloop.adapters.sandbox.process import Base, LostError
from mendloop.adapters.sandbox.stage import Stage

_MOST: Final = 6


class Waiting:
    """The candidates of one sandbox. Its methods block, and may be called from any thread."""

    def __init__(self, base: Base, stage: Stage) -> None:
        self._base = base
        self._stage = stage
        self._waiting: dict[Hashable, Candidate] = {}
        self._changing = threading.Lock()

    def take(self, order: Order, texts: Texts) -> Candidate:
        """A candidate for some cases: one that waits, or one that is yet to be loaded.

        Args:
            order: What it is; its name is settled here.
            texts: The cases.

        Raises:
            InvalidInput: A path of the program leaves the tree.
            Unavailable: There is no room for its files.
        """
        with self._changing:
            found = self._waiting.pop(_key(order), None) if _may_wait(order) else None
        if found is not None and found.suffices(order):
            found.take(order, texts)
            return found
        if found is not None:
            self._end(found)
        name = self._stage.candidate(order.program.overlay)
        return Candidate(self._base, order.named(name), texts)

    def give_back(self, candidate: Candidate) -> None:
        """Have a candidate wait that is loaded still and may be wanted again; else end it."""
        if not candidate.loaded or not _may_wait(candidate.order):
            self._end(candidate)
            return
        key = _key(candidate.order)
        with self._changing:
            over = [self._waiting.pop(key)] if key in self._waiting else []
            self._waiting[key] = candidate
            if len(self._waiting) > _MOST:
                over.append(self._waiting.pop(next(iter(self._waiting))))
        for each in over:
            self._end(each)

    def end(self) -> None:
        """End all that wait."""
        with self._changing:
            over = list(self._waiting.values())
            self._waiting.clear()
        for each in over:
            self._end(each)

    def hang_up(self) -> None:
        """Let go of all that wait, before the whole sandbox is ended."""
        with self._changing:
            for each in self._waiting.values():
                each.hang_up()
            self._waiting.clear()

    def _end(self, candidate: Candidate) -> None:
        try:
            candidate.retire()
        except LostError:
            pass  # the sandbox has ended, and it with it
        finally:
            self._stage.drop(candidate.order.name)


def _may_wait(order: Order) -> bool:
    """Whether a candidate may wait: not one that is watched, or whose world is of its cases."""
    return bool(order.program.process) and not order.program.writes_files and not order.world


def _key(order: Order) -> Hashable:
    """All by which one candidate differs from another."""
    program, limits = order.program, order.limits
    return (
        frozenset(program.overlay.items()),
        program.path,
        program.function,
        program.entry,
        program.process,
        order.memory_bytes,
        limits.output_bytes,
        limits.scratch_bytes,
        order.trace,
    )
