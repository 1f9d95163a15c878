"""What the observer needs for its work. Loaded by its own process, while the relay is at work."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

from mendloop.interfaces.proxy.frames import Frame
from mendloop.interfaces.proxy.keeping import Keeper
from mendloop.interfaces.proxy.ledger import Ledger
from mendloop.interfaces.proxy.observed import Observed
from mendloop.interfaces.proxy.records import Zero
from mendloop.interfaces.proxy.watch_http import HttpWatch
from mendloop.interfaces.proxy.watch_stdio import StdioWatch
from mendloop.recorder.place import spool_folder


class Watch(Protocol):
    """What makes calls of frames."""

    def see(self, frame: Frame) -> None:
        """Take in what the relay tells."""
        ...

    def close(self, at: float) -> None:
        """The relay has ended, at this monotonic time."""
        ...


@contextmanager
def watching(observed: Observed) -> Generator[Watch | None]:
    """A watch that writes to the spool of the workspace; ``None`` where nothing is to be recorded.

    At the end the spool is closed, and what was seen is said to whoever wanted to know.
    """
    folder = spool_folder()
    if folder is None:
        yield None
        return
    keeper = Keeper(folder)
    zero = Zero(time.time() - time.monotonic())  # noqa: TID251  no Clock port in this process
    ledger = Ledger(keep=keeper.keep, zero=zero, given=observed.name, fallback=observed.fallback)
    yield HttpWatch(ledger) if observed.web else StdioWatch(ledger)
    keeper.close()
    if observed.verbose:
        sys.stderr.write(f"mendloop proxy: {ledger.counts.line()}.\n")
        sys.stderr.flush()
