"""How a change did when it was tested."""

from typing import Final, Self

from pydantic import Field
from typing_extensions import override

from mendloop.interfaces.answers.base import (
    Answer,
    Part,
    Size,
    call,
    figures,
    first,
    fitted,
    more_than,
    name,
    rounded,
)
from mendloop.interfaces.answers.text import clean
from mendloop.model.report import Report, Verdict

_STRUCTURE: Final = "structure"
_KNOWN: Final = frozenset({"expected", "recorded"})
"""Evidence that says what is right; another label would add nothing new."""
_MISSING: Final = "calls_missing"
_WORST: Final = {Verdict.BROKEN: 0, Verdict.FAILED: 1, Verdict.INCONCLUSIVE: 2, Verdict.PASSED: 3}


class CheckLine(Part):
    """One check."""

    name: str
    verdict: Verdict
    summary: str
    numbers: dict[str, int | float]


class DisagreementLine(Part):
    """An input on which the change does not do what it should."""

    recorded_call: str
    recorded_wanted: str
    recorded_got: str
    why: str


class TestAnswer(Answer):
    """One test of one proposal. ``inconclusive`` says that the evidence could not tell."""

    __test__ = False  # pytest takes the name for a test

    proposal: str
    verdict: Verdict
    checks: list[CheckLine] = Field(description="What went wrong first.")
    checks_left_out: int | None = None
    disagreements: list[DisagreementLine]
    disagreements_left_out: int | None = None
    regression_bound: float | None = Field(
        default=None,
        description="With 95 % confidence at most this share of calls like these gets worse.",
    )
    oracle: str = Field(
        description="Strongest evidence: expected, recorded, invariant, no_crash, structure, none."
    )
    sandbox_tier: str
    seconds: float
    more: list[str]
    next: str

    @classmethod
    def of(cls, report: Report) -> Self:
        """From the model's own."""
        return fitted(lambda size: cls._sized(report, size))

    @classmethod
    def _sized(cls, report: Report, size: Size) -> Self:
        ranked = sorted(report.checks, key=lambda check: _WORST[check.verdict])
        return cls(
            proposal=report.proposal,
            verdict=report.verdict,
            checks=[
                CheckLine(
                    name=name(each.name),
                    verdict=each.verdict,
                    summary=clean(each.summary, size.text),
                    numbers=figures(each.numbers, size),
                )
                for each in first(ranked, size)
            ],
            checks_left_out=more_than(ranked, size),
            disagreements=[
                DisagreementLine(
                    recorded_call=clean(each.call, size.text),
                    recorded_wanted=clean(each.wanted, size.text),
                    recorded_got=clean(each.got, size.text),
                    why=clean(each.why, size.text),
                )
                for each in first(report.disagreements, size)
            ],
            disagreements_left_out=more_than(report.disagreements, size),
            regression_bound=rounded(report.regression_bound),
            oracle=name(report.oracle),
            sandbox_tier=name(report.tier),
            seconds=round(report.seconds, 2),
            more=[f"mendloop://proposals/{report.proposal}/report"],
            next=_next(report),
        )

    @override
    def links(self) -> tuple[str, ...]:
        """The whole report."""
        return tuple(self.more)


def settling(report: Report) -> str:
    """What would let the evidence tell, for a report that could not."""
    open_checks = [each for each in report.checks if each.verdict is Verdict.INCONCLUSIVE]
    if report.oracle == _STRUCTURE:
        scored = any(each.name == "evaluate" for each in open_checks)
        return (
            "make what its `evaluate` command scores tell the two apart"
            if scored
            else "give its target an `evaluate` command in mendloop.toml, which scores both"
        )
    said: list[str] = []
    if report.oracle not in _KNOWN:
        said.append("label failing calls with the right results by record_execution")
    missing = max((int(each.numbers.get(_MISSING, 0)) for each in open_checks), default=0)
    if missing:
        said.append(f"record {missing} more different calls that go well")
    named = [each.name for each in open_checks if not each.numbers.get(_MISSING)]
    return " and ".join(said) or f"read the checks {', '.join(map(name, named))}"


def _next(report: Report) -> str:
    match report.verdict:
        case Verdict.PASSED:
            return call("deploy_fix", proposal=report.proposal)
        case Verdict.FAILED:
            shown = "disagreements" if report.disagreements else "failed checks"
            return f"propose_fix again; the {shown} show what the change must still do"
        case Verdict.INCONCLUSIVE:
            ask = "deploy_fix, which will ask for a person"
            return f"The evidence could not tell: {settling(report)}, then test again; or {ask}"
        case Verdict.BROKEN:
            return "The check itself did not work: tell a person, who can run `mendloop doctor`."
