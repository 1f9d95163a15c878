"""Count what the loop does, cheaply where it is done, and for good soon afterwards."""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import field, replace
from datetime import timedelta
from typing import Final

import anyio

from mendloop.app.observing import Act, Ending, Observer
from mendloop.app.ports import Clock
from mendloop.app.service import service
from mendloop.errors import Unavailable
from mendloop.noun import dataclass
from mendloop.store.counts import ActionCount, Tallies
from mendloop.store.history import History
from mendloop.store.state import State

PAUSE: Final = timedelta(seconds=15)
"""Between two times at which a server keeps what it has counted: a usual pause of scrapes."""


@dataclass(slots=True)
class Pending:
    """What was counted and is not kept yet; a process that is killed loses it."""

    counts: dict[tuple[str, str], ActionCount] = field(
        default_factory=dict[tuple[str, str], ActionCount]
    )

    def add(self, one: ActionCount) -> None:
        """Count."""
        known = self.counts.get((one.action, one.outcome))
        if known is not None:
            one = replace(one, times=known.times + one.times, took=known.took + one.took)
        self.counts[one.action, one.outcome] = one


@dataclass(slots=True)
class _Ending:
    outcome: str = "cancelled"

    def ended(self, outcome: str) -> None:
        """Note it."""
        self.outcome = outcome


@service
class Counter:
    """Counts every action by its outcome."""

    state: State
    clock: Clock
    pending: Pending

    @contextmanager
    def acting(self, act: Act) -> Generator[Ending]:
        """Count one action when it ends."""
        ending, began = _Ending(), self.clock.now()
        try:
            yield ending
        finally:
            took = max(self.clock.now() - began, timedelta())
            self.pending.add(
                ActionCount(action=act.value, outcome=ending.outcome, times=1, took=took)
            )

    async def keep(self) -> None:
        """Add what was counted to the table; where that cannot be done now, the next time does."""
        counts, self.pending.counts = self.pending.counts, {}
        if not counts:
            return
        try:
            async with self.state.transaction() as tables:
                await tables.counts.add(counts.values())
        except BaseException as error:
            for each in counts.values():
                self.pending.add(each)
            if not isinstance(error, Unavailable):
                raise


@asynccontextmanager
async def counting(state: State, clock: Clock) -> AsyncGenerator[Counter]:
    """A counter that keeps what it has counted at the end of the block, however that comes."""
    counter = Counter(state=state, clock=clock, pending=Pending())
    try:
        yield counter
    finally:
        with anyio.CancelScope(shield=True):
            await counter.keep()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchers:
    """Who is told of every action, and the one of them that counts."""

    counter: Counter
    observer: Observer


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All numbers at one time."""

    tallies: Tallies
    executions: int


@service
class Meter:
    """Reads the numbers for a monitoring system."""

    state: State
    history: History
    counter: Counter

    async def read(self) -> Reading:
        """The numbers as they are now.

        Raises:
            Unavailable: A database cannot be used now.
        """
        with suppress(Unavailable):  # they are kept the next time, and are read then
            await self.counter.keep()
        async with self.state.reading() as tables:
            tallies = await tables.counts.tallies()
        return Reading(tallies=tallies, executions=await self.history.last_seq())
