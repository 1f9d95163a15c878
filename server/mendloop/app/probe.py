"""Which suspect lines can be edited so that failing calls come right.

What calls run through cannot tell lines apart that every call runs through. A small edit can: on
the faulty line some edit mends failing calls, elsewhere few do (Moon, Kim, Kim and Yoo, "Ask the
Mutants", ICST 2014; Papadakis and Le Traon, "Metallaxis-FL", STVR 2015). The edits are those that
a search would try, a few of each sort for every line; they are run, never proposed.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import anyio.to_thread

from mendloop.app.goal import Goal, Goals, goals_of, without_refusals
from mendloop.app.hunt import met, patience
from mendloop.app.ideas import Idea, Ideas, Symptoms
from mendloop.app.ports import SandboxSession
from mendloop.app.replay import Replayer
from mendloop.app.sift import Sieve, sieve_of
from mendloop.app.trace import Traced
from mendloop.core.investigate.spectrum import reordered
from mendloop.core.validate.cases import of_execution
from mendloop.core.validate.wants import deliberate
from mendloop.model.diagnosis import Suspect
from mendloop.model.target import Target
from mendloop.noun import dataclass

_OF_A_SORT: Final = 4
"""Edits of one recipe on one line."""
_OF_A_LINE: Final = 18
_EDITS: Final = 220
_PASSING: Final = 12
_LONGEST: Final = timedelta(seconds=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Edits suspect lines, to see which of them matters."""

    session: SandboxSession
    replayer: Replayer
    ideas: Ideas
    target: Target

    async def ordered(
        self, source: str, traced: Traced, suspects: Sequence[Suspect]
    ) -> tuple[Suspect, ...]:
        """The same lines, those first where an edit mends failing calls and breaks no other.

        Where nobody has said what is right of a failing call nothing is tried: an edit that only
        ends the failure says little of where it came from.
        """
        goals = self._goals(source, traced)
        if not goals.known or not suspects:
            return tuple(suspects)
        symptoms = Symptoms(
            target=self.target,
            suspects=tuple(one.line for one in suspects),
            failing=traced.reproduced,
        )
        edits = await anyio.to_thread.run_sync(self._edits, symptoms, source)
        mended = await self._mended(edits, goals)
        return reordered(suspects, mended)

    def _goals(self, source: str, traced: Traced) -> Goals:
        chosen = (*traced.reproduced, *traced.fine[:_PASSING])
        goals = goals_of(
            [of_execution(one) for one in chosen], [traced.seen], self.target.float_tolerance
        )
        return without_refusals(goals, deliberate(self.target.path, source))

    def _edits(self, symptoms: Symptoms, source: str) -> list[Idea]:
        changes = self.ideas.changes(symptoms, source)
        few = changes.sample(of_a_sort=_OF_A_SORT, of_a_line=_OF_A_LINE, most=_EDITS)
        lines = frozenset(symptoms.suspects)
        return [one for one in few if one.candidate and one.candidate.line in lines]

    async def _mended(self, edits: Sequence[Idea], goals: Goals) -> Counter[int]:
        """How many of the failing calls some edit of a line makes right, by line."""
        sieve = sieve_of(self.session, self.replayer, self.target)
        first = await _done(sieve, edits, goals.telling, goals)
        hopeful = [idea for idea, done in zip(edits, first, strict=True) if all(done)]
        rest = await _done(sieve, hopeful, goals.rest, goals)
        good = {id(goal) for goal in goals.good}
        found: Counter[int] = Counter()
        for idea, done in zip(hopeful, rest, strict=True):
            pairs = list(zip(done, goals.rest, strict=False))
            broken = sum(not one and id(goal) in good for one, goal in pairs)
            mended = sum(one and id(goal) not in good for one, goal in pairs)
            line = idea.candidate.line if idea.candidate else 0
            gain = len(goals.telling) + mended - broken
            found[line] = max(found[line], gain)
        return found


async def _done(
    sieve: Sieve, ideas: Sequence[Idea], wanted: Sequence[Goal], goals: Goals
) -> list[list[bool]]:
    """What of some calls each edit does as wanted; of one that could not be run, nothing."""
    if not ideas or not wanted:
        return [[] for _ in ideas]
    seen = await sieve.tried(
        ideas, [goal.case.case for goal in wanted], seconds=patience(goals), total=_LONGEST
    )
    return [
        [False] * len(wanted) if answers is None else met(idea, wanted, answers)
        for idea, answers in zip(ideas, seen, strict=True)
    ]
