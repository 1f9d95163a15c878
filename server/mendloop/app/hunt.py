"""Screen changes by the hundred: which do what is wanted, and which do some of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

import anyio.to_thread

from mendloop.app.goal import Goal, Goals
from mendloop.app.ideas import Idea
from mendloop.app.ports import Clock, Progress
from mendloop.app.sift import Sieve
from mendloop.core.validate.wants import deliberate, says_raise
from mendloop.model.execution import Fault
from mendloop.model.observation import Case, Seen, TimedOut
from mendloop.noun import dataclass

_FIRST_BATCH: Final = 48
_LARGEST_BATCH: Final = 384
_MOST_PARTS: Final = 60
_MOST_REST: Final = 4_000
_WORTH: Final = 2
"""So many times more calls than it breaks must a change mend that is kept as a part: where there
are two faults, some calls go well by chance as long as both are there."""
_LEAST_SECONDS: Final = 0.006
_SLOWER: Final = 10.0
_OTHERS: Final = 8
_STRIDES: Final = 2
"""How much longer a search goes on than it took to the first that does what is wanted."""
_LEAST_FURTHER: Final = 200
_TOLD: Final = 1
_ALL: Final = 2


@dataclass(frozen=True, slots=True)
class Part:
    """A change that does some of what is wanted."""

    idea: Idea
    gain: int
    """How many more failing calls it mends than it breaks others."""


@dataclass(slots=True, kw_only=True)
class Found:
    """What screening has come to so far."""

    whole: list[Idea] = field(default_factory=list[Idea])
    """Those that do all that is wanted, the cheapest first."""
    nearly: list[Idea] = field(default_factory=list[Idea])
    """Those that do all that was told, and leave failures of other kinds as they are."""
    parts: list[Part] = field(default_factory=list[Part])
    """Those that mend some failing calls, and break few others if any."""
    rest: list[Idea] = field(default_factory=list[Idea])
    """Those that mend none of the telling calls."""
    late: list[Idea] = field(default_factory=list[Idea])
    """Those that only took too long."""
    tried: int = 0
    after: timedelta | None = None
    """How long it took to the first that does all that is wanted."""
    in_time: bool = True
    """Whether the time was enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunt:
    """Screens ideas on the calls of a search."""

    sieve: Sieve
    goals: Goals
    clock: Clock
    begun: datetime
    ends: datetime
    progress: Progress
    seconds: float
    """The processor time that one call may take."""

    async def screen(self, ideas: Iterable[Idea], found: Found, *, space: int) -> None:
        """Take ideas in their order until there are none, or enough, or no time is left.

        Once one does what is wanted, the search goes on for a while: a better one is usually near,
        and what else would do says how sure the first one is.
        """
        waiting = iter(ideas)
        size, stop_at = _FIRST_BATCH, -1
        while stop_at < 0 or found.tried < stop_at:
            if self.left <= timedelta(0):
                found.in_time = False
                return
            room = size if stop_at < 0 else min(size, stop_at - found.tried)
            batch = await anyio.to_thread.run_sync(_taken, waiting, room)
            if not batch:
                return
            await self.progress(found.tried, max(space, found.tried), batch[0].description)
            await self.judge(batch, found)
            if found.whole and stop_at < 0:
                stop_at = found.tried + max(_LEAST_FURTHER, found.tried * (_STRIDES - 1))
            size = min(size * 3, _LARGEST_BATCH)

    @property
    def left(self) -> timedelta:
        """The time that is left."""
        return self.ends - self.clock.now()

    async def again(self, found: Found) -> None:
        """Try those that mended none of the telling calls on other failing calls.

        Where there are two faults, a call that meets both is mended by no single change.
        """
        telling = {id(goal) for goal in self.goals.telling}
        others = [goal for goal in self.goals.bad if id(goal) not in telling][:_OTHERS]
        waiting, found.rest = found.rest, []
        for at in range(0, len(waiting), _LARGEST_BATCH):
            if not others or self.left <= timedelta(0):
                return
            batch = waiting[at : at + _LARGEST_BATCH]
            seen = await self.run(batch, others)
            hopeful = [
                (idea, 0)
                for idea, answers in zip(batch, seen, strict=True)
                if answers is not None and any(met(idea, others, answers))
            ]
            await self._rest(hopeful, found)

    async def late(self, found: Found) -> None:
        """Give those that only took too long ten times as much: the right one may be slower."""
        waiting, found.late = found.late, []
        patient = replace(self, seconds=self.seconds * _SLOWER)
        for at in range(0, len(waiting), _FIRST_BATCH):
            if found.whole or self.left <= timedelta(0):
                return
            await patient.judge(waiting[at : at + _FIRST_BATCH], found)

    async def judge(self, batch: Sequence[Idea], found: Found) -> None:
        """Try some ideas, and keep those that do something."""
        telling = self.goals.telling
        seen = await self.run(batch, telling)
        found.tried += len(batch)
        hopeful: list[tuple[Idea, int]] = []
        for idea, answers in zip(batch, seen, strict=True):
            if answers is None:
                continue
            done = met(idea, telling, answers)
            late = [isinstance(one, TimedOut) for one in answers]
            far = self._far(telling, done)
            if far or (any(done) and len(found.parts) < _MOST_PARTS):
                hopeful.append((idea, far))
            elif any(late) and all(one or more for one, more in zip(done, late, strict=True)):
                found.late.append(idea)
            elif not any(done) and len(found.rest) < _MOST_REST:
                found.rest.append(idea)
        await self._rest(hopeful, found)

    def _far(self, goals: Sequence[Goal], done: Sequence[bool]) -> int:
        """How far an idea does what is wanted: all of it, all that was told, or less."""
        if all(done):
            return _ALL
        untold = self.goals.untold
        told = all(one or id(goal) in untold for one, goal in zip(done, goals, strict=True))
        return _TOLD if told else 0

    async def _rest(self, hopeful: Sequence[tuple[Idea, int]], found: Found) -> None:
        """Try those that did well on the telling calls on all others."""
        rest = self.goals.rest
        seen = await self.run([idea for idea, _ in hopeful], rest)
        for (idea, far), answers in zip(hopeful, seen, strict=True):
            if answers is not None:
                self.sort(idea, rest, answers, found, so_far=far)

    def sort(
        self,
        idea: Idea,
        goals: Sequence[Goal],
        answers: Sequence[Seen],
        found: Found,
        *,
        so_far: int = _ALL,
    ) -> None:
        """Keep an idea by what it did on the last of the calls.

        Args:
            idea: What was tried.
            goals: The calls.
            answers: What it did.
            found: Where it is kept.
            so_far: How far it did what was wanted on all other calls.
        """
        done = met(idea, goals, answers)
        good = {id(goal) for goal in self.goals.good}
        pairs = list(zip(done, goals, strict=True))
        broken = sum(not one and id(goal) in good for one, goal in pairs)
        mended = sum(one and id(goal) not in good for one, goal in pairs)
        far = min(so_far, self._far(goals, done))
        if far == _ALL:
            found.whole.append(idea)
            found.after = found.after or self.clock.now() - self.begun
        elif far == _TOLD:
            found.nearly.append(idea)
        elif mended > _WORTH * broken and len(found.parts) < _MOST_PARTS:
            found.parts.append(Part(idea, mended - broken))

    async def run(
        self, ideas: Sequence[Idea | None], goals: Sequence[Goal]
    ) -> list[tuple[Seen, ...] | None]:
        """What some versions do on some calls."""
        return await self.on([goal.case.case for goal in goals], ideas)

    async def on(
        self, calls: Sequence[Case], ideas: Sequence[Idea | None]
    ) -> list[tuple[Seen, ...] | None]:
        """What some versions do on any calls."""
        if not ideas or not calls:
            return [() for _ in ideas]
        return await self.sieve.tried(
            ideas,
            calls,
            seconds=self.seconds,
            total=max(self.left, timedelta(seconds=1)) + timedelta(seconds=1),
        )


def patience(goals: Goals) -> float:
    """The processor time that a call of a changed version gets at first, in seconds.

    Ten times the slowest call that ends today: the right version may be slower than the faulty
    one, but hardly by that much, and an endless loop costs little.
    """
    return max(_LEAST_SECONDS, _SLOWER * goals.slowest)


def _taken(ideas: Iterator[Idea], most: int) -> list[Idea]:
    return list(islice(ideas, most))


def met(idea: Idea, goals: Sequence[Goal], answers: Sequence[Seen]) -> list[bool]:
    """Which calls a version does as wanted."""
    texts: list[str] = []

    def on_purpose(fault: Fault) -> bool:
        """Most errors come from lines that raise nothing: that is seen without reading a file."""
        if not texts:
            texts.append(idea.content.decode(errors="replace"))
        may_be = fault.frames and says_raise(texts[0], fault.frames[-1].line)
        return bool(may_be) and deliberate(idea.target.path, texts[0]).clear(fault)

    return [goal.met(seen, on_purpose) for goal, seen in zip(goals, answers, strict=True)]
