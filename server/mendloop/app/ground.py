"""What a search stands on: the calls, and what the current version does on them."""

from collections.abc import Sequence
from typing import Final

from mendloop.app.brisk import brisk
from mendloop.app.found import StopReason
from mendloop.app.goal import Goals, goals_of, with_recorded, without_refusals
from mendloop.app.ideas import Known
from mendloop.app.ports import SandboxSession
from mendloop.app.replay import Replayer, calls
from mendloop.app.sift import sieve_of
from mendloop.core.stats import words
from mendloop.core.validate.cases import Origin, TestCase
from mendloop.core.validate.earlier import earlier_answers
from mendloop.core.validate.evidence import Run
from mendloop.core.validate.rows import alike
from mendloop.core.validate.wants import deliberate
from mendloop.model.observation import NotLoaded, Returned, TimedOut
from mendloop.model.target import Target
from mendloop.noun import dataclass

_BAD: Final = 40
_DECLARED: Final = 40
_GOOD: Final = 80
_CHUNK: Final = 64
_ENOUGH: Final = 5
"""Recorded answers that are compared with those of the current version."""
_MOST_OTHER: Final = 0.5
"""The share of them that may be others before nothing is told from them."""
_HANGING: Final = 6
"""Calls that took too long when they were recorded: each costs a time-out."""
_BAD_ORIGINS: Final = frozenset({Origin.FAILING, Origin.WRONG})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What a search stands on once the current version was run."""

    cases: tuple[TestCase, ...]
    runs: tuple[Run, ...]
    goals: Goals
    varying: str = ""
    """That answers vary which were recorded of calls that went well, where most of them do."""


async def stand(replayer: Replayer, session: SandboxSession, known: Known, most: int) -> Ready:
    """Choose the calls, and run the current version on them twice.

    Args:
        replayer: Makes recorded calls again.
        session: A sandbox over the workspace.
        known: What is known of the failures.
        most: How many recorded calls are looked at.

    Raises:
        InvalidInput: The target's file of cases cannot be read.
    """
    target = known.target
    few = _few(await replayer.cases(target, most=most, modes=("replay", "synthetic")))
    runner, again = (_Runner(replayer, session, target, process) for process in (1, 2))
    bad = [case for case in few if case.origin in _BAD_ORIGINS]
    good = [case for case in few if case.origin not in _BAD_ORIGINS]
    first = await runner.run(good, ())
    runs = (
        _joined(await runner.run(bad, first), first),
        _joined(await again.run(good[::-1], first), await again.run(_ending(bad), first)),
    )
    source = replayer.workspace.read(target.path).decode(errors="replace")
    goals = goals_of(few, runs, target.float_tolerance)
    errors = deliberate(target.path, source)
    passed = await replayer.answered(target.name)
    goals = with_recorded(goals, earlier_answers(known.failing, passed), errors)
    goals = without_refusals(goals, errors)
    version = replayer.workspace.digest(target.path)
    others = {one.id for one in passed if one.version not in {None, version}}
    same = [case for case in good if case.case.id not in others]
    return Ready(cases=tuple(few), runs=runs, goals=goals, varying=_varying(same, runs))


@dataclass(frozen=True, slots=True)
class _Runner:
    replayer: Replayer
    session: SandboxSession
    target: Target
    process: int

    async def run(self, cases: Sequence[TestCase], known: Run) -> Run:
        """The current version on some calls; what is known of it bounds how long one may take."""
        late = [case for case in cases if isinstance(case.recorded, TimedOut)]
        soon = [case for case in cases if case not in late]
        return _joined(
            await self._pass(self.session, soon, known),
            await self._late(late, known),
        )

    async def _late(self, cases: Sequence[TestCase], known: Run) -> Run:
        """Calls that were recorded as taking too long: in one process, which costs less."""
        sieve = sieve_of(self.session, self.replayer, self.target)
        seen = await sieve.hanging(calls(cases), known)
        if seen is not None and all(isinstance(one.seen, TimedOut) for one in seen):
            return seen
        return await self._pass(brisk(self.session, known), cases, known)

    async def _pass(self, session: SandboxSession, cases: Sequence[TestCase], known: Run) -> Run:
        if not cases:
            return ()
        return await session.observe(
            self.replayer.program(self.target, process=self.process),
            calls(cases),
            limits=self.replayer.limits(self.target, known),
            chunk=_CHUNK,
        )


def hopeless(ready: Ready, known: Known) -> tuple[StopReason, str] | None:
    """Why a search would be in vain, if it would."""
    goals = ready.goals
    if not known.failing and not goals.bad:
        return (
            StopReason.NO_ORACLE,
            "No call of it fails and no right answer is known: nothing says what to mend.",
        )
    if _flaky(ready.runs):
        return (
            StopReason.FLAKY_BASELINE,
            "Two runs of the current version differ on most calls: nothing can be compared.",
        )
    diagnosis = known.diagnosis
    if not goals.bad and diagnosis.replayed and not diagnosis.reproduced:
        return (
            StopReason.NOT_REPRODUCIBLE,
            f"None of {diagnosis.replayed} failing calls fails again in the sandbox.",
        )
    if not goals.bad:
        return (
            StopReason.NOT_REPRODUCIBLE,
            "No failing call can be repeated: declare it idempotent, or give it cases.",
        )
    return None


def _few(cases: Sequence[TestCase]) -> list[TestCase]:
    bad = [case for case in cases if case.origin in _BAD_ORIGINS]
    hanging = [case for case in bad if isinstance(case.recorded, TimedOut)]
    bad = [case for case in bad if case not in hanging[_HANGING:]]
    declared = [case for case in cases if case.origin is Origin.SYNTHETIC]
    good = [case for case in cases if case.origin is Origin.PASSING]
    return [*bad[:_BAD], *declared[:_DECLARED], *good[:_GOOD]]


def _ending(cases: Sequence[TestCase]) -> list[TestCase]:
    """Those that were not recorded as taking too long, in another order."""
    return [case for case in cases[::-1] if not isinstance(case.recorded, TimedOut)]


def _joined(one: Run, other: Run) -> Run:
    if isinstance(one, NotLoaded) or isinstance(other, NotLoaded):
        return one if isinstance(one, NotLoaded) else other
    return (*one, *other)


def _flaky(runs: Sequence[Run]) -> bool:
    """Whether two runs of the current version differ on most calls."""
    first, second = runs
    if isinstance(first, NotLoaded) or isinstance(second, NotLoaded):
        return False
    again = {one.case: one.seen for one in second}
    differing = sum(not alike(one.seen, again[one.case]) for one in first if one.case in again)
    return 2 * differing > len(first)


def _varying(cases: Sequence[TestCase], runs: Sequence[Run]) -> str:
    """Whether the version is steady here, and yet most of its recorded answers were others.

    A sandbox holds still what the world does not: a seed that is drawn anew in each process there,
    the hour, an order of files.
    """
    first, second = runs
    if isinstance(first, NotLoaded) or isinstance(second, NotLoaded):
        return ""
    now = {one.case: one.seen for one in first}
    again = {one.case: one.seen for one in second}
    told = [
        (case.recorded, now[case.case.id])
        for case in cases
        if isinstance(case.recorded, Returned)
        and isinstance(now.get(case.case.id), Returned)
        and case.case.id in again
        and alike(now[case.case.id], again[case.case.id])
    ]
    others = sum(not alike(recorded, seen) for recorded, seen in told)
    if len(told) < _ENOUGH or others <= _MOST_OTHER * len(told):
        return ""
    return (
        f"{others} of {words.calls(len(told))} that went well are on record with another answer"
        " than the current version gives to them here, again and again: it seems to depend on"
        " chance, the time or what else is not recorded, so nothing can be compared with them."
    )
