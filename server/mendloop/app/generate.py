"""Stage 4, without a model: think changes up, try them, and keep the best as proposals."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final

import anyio.to_thread

from mendloop.app.ideas import Idea, Ideas, Known, Strategy
from mendloop.app.investigate import Investigator
from mendloop.app.ports import Clock, Progress, SandboxSession, Workspace, silent
from mendloop.app.propose import Proposer, Why
from mendloop.app.replay import Replayer
from mendloop.app.screen import Screen
from mendloop.app.subject import Subject, find_subject
from mendloop.app.validate import Validator
from mendloop.core.governance.policy import Tier
from mendloop.core.validate.cases import Exactly
from mendloop.errors import InvalidInput
from mendloop.model.ids import TargetName
from mendloop.model.proposal import Proposal
from mendloop.model.report import Report, Verdict
from mendloop.model.target import Target, TargetKind
from mendloop.store.state import State

_KEPT: Final = 3
"""Proposals that are made at the most."""
_TESTED: Final = 8
"""Changes that get a whole test at the most."""
_PATIENCE: Final = 60
"""Further changes that are tried once one has passed: a better one is usually near."""
_EVIDENCE: Final = ("expected", "recorded", "invariant", "no_crash")


class StopReason(StrEnum):
    """Why the search ended."""

    FOUND = "found"
    SPACE_EXHAUSTED = "space_exhausted"
    TIME_SPENT = "time_spent"
    NO_ORACLE = "no_oracle"
    FLAKY_BASELINE = "flaky_baseline"
    NOT_REPRODUCIBLE = "not_reproducible"


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedFix:
    """One proposal that the search has made, tested already."""

    proposal: Proposal
    report: Report
    tier: Tier
    note: str
    """What it changes, in a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """What a search has come to."""

    target: TargetName
    proposals: tuple[GeneratedFix, ...]
    """The best first."""
    tried: int
    space: int
    """How many changes there were to try."""
    stopped: StopReason
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """The repair stage, without a model; the same history gives the same proposals."""

    state: State
    workspace: Workspace
    replayer: Replayer
    investigator: Investigator
    ideas: Ideas
    proposer: Proposer
    validator: Validator
    clock: Clock

    async def generate(
        self,
        *,
        incident: str | None = None,
        target: str | None = None,
        strategy: str | None = None,
        budget: timedelta = timedelta(seconds=30),
        progress: Progress = silent,
    ) -> Generated:
        """Search for changes that mend a target.

        Args:
            incident: What to mend, or
            target: whose failures.
            strategy: ``revert``, ``tune`` or ``recipes``; all by default, the cheapest first.
            budget: How long new changes are tried; a test that has begun is finished.
            progress: Told of each change tried.

        Raises:
            NotFound: There is no such incident or target.
            InvalidInput: Neither or both are named, or the strategy is unknown.
            Unavailable: The sandbox lacks a layer; nothing was run.
        """
        strategies = _strategies(strategy)
        subject = await find_subject(self.state, self.workspace, incident=incident, target=target)
        function = self._function(subject.target)
        if function is None:
            return _nothing(
                subject.target.name,
                StopReason.NO_ORACLE,
                "Only functions, and constants that functions use, can be tried; propose_fix "
                "takes a change to a text.",
            )
        known = await self._known(function, progress)
        async with self.replayer.session() as session:
            search = _Search(
                generator=self, session=session, subject=subject, known=known, progress=progress
            )
            return await search.run(strategies, budget)

    def _function(self, target: Target) -> Target | None:
        """The function whose replay shows what a change to the target does."""
        if target.kind is TargetKind.CONSTANT:
            targets = self.workspace.manifest().targets
            users = [targets[name] for name in target.used_by if name in targets]
            return next((user for user in users if user.kind is TargetKind.FUNCTION), None)
        return target if target.kind is TargetKind.FUNCTION else None

    async def _known(self, target: Target, progress: Progress) -> Known:
        from mendloop.core.learn.outcomes import worth  # noqa: PLC0415  numpy loads with the work

        async with self.state.reading() as tables:
            diagnosis = await tables.diagnoses.latest(target.name)
            versions = await tables.versions.page(target.name)
            lessons = await tables.lessons.page(limit=1000)
        if diagnosis is None or diagnosis.base != self.workspace.digest(target.path):
            diagnosis = await self.investigator.investigate(target=target.name, progress=progress)
        return Known(
            target=target,
            diagnosis=diagnosis,
            failing=await self.replayer.failing(target, 200),
            versions=versions,
            worth=worth(lessons),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """One search."""

    generator: Generator
    session: SandboxSession
    subject: Subject
    known: Known
    progress: Progress

    async def run(self, strategies: Sequence[Strategy], budget: timedelta) -> Generated:
        target = self.known.target
        source = self.generator.workspace.read(target.path).decode(errors="replace")
        screen = await Screen.of(
            self.session,
            self.generator.replayer,
            target,
            source,
            most=self.generator.validator.cases,
        )
        if (reason := self._hopeless(screen)) is not None:
            return _nothing(target.name, *reason)
        ideas = await anyio.to_thread.run_sync(self.generator.ideas.think, self.known, strategies)
        if self.subject.target.kind is TargetKind.CONSTANT:
            ideas = [idea for idea in ideas if idea.target.name == self.subject.target.name]
        return await self._try(screen, ideas, budget)

    def _hopeless(self, screen: Screen) -> tuple[StopReason, str] | None:
        known = any(isinstance(case.wanted, Exactly) for case in screen.cases)
        if not self.known.failing and not known:
            return (
                StopReason.NO_ORACLE,
                "No call of it fails and no right answer is known: nothing says what to mend.",
            )
        diagnosis = self.known.diagnosis
        if diagnosis.replayed and not diagnosis.reproduced and not known:
            return (
                StopReason.NOT_REPRODUCIBLE,
                f"None of {diagnosis.replayed} failing calls fails again in the sandbox.",
            )
        if not screen.cases:
            return (
                StopReason.NOT_REPRODUCIBLE,
                "None of its calls can be repeated: declare it idempotent, or give it cases.",
            )
        return None

    async def _try(self, screen: Screen, ideas: Sequence[Idea], budget: timedelta) -> Generated:
        started = self.generator.clock.now()
        fixes: list[GeneratedFix] = []
        tried = tested = 0
        patience = len(ideas)
        stopped = StopReason.SPACE_EXHAUSTED
        for idea in ideas:
            if self.generator.clock.now() - started > budget:
                stopped = StopReason.TIME_SPENT
                break
            if tried >= patience or tested >= _TESTED:
                break
            tried += 1
            await self.progress(tried, len(ideas), idea.description)
            fix = await self._tested(idea) if await screen.passes(idea) else None
            tested += fix is not None
            fixes.extend(() if fix is None else (fix,))
            passed = sum(fix.report.verdict is Verdict.PASSED for fix in fixes)
            if passed:
                patience = min(patience, tried + _PATIENCE if passed < _KEPT else tried)
        best = sorted(fixes, key=_rank)[:_KEPT]
        if any(fix.report.verdict is Verdict.PASSED for fix in best):
            stopped = StopReason.FOUND
        return Generated(
            target=self.subject.target.name,
            proposals=tuple(best),
            tried=tried,
            space=len(ideas),
            stopped=stopped,
            note=_summary(stopped, best, tried, len(ideas)),
        )

    async def _tested(self, idea: Idea) -> GeneratedFix | None:
        """Give one change a whole test, and keep it as a proposal unless it fails."""
        why = Why(
            rationale=idea.description,
            origin=idea.origin,
            incident=self.subject.incident.id if self.subject.incident else None,
        )
        proposer, validator = self.generator.proposer, self.generator.validator
        draft = await proposer.draft(idea.target, {idea.target.path: idea.content}, why)
        report = await validator.assess(self.session, draft.proposal, draft.contents.new)
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


def _rank(fix: GeneratedFix) -> tuple[bool, int, int, int]:
    """Passed first, then the stronger evidence, then less leave, then the smaller change."""
    return (
        fix.report.verdict is not Verdict.PASSED,
        _EVIDENCE.index(fix.report.oracle) if fix.report.oracle in _EVIDENCE else len(_EVIDENCE),
        fix.tier.rank,
        fix.proposal.changed_lines,
    )


def _strategies(wanted: str | None) -> tuple[Strategy, ...]:
    if wanted is None:
        return tuple(Strategy)
    try:
        return (Strategy(wanted),)
    except ValueError:
        raise InvalidInput(
            f"Unknown strategy {wanted[:50]!r}.", hint=f"Known: {', '.join(Strategy)}."
        ) from None


def _nothing(target: TargetName, reason: StopReason, note: str) -> Generated:
    return Generated(target=target, proposals=(), tried=0, space=0, stopped=reason, note=note)


def _summary(stopped: StopReason, best: Sequence[GeneratedFix], tried: int, space: int) -> str:
    passed = sum(fix.report.verdict is Verdict.PASSED for fix in best)
    tail = f"tried {tried} of {space} changes"
    match stopped:
        case StopReason.FOUND:
            return f"{passed} passed, {tail}."
        case StopReason.TIME_SPENT:
            return f"The time is spent: {tail}. A larger budget tries more."
        case _:
            return f"Nothing passed: {tail}. Propose a change with propose_fix."
