"""Changes that were made or taken in."""

from typing import Self

from pydantic import Field
from typing_extensions import override

from mendloop.app.found import Generated, GeneratedFix, StopReason
from mendloop.app.propose import Proposed
from mendloop.core.governance.policy import Tier
from mendloop.interfaces.answers.base import (
    Answer,
    Part,
    Size,
    call,
    first,
    fitted,
    more_than,
    name,
    names,
    rounded,
)
from mendloop.interfaces.answers.report import settling
from mendloop.interfaces.answers.text import clean
from mendloop.model.proposal import ChangeKind, Flag, Proposal
from mendloop.model.report import Verdict


class FixLine(Part):
    """A change that was found by search."""

    proposal: str
    origin: str
    kind: ChangeKind
    tier: Tier = Field(description="The leave that it needs.")
    verdict: Verdict
    regression_bound: float | None = None
    changed_lines: int
    note: str
    recorded_telling_input: str | None = None

    @classmethod
    def of(cls, fix: GeneratedFix, size: Size) -> Self:
        """From the model's own."""
        report = fix.report
        return cls(
            proposal=fix.proposal.id,
            origin=name(fix.proposal.origin),
            kind=fix.proposal.kind,
            tier=fix.tier,
            verdict=report.verdict,
            regression_bound=rounded(report.regression_bound),
            changed_lines=fix.proposal.changed_lines,
            note=f"{clean(fix.note, size.text)}; evidence: {name(report.oracle)}",
            recorded_telling_input=clean(fix.telling, size.text) or None,
        )


class GenerateAnswer(Answer):
    """Changes that were made without a model, best first."""

    target: str
    proposals: list[FixLine] = Field(description="Best first.")
    left_out: int | None = None
    tried: int
    space: int = Field(description="Candidates in all.")
    stopped: StopReason
    note: str
    more: list[str] = Field(description="The changes themselves.")
    next: str

    @classmethod
    def of(cls, generated: Generated) -> Self:
        """From the model's own."""
        return fitted(lambda size: cls._sized(generated, size))

    @classmethod
    def _sized(cls, made: Generated, size: Size) -> Self:
        return cls(
            target=name(made.target),
            proposals=[FixLine.of(each, size) for each in first(made.proposals, size)],
            left_out=more_than(made.proposals, size),
            tried=made.tried,
            space=made.space,
            stopped=made.stopped,
            note=clean(made.note, 2 * size.text),
            more=[
                f"mendloop://proposals/{each.proposal.id}" for each in first(made.proposals, size)
            ],
            next=_after_search(made),
        )

    @override
    def links(self) -> tuple[str, ...]:
        """The resources named in ``more``."""
        return tuple(self.more)


class FindingLine(Part):
    """What reading the change has shown."""

    rule: str
    message: str
    path: str
    line: int
    blocks: bool = Field(description="No test can pass a change with this in it.")


class ProposeAnswer(Answer):
    """A change that was taken in. Nothing was run, and no file was touched."""

    proposal: str
    known: bool = Field(description="The same change was proposed before.")
    targets: list[str]
    files: list[str]
    files_left_out: int | None = None
    kind: ChangeKind
    flags: list[Flag]
    changed_lines: int
    tier: Tier = Field(description="The least leave that it will need once it has passed.")
    why_tier: list[str]
    findings: list[FindingLine]
    findings_left_out: int | None = None
    more: list[str]
    next: str

    @classmethod
    def of(cls, proposed: Proposed) -> Self:
        """From the model's own."""
        return fitted(lambda size: cls._sized(proposed, size))

    @classmethod
    def _sized(cls, proposed: Proposed, size: Size) -> Self:
        proposal = proposed.proposal
        return cls(
            proposal=proposal.id,
            known=proposed.known,
            targets=names(proposal.targets, size),
            files=names([each.path for each in proposal.files], size),
            files_left_out=more_than(proposal.files, size),
            kind=proposal.kind,
            flags=sorted(proposal.flags),
            changed_lines=proposal.changed_lines,
            tier=proposed.tier,
            why_tier=[clean(each, size.text) for each in first(proposed.reasons, size)],
            findings=_findings(proposal, size),
            findings_left_out=more_than(proposal.findings, size),
            more=[f"mendloop://proposals/{proposal.id}"],
            next=_after_proposal(proposed),
        )

    @override
    def links(self) -> tuple[str, ...]:
        """The resources named in ``more``."""
        return tuple(self.more)


def _findings(proposal: Proposal, size: Size) -> list[FindingLine]:
    # those that block come first: they must not be among those left out
    ranked = sorted(proposal.findings, key=lambda finding: not finding.blocks)
    return [
        FindingLine(
            rule=name(each.rule),
            message=clean(each.message, size.text),
            path=name(each.path),
            line=each.line,
            blocks=each.blocks,
        )
        for each in first(ranked, size)
    ]


def _after_search(made: Generated) -> str:
    own = f"{call('propose_fix', target=name(made.target))[:-1]}, ...) with a change of your own"
    if not made.proposals:
        return f"No change was found. {own}"
    best = made.proposals[0]
    if best.tier is Tier.NEVER:
        return "This change cannot be deployed here: tell a person what you found."
    match best.report.verdict:
        case Verdict.PASSED:
            return call("deploy_fix", proposal=best.proposal.id)
        case Verdict.INCONCLUSIVE:
            apart = "find out what is right for the telling input, " if best.telling else ""
            return (
                f"The evidence could not tell: {apart}{settling(best.report)}, then search again; "
                f"or {own}, or ask a person about {best.proposal.id}"
            )
        case Verdict.FAILED | Verdict.BROKEN:
            return own


def _after_proposal(proposed: Proposed) -> str:
    if any(finding.blocks for finding in proposed.proposal.findings):
        return "propose_fix again, without what blocks"
    if proposed.tier is Tier.NEVER:
        return "The policy never lets this be deployed: propose another change, or tell a person."
    return call("test_fix", proposal=proposed.proposal.id)
