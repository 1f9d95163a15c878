"""What an answer says should follow where the evidence could not tell."""

from datetime import UTC, datetime

import pytest

from mendloop.app.found import Generated, GeneratedFix, Standing, StopReason
from mendloop.core.governance.policy import Tier
from mendloop.interfaces.answers.repair import GenerateAnswer
from mendloop.interfaces.answers.report import TestAnswer, settling
from mendloop.interfaces.cli.advice import as_commands
from mendloop.model.ids import Digest, ProposalId, TargetName
from mendloop.model.proposal import ChangeKind, Proposal
from mendloop.model.report import Check, Disagreement, Report, Verdict

AT = datetime(2026, 1, 1, tzinfo=UTC)
BLANK = Digest("a" * 64)


def check(name: str, verdict: Verdict = Verdict.INCONCLUSIVE, **numbers: float) -> Check:
    return Check(name=name, verdict=verdict, summary="", numbers=numbers)


def report(
    oracle: str,
    *checks: Check,
    verdict: Verdict = Verdict.INCONCLUSIVE,
    disagreements: tuple[Disagreement, ...] = (),
) -> Report:
    return Report(
        proposal=ProposalId("p-1"),
        change=BLANK,
        verdict=verdict,
        checks=checks,
        disagreements=disagreements,
        regression_bound=None,
        oracle=oracle,
        cases=BLANK,
        tier="A",
        at=AT,
        seconds=1.0,
    )


FEW = check("still_right", calls_missing=49.0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (report("expected", FEW), "record 49 more different calls that go well"),
        (
            report("no_crash", FEW, check("one_answer")),
            "label failing calls with the right results by record_execution and record 49 more dif",
        ),
        (
            report("no_crash", check("one_answer"), check("still_right", Verdict.PASSED)),
            "label failing calls with the right results by record_execution",
        ),
        (report("expected", check("performance")), "read the checks performance"),
        (report("structure", check("replay")), "give its target an `evaluate` command"),
        (report("structure", check("evaluate")), "make what its `evaluate` command scores"),
    ],
)
def test_what_would_let_the_evidence_tell_is_named(given: Report, said: str) -> None:
    assert settling(given).startswith(said)
    assert settling(given) in TestAnswer.of(given).next


def test_a_failed_test_points_at_what_it_has_to_show() -> None:
    one = Disagreement(call="[[1],{}]", wanted="1", got="2", why="another answer is right")
    failed = report("expected", check("mended", Verdict.FAILED), verdict=Verdict.FAILED)
    assert "the failed checks show" in TestAnswer.of(failed).next
    shown = report("expected", FEW, verdict=Verdict.FAILED, disagreements=(one,))
    assert "the disagreements show" in TestAnswer.of(shown).next


def fix(given: Report, telling: str) -> GeneratedFix:
    proposal = Proposal(
        id=ProposalId("p-1"),
        targets=(TargetName("shop.share"),),
        files=(),
        kind=ChangeKind.BEHAVIOR_FIX,
        flags=frozenset(),
        findings=(),
        origin="recipe:guard_none",
        rationale="",
        incident=None,
        at=AT,
        changed_lines=1,
    )
    return GeneratedFix(
        proposal=proposal,
        report=given,
        tier=Tier.APPROVE,
        note="line 3; ambiguous (2 clusters)",
        standing=Standing.AMBIGUOUS,
        telling=telling,
    )


@pytest.mark.parametrize("telling", ["[[3],{}]", ""])
def test_a_search_says_what_carried_a_fix_and_which_input_tells_it_from_its_rival(
    telling: str,
) -> None:
    found = Generated(
        target=TargetName("shop.share"),
        proposals=(fix(report("no_crash", FEW), telling),),
        tried=9,
        space=9,
        stopped=StopReason.NO_ORACLE,
        note="",
    )
    answer = GenerateAnswer.of(found)
    (line,) = answer.proposals
    assert line.note == "line 3; ambiguous (2 clusters); evidence: no_crash"
    assert line.recorded_telling_input == (telling or None)
    assert ("the telling input" in answer.next) is bool(telling)
    assert "by mendloop label and record 49 more" in as_commands(answer.next)
