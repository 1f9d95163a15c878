"""One search: screen many changes on a few calls, and give the few that pass a whole test."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import anyio.to_thread

from mendloop.app.found import Generated, GeneratedFix, StopReason, nothing
from mendloop.app.ideas import Idea, Ideas, Known, Strategy
from mendloop.app.ports import Clock, Progress, SandboxSession, Workspace
from mendloop.app.propose import Proposer, Why
from mendloop.app.replay import Replayer
from mendloop.app.screen import Screen
from mendloop.app.subject import Subject
from mendloop.app.validate import Validator
from mendloop.core.validate.cases import Exactly
from mendloop.model.report import Verdict
from mendloop.model.target import TargetKind

_KEPT: Final = 3
"""Proposals that are made at the most."""
_TESTED: Final = 8
"""Changes that pass a whole test, or could not tell, at the most."""
_PATIENCE: Final = 60
"""Further changes that are tried once one has passed: a better one is usually near."""
_EVIDENCE: Final = ("expected", "recorded", "invariant", "no_crash")


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
        target = self.known.target
        source = self.means.workspace.read(target.path).decode(errors="replace")
        screen = await Screen.of(
            self.session,
            self.means.replayer,
            target,
            source,
            most=self.means.validator.cases,
        )
        if (reason := self._hopeless(screen)) is not None:
            return nothing(target.name, *reason)
        ideas = await anyio.to_thread.run_sync(self.means.ideas.think, self.known, strategies)
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
        if screen.flaky:
            return (
                StopReason.FLAKY_BASELINE,
                "Two runs of the current version differ on most calls: nothing can be compared.",
            )
        if not screen.cases:
            return (
                StopReason.NOT_REPRODUCIBLE,
                "None of its calls can be repeated: declare it idempotent, or give it cases.",
            )
        return None

    async def _try(self, screen: Screen, ideas: Sequence[Idea], budget: timedelta) -> Generated:
        started = self.means.clock.now()
        fixes: list[GeneratedFix] = []
        tried = tested = 0
        patience = len(ideas)
        stopped = StopReason.SPACE_EXHAUSTED
        for idea in ideas:
            if self.means.clock.now() - started > budget:
                stopped = StopReason.TIME_SPENT
                break
            if tested >= _TESTED:
                stopped = StopReason.NO_ORACLE
                break
            if tried >= patience:
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
        proposer, validator = self.means.proposer, self.means.validator
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


def _summary(stopped: StopReason, best: Sequence[GeneratedFix], tried: int, space: int) -> str:
    passed = sum(fix.report.verdict is Verdict.PASSED for fix in best)
    tail = f"tried {tried} of {space} changes"
    match stopped:
        case StopReason.FOUND:
            return f"{passed} passed, {tail}."
        case StopReason.NO_ORACLE:
            return (
                f"{_TESTED} changes end the failures and nothing says which is right: {tail}. "
                "Label failing calls with their right results, or call it more often."
            )
        case StopReason.TIME_SPENT:
            return f"The time is spent: {tail}. A larger budget tries more."
        case _:
            return f"Nothing passed: {tail}. Propose a change with propose_fix."
