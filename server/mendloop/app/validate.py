"""Stage 5: test a change on the recorded history, in the sandbox, and give a verdict."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mendloop.app.affected import affected
from mendloop.app.gather import MODES, Gatherer, Wanted
from mendloop.app.ports import Blobs, Clock, Progress, SandboxSession, Workspace, silent
from mendloop.app.replay import Replayer
from mendloop.core.validate.evidence import Evidence, JudgeRule, TargetJudged
from mendloop.errors import Conflict, InvalidInput
from mendloop.model.ids import Digest, ProposalId, digest_of
from mendloop.model.proposal import Proposal
from mendloop.model.report import Report
from mendloop.model.target import Target
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

    async def test(
        self, wanted: str, *, modes: Collection[str] | None = None, progress: Progress = silent
    ) -> Report:
        """Test one proposal, and keep the report.

        Args:
            wanted: The proposal's id.
            modes: Some of ``static``, ``replay``, ``synthetic``, ``generated``; all by default.
            progress: Told of each step.

        Raises:
            NotFound: There is no such proposal.
            InvalidInput: A mode is unknown, or a declared case or invariant cannot be read.
            Conflict: A file has changed since the proposal was made.
            Unavailable: The sandbox lacks a layer; nothing was run.
        """
        chosen = _modes(modes)
        async with self.state.reading() as tables:
            proposal = await tables.proposals.get(ProposalId(wanted))
        self._still_so(proposal)
        overlay = {file.path: self.blobs.get(file.new) for file in proposal.files}
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
        )

        started = self.clock.now()
        job = _Job(
            session=session, proposal=proposal, overlay=overlay, modes=modes, progress=progress
        )
        hit = affected(self.workspace.manifest(), proposal)
        meant = await self._judged(job, hit.meant, meant=True)
        beside = await self._judged(job, hit.beside, meant=False)
        whole = combined(meant, beside) if meant else by_reading(proposal)
        ended = self.clock.now()
        return Report(
            proposal=proposal.id,
            change=proposal.change,
            verdict=whole.judged.verdict,
            checks=whole.judged.checks,
            disagreements=whole.judged.disagreements[:_MOST_DISAGREEMENTS],
            regression_bound=whole.judged.regression_bound,
            oracle=whole.judged.oracle.value,
            cases=whole.cases,
            tier=session.state.tier,
            at=ended,
            seconds=(ended - started).total_seconds(),
        )

    async def keep(self, report: Report) -> Report:
        """Put a report on record, with its audit entry."""
        async with self.state.transaction() as tables:
            await tables.reports.add(report)
            await tables.audit.append(
                "tested",
                {
                    "proposal": report.proposal,
                    "change": report.change,
                    "verdict": report.verdict.value,
                    "oracle": report.oracle,
                    "cases": report.cases,
                    "sandbox": report.tier,
                },
                at=report.at,
            )
        return report

    async def _judged(
        self, job: "_Job", targets: Sequence[Target], *, meant: bool
    ) -> list[TargetJudged]:
        from mendloop.core.validate.judge import judge  # noqa: PLC0415  as above

        judged: list[TargetJudged] = []
        for target in targets:
            evidence = await self._evidence(job, target, meant=meant)
            judged.append(
                TargetJudged(
                    target=target, judged=judge(evidence, self.rule), cases=_digest(evidence)
                )
            )
        return judged

    async def _evidence(self, job: "_Job", target: Target, *, meant: bool) -> Evidence:
        wanted = Wanted(
            most=self.cases,
            solo=self.solo,
            modes=job.modes,
            seed=int(job.proposal.change[:8], 16),
            failing=meant,
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


def _digest(evidence: Evidence) -> Digest:
    texts = "\n".join(case.text for case in (*evidence.cases, *evidence.perturbed))
    return digest_of(texts.encode())


def _modes(wanted: Collection[str] | None) -> Collection[str]:
    if wanted is None:
        return MODES
    unknown = sorted(set(wanted) - set(MODES))
    if unknown:
        raise InvalidInput(
            f"Unknown mode {unknown[0][:50]!r}.", hint=f"Known modes: {', '.join(MODES)}."
        )
    return tuple(wanted)
