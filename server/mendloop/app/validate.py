"""Stage 5: test a change on the recorded history, in the sandbox, and give a verdict."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from mendloop.app.actor import actor
from mendloop.app.affected import affected
from mendloop.app.believed import report_facts
from mendloop.app.certificate import TESTED, Certifier
from mendloop.app.evaluate import Evaluations
from mendloop.app.gather import MODES, Gatherer, Wanted
from mendloop.app.observing import SILENT, Act, Observer, observed
from mendloop.app.ports import Blobs, Clock, Progress, SandboxSession, Workspace, silent
from mendloop.app.replay import Replayer
from mendloop.app.spent import Budgets
from mendloop.app.strength import Strength
from mendloop.app.unit_tests import UnitRun, UnitTests
from mendloop.core.validate.cases import TestCase
from mendloop.core.validate.evidence import Evidence, Judged, JudgeRule, TargetJudged
from mendloop.errors import Conflict, InvalidInput, Refused
from mendloop.model.ids import Digest, ProposalId, digest_of
from mendloop.model.proposal import Proposal
from mendloop.model.report import Check, Disagreement, Report
from mendloop.model.target import Target
from mendloop.noun import dataclass
from mendloop.store.state import State

_MOST_DISAGREEMENTS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Validator:
    """The validate stage."""

    state: State
    workspace: Workspace
    blobs: Blobs
    replayer: Replayer
    gatherer: Gatherer
    clock: Clock
    rule: JudgeRule
    cases: int
    solo: int
    certifier: Certifier
    budgets: Budgets
    key: bytes
    """Settles which calls that speak against a change are counted and not shown."""
    observer: Observer = SILENT

    @observed(Act.TEST)
    async def test(
        self, wanted: str, *, modes: Collection[str] | None = None, progress: Progress = silent
    ) -> Report:
        """Test one proposal, and keep the report.

        Args:
            wanted: The proposal's id.
            modes: Some of ``static``, ``unit``, ``replay``, ``synthetic``, ``generated`` and
                ``performance``; all by default, and only a test of all can pass.
            progress: Told of each step.

        Raises:
            NotFound: There is no such proposal.
            InvalidInput: A mode is unknown, or a declared case or invariant cannot be read.
            Conflict: A file has changed since the proposal was made.
            Refused: A limit has no room for another test now.
            Unavailable: The sandbox lacks a layer; nothing was run.
        """
        chosen = _modes(modes)
        async with self.state.reading() as tables:
            proposal = await tables.proposals.get(ProposalId(wanted))
            rejection = await tables.approvals.rejection(proposal.id)
        if rejection is not None:
            raise Refused(
                f"{proposal.id} was rejected by {rejection.by}: {rejection.reason}",
                hint="Propose another change that answers the objection, with propose_fix.",
            )
        self._still_so(proposal)
        overlay = {file.path: self.blobs.get(file.new) for file in proposal.files}
        await self.budgets.begin_test(proposal.id)
        async with self.replayer.session() as session:
            report = await self.assess(session, proposal, overlay, modes=chosen, progress=progress)
        return await self.keep(report)

    async def assess(
        self,
        session: SandboxSession,
        proposal: Proposal,
        overlay: Mapping[str, bytes],
        *,
        modes: Collection[str] = MODES,
        progress: Progress = silent,
    ) -> Report:
        """Test one change in a sandbox that is up already. The report is not kept.

        Args:
            session: A sandbox that holds the workspace as it stands.
            proposal: What is tested; it need not be on record.
            overlay: Its new files.
            modes: As for ``test``.
            progress: Told of each step.

        Raises:
            InvalidInput: A declared case or invariant cannot be read.
        """
        from mendloop.core.validate.combine import (  # noqa: PLC0415  loads with the work
            by_reading,
            combined,
            left_out,
            telling,
            with_checks,
        )
        from mendloop.core.validate.evaluated import with_scores  # noqa: PLC0415  as above
        from mendloop.core.validate.held import held_check, parted  # noqa: PLC0415  as above

        started = self.clock.now()
        job = _Job(
            session=session, proposal=proposal, overlay=overlay, modes=modes, progress=progress
        )
        hit = affected(self.workspace.manifest(), proposal)
        tests = await self._unit(job, hit.meant)
        job = replace(job, tests=tests)
        meant = await self._judged(job, hit.meant, meant=True)
        beside = await self._judged(job, hit.beside, meant=False)
        scores = await Evaluations(replayer=self.replayer).run(
            session, proposal, overlay, modes=modes, progress=progress
        )
        whole = combined(meant, beside) if meant else by_reading(proposal)
        whole = with_scores(whole, scores, alone=not meant)
        whole = with_checks(whole, *self._tested(tests, meant), *left_out(modes, MODES))
        parts = parted(whole.judged.disagreements, self.key)
        held = held_check(parts, whole.judged.verdict)
        ended = self.clock.now()
        return Report(
            proposal=proposal.id,
            change=proposal.change,
            verdict=whole.judged.verdict,
            checks=(*whole.judged.checks, held.check),
            disagreements=telling((*_lost(tests), *parts.shown), most=_MOST_DISAGREEMENTS),
            regression_bound=whole.judged.regression_bound,
            oracle=whole.judged.oracle.value,
            cases=whole.cases,
            tier=session.state.tier,
            at=ended,
            seconds=(ended - started).total_seconds(),
        )

    async def keep(self, report: Report) -> Report:
        """Put a report on record, with its certificate and its audit entry.

        Raises:
            NotFound: The proposal is not on record.
            Unavailable: The disk is full, read-only or failing.
        """
        issued = await self.certifier.issue(report)
        async with self.state.transaction() as tables:
            await tables.reports.add(report)
            await tables.audit.append(
                TESTED,
                {**report_facts(report), "certificate": issued, "by": actor()},
                at=report.at,
            )
        return report

    async def _unit(self, job: "_Job", meant: Sequence[Target]) -> UnitRun | None:
        """Run the project's own tests, where a function or a module of Python is changed."""
        python = meant or any(path.endswith(".py") for path in job.overlay)
        if "unit" not in job.modes or not python:
            return None
        await job.progress(0, 1, "the project's tests")
        return await UnitTests(replayer=self.replayer).run(job.session, meant, job.overlay)

    def _tested(self, tests: UnitRun | None, meant: Sequence[TargetJudged]) -> tuple[Check, ...]:
        """What the tests say."""
        from mendloop.core.validate.units import unit_check  # noqa: PLC0415  as above

        if tests is None:
            return ()
        met = frozenset[str]().union(*(each.judged.corroborated for each in meant))
        return (unit_check(tests.units, len(met)),)

    async def _judged(
        self, job: "_Job", targets: Sequence[Target], *, meant: bool
    ) -> list[TargetJudged]:
        from mendloop.core.validate.judge import judge  # noqa: PLC0415  as above
        from mendloop.core.validate.wants import owed  # noqa: PLC0415  as above

        judged: list[TargetJudged] = []
        for target in targets:
            evidence = await self._evidence(job, target, meant=meant)
            given = judge(evidence if meant else owed(evidence), self.rule)
            if meant:
                strength = Strength(job.session, self.replayer, job.overlay, job.modes)
                given = await strength.weighed(_with_stated(evidence, given), given)
            judged.append(TargetJudged(target=target, judged=given, cases=_digest(evidence)))
        return judged

    async def _evidence(self, job: "_Job", target: Target, *, meant: bool) -> Evidence:
        wanted = Wanted(
            most=self.cases,
            solo=self.solo,
            modes=job.modes,
            seed=int(job.proposal.change[:8], 16),
            failing=meant,
            rule=self.rule,
            stated=_stated(job, target) if meant else (),
        )
        gathered = await self.gatherer.gather(
            job.session, target, job.overlay, wanted, job.progress
        )
        base = self.workspace.read(target.path)
        return replace(
            gathered,
            source=job.overlay.get(target.path, base).decode(errors="replace"),
            base_source=base.decode(errors="replace"),
            findings=job.proposal.findings,
            written=len(job.tests.units.files) if job.tests and meant else 0,
        )

    def _still_so(self, proposal: Proposal) -> None:
        for file in proposal.files:
            if self.workspace.digest(file.path) != file.old:
                raise Conflict(
                    f"{file.path} has changed since {proposal.id} was proposed.",
                    hint="Call propose_fix again for the file as it stands.",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One proposal under test."""

    session: SandboxSession
    proposal: Proposal
    overlay: Mapping[str, bytes]
    modes: Collection[str]
    progress: Progress
    tests: UnitRun | None = None


def _digest(evidence: Evidence) -> Digest:
    every = (*evidence.cases, *evidence.perturbed, *evidence.generated, *evidence.stated)
    texts = "\n".join(case.text for case in every)
    return digest_of(texts.encode())


def _with_stated(evidence: Evidence, judged: Judged) -> Evidence:
    """The evidence, with the stated answers that were seen to be given among the known ones."""
    met = [case for case in evidence.stated if case.parent in judged.corroborated]
    return replace(evidence, cases=(*evidence.cases, *met))


def _stated(job: _Job, target: Target) -> tuple[TestCase, ...]:
    """Answers that tests state of a target whose calls may be made by anybody."""
    return job.tests.stated.get(target.name, ()) if job.tests and target.replayable else ()


def _lost(tests: UnitRun | None) -> tuple[Disagreement, ...]:
    """The tests that a change breaks."""
    from mendloop.core.validate.units import unit_disagreements  # noqa: PLC0415  as above

    return () if tests is None else unit_disagreements(tests.units)


def _modes(wanted: Collection[str] | None) -> Collection[str]:
    if wanted is None:
        return MODES
    unknown = sorted(set(wanted) - set(MODES))
    if unknown:
        raise InvalidInput(
            f"Unknown mode {unknown[0][:50]!r}.", hint=f"Known modes: {', '.join(MODES)}."
        )
    return tuple(wanted)
