"""One search: screen many changes, compare those that do what is wanted, and test the best."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import anyio.to_thread

from mendloop.app.brisk import Brisk, brisk
from mendloop.app.cause import rationale, recorded
from mendloop.app.found import Generated, GeneratedFix, Standing, StopReason, nothing
from mendloop.app.further import Compared, compared
from mendloop.app.gather import MODES
from mendloop.app.goal import Goals
from mendloop.app.ground import Ready, hopeless, stand
from mendloop.app.hunt import Found, Hunt, patience
from mendloop.app.ideas import Idea, Ideas, Known, Strategy
from mendloop.app.pairs import pairs, stacked
from mendloop.app.ports import Clock, Progress, SandboxSession, Workspace
from mendloop.app.propose import Draft, Proposer, Why
from mendloop.app.replay import Replayer
from mendloop.app.sift import sieve_of
from mendloop.app.subject import Subject
from mendloop.app.validate import Validator
from mendloop.core.repair.rank import FEW, Group
from mendloop.core.validate.cases import Origin
from mendloop.model.observation import NotLoaded, Returned, Seen, TimedOut
from mendloop.model.report import Report, Verdict
from mendloop.model.target import TargetKind
from mendloop.model.value import canonical
from mendloop.noun import dataclass

_KEPT: Final = 2
"""Proposals that are made at the most: the likeliest, and the nearest that answers otherwise."""
_COMPARED: Final = 60
"""Changes that are compared on further inputs at the most."""
_BAD: Final = 40
_DECLARED: Final = 40
_GOOD: Final = 80
_CHUNK: Final = 64
MODES_WHEN_HANGING: Final = ("static", "replay", "synthetic")
"""What a change is tested by where the current version hangs: known calls, and no others."""
_HANGING: Final = 6
"""Calls that took too long when they were recorded: each costs a time-out."""
_BAD_ORIGINS: Final = frozenset({Origin.FAILING, Origin.WRONG})
_SILENT: Final = 4.0
_LATE: Final = 0.2
"""The share of the time left that goes to changes that only took too long."""
_WIDE: Final = 0.6
"""The share of the rest that changes of any sort are given before two changes at once are."""
_STACKED: Final = 6
"""Changes on top of which others are tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a search works with."""

    workspace: Workspace
    replayer: Replayer
    ideas: Ideas
    proposer: Proposer
    validator: Validator
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """One search."""

    means: Means
    session: SandboxSession
    subject: Subject
    known: Known
    progress: Progress

    async def run(self, strategies: Sequence[Strategy], budget: timedelta) -> Generated:
        """Search, for as long as the budget lasts; a test that has begun is finished."""
        started = self.means.clock.now()
        ready = await stand(
            self.means.replayer, self.session, self.known, self.means.validator.cases
        )
        if (reason := hopeless(ready, self.known)) is not None:
            return nothing(self.known.target.name, *reason)
        target = self.known.target
        source = self.means.workspace.read(target.path)
        hunt = Hunt(
            sieve=sieve_of(self.session, self.means.replayer, target),
            goals=ready.goals,
            clock=self.means.clock,
            begun=started,
            ends=started + budget,
            progress=self.progress,
            seconds=patience(ready.goals),
        )
        found = Found()
        space = await self._hunted(hunt, found, strategies, source.decode(errors="replace"))
        return await self._answer(hunt, ready, found, space)

    async def _hunted(
        self, hunt: Hunt, found: Found, strategies: Sequence[Strategy], source: str
    ) -> int:
        """Screen all that can be thought of; gives how much that is."""
        files = await anyio.to_thread.run_sync(self.means.ideas.think, self.known, strategies)
        own = self.known.target
        if self.subject.target.kind is TargetKind.CONSTANT:
            files = [idea for idea in files if idea.target.name == self.subject.target.name]
        here = [idea for idea in files if idea.target.path == own.path]
        space = len(files)
        await hunt.screen(here, found, space=space)
        await self._elsewhere(hunt, [idea for idea in files if idea.target.path != own.path], found)
        wanted = Strategy.RECIPES in strategies and self.subject.target.kind is not (
            TargetKind.CONSTANT
        )
        if found.whole or not wanted:
            return space
        changes = await anyio.to_thread.run_sync(
            self.means.ideas.changes, self.known.symptoms, source
        )
        await hunt.screen(changes.usual(), found, space=space + changes.size)
        if not found.whole:
            await self._part(hunt, _LATE).late(found)
        self._settle(hunt, found)
        if not found.whole:
            # what two changes are made of are the usual ones: chance has more of the others
            parts, rest = list(found.parts), list(found.rest)
            await self._part(hunt, _WIDE).screen(changes.wide(), found, space=space + changes.size)
            found.parts, found.rest = parts, rest
        self._settle(hunt, found)
        space += changes.size
        if not found.whole and hunt.left > timedelta(0):
            space += await self._both(hunt, found)
        return space

    def _settle(self, hunt: Hunt, found: Found) -> None:
        """Take what does all that was told, where nothing does more."""
        if not found.whole and found.nearly:
            found.whole, found.nearly = found.nearly, []
            found.after = self.means.clock.now() - hunt.begun

    def _part(self, hunt: Hunt, share: float) -> Hunt:
        """The same with a share of the time that is left."""
        return replace(hunt, ends=self.means.clock.now() + share * hunt.left)

    async def _both(self, hunt: Hunt, found: Found) -> int:
        """Two changes at once: of those that mend something alone, then one on top of each."""
        await hunt.again(found)
        together = pairs(found.parts)
        await hunt.screen(together, found, space=found.tried + len(together))
        space = len(together)
        first = sorted(found.parts, key=lambda part: -part.gain / part.idea.cost)[:_STACKED]
        for part in first:
            if found.whole or hunt.left <= timedelta(0):
                break
            size, more = await anyio.to_thread.run_sync(
                stacked, self.means.ideas, self.known, part.idea
            )
            space += size
            await hunt.screen(more, found, space=found.tried + size)
        return space

    async def _elsewhere(self, hunt: Hunt, ideas: Sequence[Idea], found: Found) -> None:
        """Try changes of other files, each in a pass of its own: there are few of them."""
        replayer, target = self.means.replayer, self.known.target
        goals = (*hunt.goals.bad, *hunt.goals.good)
        for idea in ideas:
            if found.whole or hunt.left <= timedelta(0):
                return
            found.tried += 1
            run = await self.session.observe(
                replayer.program(target, {idea.target.path: idea.content}),
                [goal.case.case for goal in goals],
                limits=replayer.limits(target, tuple(goal.before for goal in goals)),
                chunk=_CHUNK,
            )
            if not isinstance(run, NotLoaded):
                hunt.sort(idea, goals, [one.seen for one in run], found)

    async def _answer(self, hunt: Hunt, ready: Ready, found: Found, space: int) -> Generated:
        ideas = await self._admissible(hunt, found.whole[:_COMPARED], ready.goals)
        fixes: list[GeneratedFix] = []
        if ideas:
            told = await compared(hunt, ready.cases, ideas)
            every = (*ready.goals.bad, *ready.goals.good)
            late = {
                (self.known.target.selector, goal.case.text): goal.before.seconds
                for goal in every
                if isinstance(goal.before.seen, TimedOut)
            }
            session = brisk(self.session, tuple(goal.before for goal in every), late)
            for group in told.groups[:_KEPT]:
                idea = ideas[group.best.number]
                fix = await self._tested(idea, session, ready.goals)
                if fix is not None:
                    suspected = self._suspected(idea)
                    fixes.append(_judged(fix, group, told, ready.goals, suspected=suspected))
        stopped = _stopped(fixes, found, ready)
        note = _summary(stopped, fixes, found.tried, max(space, found.tried))
        if stopped is StopReason.FLAKY_BASELINE:
            note = f"{ready.varying} {note}"
        return Generated(
            target=self.subject.target.name,
            proposals=tuple(sorted(fixes, key=_rank)),
            tried=found.tried,
            space=max(space, found.tried),
            found_after=found.after,
            stopped=stopped,
            note=" ".join(filter(None, (note, recorded(ready.goals)))),
        )

    async def _admissible(self, hunt: Hunt, ideas: Sequence[Idea], goals: Goals) -> list[Idea]:
        """Where nothing says what is right, a value that stands for every failure costs more.

        It would make the failure silent, and so would a plain value that is put in for what is
        not there, whatever is then made of it; a clear error, or an answer that depends on the
        input alone, comes first.
        """
        if goals.known or not ideas:
            return list(ideas)
        from mendloop.core.repair.defaults import defaults_added  # noqa: PLC0415  for this alone

        seen = await hunt.run(ideas, goals.bad)
        old = self.means.workspace.read(self.known.target.path).decode(errors="replace")

        def silent(idea: Idea, answers: Sequence[Seen] | None) -> bool:
            if idea.candidate is None or not _answered(answers):
                return _silent(answers)
            return _silent(answers) or defaults_added(old, idea.candidate.source)

        return [
            replace(idea, cost=idea.cost * _SILENT) if silent(idea, answers) else idea
            for idea, answers in zip(ideas, seen, strict=True)
        ]

    def _suspected(self, idea: Idea) -> bool:
        """Whether a change is where failing calls point to, and none of very many of its sort."""
        lines = {suspect.line for suspect in self.known.diagnosis.suspects}
        if idea.bold:
            return False
        return idea.candidate is None or not lines or idea.candidate.line in lines

    async def _assessed(self, draft: Draft, session: Brisk, goals: Goals) -> Report:
        """A whole test; where the current version hangs, without calls that may hang it more."""
        every = (*goals.bad, *goals.good)
        hangs = any(isinstance(goal.before.seen, TimedOut) for goal in every)
        return await self.means.validator.assess(
            session,
            draft.proposal,
            draft.contents.new,
            modes=MODES_WHEN_HANGING if hangs else MODES,
        )

    async def _tested(self, idea: Idea, session: Brisk, goals: Goals) -> GeneratedFix | None:
        """Give one change a whole test, and keep it as a proposal unless it fails."""
        why = Why(
            rationale=rationale(idea.description, self.known.diagnosis, goals),
            origin=idea.origin,
            incident=self.subject.incident.id if self.subject.incident else None,
        )
        proposer, validator = self.means.proposer, self.means.validator
        draft = await proposer.draft(idea.target, {idea.target.path: idea.content}, why)
        await validator.budgets.begin_test(draft.proposal.id)
        report = await self._assessed(draft, session, goals)
        if report.verdict in {Verdict.FAILED, Verdict.BROKEN}:
            return None
        kept = await proposer.keep(draft)
        report = await validator.keep(replace(report, proposal=kept.proposal.id))
        return GeneratedFix(
            proposal=kept.proposal,
            report=report,
            tier=proposer.tier(kept.proposal, report)[0],
            note=idea.description,
        )


def _answered(answers: Sequence[Seen] | None) -> bool:
    """Whether all failing calls come to some value."""
    return bool(answers) and all(isinstance(one, Returned) for one in answers or ())


def _silent(answers: Sequence[Seen] | None) -> bool:
    """Whether all failing calls come to one and the same value."""
    values = [canonical(one.value) for one in answers or () if isinstance(one, Returned)]
    return len(values) == len(answers or ()) and len(set(values)) == 1


def _judged(
    fix: GeneratedFix, group: Group, told: Compared, goals: Goals, *, suspected: bool
) -> GeneratedFix:
    """Say how sure it is."""
    others = [other for other in told.groups if other is not group]
    inputs = len(told.inputs)
    telling = told.apart(group, others[0]) if others else ""
    if others:
        standing, words = Standing.AMBIGUOUS, f"ambiguous ({len(told.groups)} clusters)"
    elif goals.known and inputs >= FEW and group.best.anew == 0 and suspected:
        standing, words = Standing.CONFIRMED, f"confirmed on {inputs} further inputs"
    else:
        standing, words = Standing.PLAUSIBLE, "plausible"
    return replace(
        fix,
        note=f"{fix.note}; {words}",
        standing=standing,
        further=inputs,
        clusters=len(told.groups),
        telling=telling,
    )


def _rank(fix: GeneratedFix) -> bool:
    """Those that passed come first; else the order in which they are likely."""
    return fix.report.verdict is not Verdict.PASSED


def _stopped(fixes: Sequence[GeneratedFix], found: Found, ready: Ready) -> StopReason:
    passed = any(fix.report.verdict is Verdict.PASSED for fix in fixes)
    if passed or (fixes and ready.goals.known):
        return StopReason.FOUND
    if fixes:
        return StopReason.NO_ORACLE
    if ready.varying:
        return StopReason.FLAKY_BASELINE
    return StopReason.SPACE_EXHAUSTED if found.in_time else StopReason.TIME_SPENT


def _changes(number: int) -> str:
    return "1 change ends" if number == 1 else f"{number} changes end"


def _summary(stopped: StopReason, fixes: Sequence[GeneratedFix], tried: int, space: int) -> str:
    tail = f"tried {tried} of {space} changes"
    match stopped:
        case StopReason.FOUND:
            passed = sum(fix.report.verdict is Verdict.PASSED for fix in fixes)
            return f"{len(fixes)} found, {passed} of them passed every check; {tail}."
        case StopReason.NO_ORACLE:
            return (
                f"{_changes(len(fixes))} the failures and nothing says whether that is right: "
                f"{tail}. "
                "Label failing calls with their right results, or call it more often."
            )
        case StopReason.TIME_SPENT:
            return f"The time is spent: {tail}. A larger budget tries more."
        case StopReason.FLAKY_BASELINE:
            return f"Nothing passed: {tail}. Seed it, or pass it the time, and record it anew."
        case _:
            return f"Nothing passed: {tail}. Propose a change with propose_fix."
