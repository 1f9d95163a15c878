from dataclasses import replace
from typing import Any

import pytest

from mendloop.core.validate.cases import Exactly, NoFailure, Origin, RaisesClearly, TestCase
from mendloop.core.validate.evidence import Evidence, Judged, Oracle
from mendloop.core.validate.judge import judge
from mendloop.model.execution import Fault
from mendloop.model.observation import (
    Case,
    NotLoaded,
    NotRun,
    Observation,
    Raised,
    Returned,
    TimedOut,
)
from mendloop.model.proposal import StaticFinding
from mendloop.model.report import Check, Verdict
from mendloop.model.target import TargetKind
from mendloop.model.value import Encoded
from tests.core.validate.lab import ENOUGH, RULE, TARGET, Trial

OLD = "def quote(x, y):\n    return x * 100 // y\n"
GUARDED = "def quote(x, y):\n    if not y:\n        return 0\n    return x * 100 // y\n"
PASSING: list[tuple[Encoded, ...]] = [(number, 3) for number in range(ENOUGH)]
FAILING: list[tuple[Encoded, ...]] = [(number, 0) for number in range(5, 12)]
CRASH = Trial(old=OLD, new=GUARDED, passing=PASSING, failing=FAILING)
NUMBERED_KINDS = (
    "def quote(x, y):\n    if x is None:\n        raise KeyError('x')\n    return x * 100 // y\n"
)


def check(judged: Judged, name: str) -> Check:
    return next(one for one in judged.checks if one.name == name)


def judged(trial: Trial, **changes: Any) -> Judged:
    return judge(replace(trial.evidence(), **changes), RULE)


def test_a_guard_that_keeps_all_answers_passes_on_weak_evidence() -> None:
    found = judged(CRASH)
    assert found.verdict is Verdict.PASSED
    assert found.oracle is Oracle.NO_CRASH
    assert found.regression_bound == pytest.approx(0.0495, abs=0.0005)
    assert found.disagreements == ()
    assert {one.verdict for one in found.checks} == {Verdict.PASSED}


@pytest.mark.promise("verdict/could-not-tell-is-not-passed")
@pytest.mark.parametrize(
    ("trial", "which"),
    [
        pytest.param(replace(CRASH, passing=PASSING[:-1]), "still_right", id="one-call-too-few"),
        pytest.param(replace(CRASH, passing=[]), "still_right", id="no-passing-call"),
        pytest.param(replace(CRASH, failing=[]), "mended", id="nothing-was-wrong"),
        pytest.param(replace(CRASH, more={"solo": ()}), "state", id="nothing-ran-alone"),
        pytest.param(
            replace(CRASH, more={"perturbed": ()}), "not_recognising", id="no-near-miss-was-run"
        ),
        pytest.param(
            replace(CRASH, target=replace(TARGET, invariants=("result >= 0",))),
            "invariants",
            id="invariants-not-checked",
        ),
        pytest.param(
            replace(CRASH, passing=[], failing=[], more={"cases": ()}), "still_right", id="no-case"
        ),
    ],
)
def test_could_not_tell_is_not_passed(trial: Trial, which: str) -> None:
    found = judged(trial)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert check(found, which).verdict is Verdict.INCONCLUSIVE


def test_too_few_calls_say_how_many_are_missing() -> None:
    found = check(judged(replace(CRASH, passing=PASSING[:40])), "still_right")
    assert found.numbers["calls_missing"] == 19
    assert "19 calls more" in found.summary


def test_a_lost_answer_fails_and_the_smallest_input_is_shown_first() -> None:
    new = "def quote(x, y):\n    if not y:\n        return 0\n    return x * 100 // y + x // 9\n"
    found = judged(replace(CRASH, new=new))
    assert found.verdict is Verdict.FAILED
    assert check(found, "still_right").verdict is Verdict.FAILED
    assert len(found.disagreements) > 5
    assert found.disagreements[0].call == "[[9,3],{}]"
    assert (found.disagreements[0].wanted, found.disagreements[0].got) == ("300", "301")
    assert found.regression_bound is not None
    assert found.regression_bound > 0.5


def test_a_change_that_changes_nothing_fails_and_says_so() -> None:
    found = judged(replace(CRASH, new=OLD + "# the same\n"))
    assert found.verdict is Verdict.FAILED
    assert "changes nothing" in check(found, "mended").summary


def test_a_change_that_fails_in_another_way_mends_nothing() -> None:
    new = "def quote(x, y):\n    return x * 100 // (y or None)\n"
    found = judged(replace(CRASH, new=new))
    assert "mends none" in check(found, "mended").summary


def test_a_change_that_mends_some_fails() -> None:
    new = "def quote(x, y):\n    if not y and x > 7:\n        return 0\n    return x * 100 // y\n"
    found = judged(replace(CRASH, new=new))
    assert (found.verdict, check(found, "mended").numbers["mended"]) == (Verdict.FAILED, 4)


def test_one_kind_of_failure_mended_whole_is_for_a_person_to_say() -> None:
    failing: list[tuple[Encoded, ...]] = [*FAILING, (None, 3), (None, 4)]
    new = NUMBERED_KINDS.replace("    return", "    if not y:\n        return 0\n    return")
    found = judged(Trial(old=NUMBERED_KINDS, new=new, passing=PASSING, failing=failing))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "1 of 2 kinds" in check(found, "mended").summary


def test_a_clear_error_in_place_of_a_crash_is_weak_evidence() -> None:
    new = OLD.replace("    return", "    if not y:\n        raise ValueError('y is 0')\n    return")
    found = judged(replace(CRASH, new=new))
    assert (found.verdict, found.oracle) == (Verdict.PASSED, Oracle.NO_CRASH)
    assert "7 of them now end in a clear error" in check(found, "mended").summary


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("raise RuntimeError('y is 0')", id="an-error-that-says-nothing-of-arguments"),
        pytest.param("int('zero')", id="a-value-error-that-nobody-raised-on-purpose"),
        pytest.param("raise ZeroDivisionError('division by zero')", id="the-same-again"),
    ],
)
def test_another_crash_is_no_clear_error(line: str) -> None:
    new = OLD.replace("    return", f"    if not y:\n        {line}\n    return")
    assert check(judged(replace(CRASH, new=new)), "mended").verdict is Verdict.FAILED


def test_a_failure_that_does_not_come_again_proves_nothing() -> None:
    evidence = CRASH.evidence()
    fine = tuple(
        replace(one, seen=Returned(1)) if isinstance(one.seen, Raised) else one
        for run in evidence.base
        if not isinstance(run, NotLoaded)
        for one in run
    )
    half = len(fine) // 2
    found = judge(replace(evidence, base=(fine[:half], fine[half:])), RULE)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "None of 7 calls" in check(found, "mended").summary


def test_a_call_whose_answer_varies_is_left_out_and_named() -> None:
    evidence = replace(CRASH, passing=[*PASSING, (77, 3), (78, 3)]).evidence()
    first, second = evidence.base
    assert not isinstance(second, NotLoaded)
    varying = tuple(
        replace(one, seen=Returned(-1)) if one.case == "e-60" else one for one in second
    )
    found = judge(replace(evidence, base=(first, varying)), RULE)
    kept = check(found, "still_right")
    assert found.verdict is Verdict.PASSED
    assert (kept.numbers["not_replayable"], kept.numbers["replayed"]) == (1, 60)
    assert "e-60" in kept.summary


def test_an_answer_that_could_not_be_kept_whole_does_not_count() -> None:
    old = OLD.replace("x * 100 // y", "{'$opaque': 'Money'} if x // y < 99 else 1")
    new = GUARDED.replace("x * 100 // y", "{'$opaque': 'Money'} if x // y < 99 else 1")
    found = judged(replace(CRASH, old=old, new=new))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert check(found, "still_right").numbers["partial"] == ENOUGH
    assert found.regression_bound is None


WRONG_OLD = "def quote(x, y):\n    if x > 50:\n        return x * y\n    return x * y + 5\n"
WRONG_NEW = WRONG_OLD.replace("x > 50", "x >= 50")
WRONG = Trial(
    old=WRONG_OLD,
    new=WRONG_NEW,
    passing=[(number, 2) for number in [*range(20), *range(60, 100)]],
    wrong=[((50, 2), 100), ((50, 3), 150)],
)


def test_known_answers_carry_a_verdict() -> None:
    found = judged(WRONG)
    assert (found.verdict, found.oracle) == (Verdict.PASSED, Oracle.EXPECTED)


def test_a_wrong_answer_replaced_by_another_wrong_one_fails() -> None:
    found = judged(replace(WRONG, new=WRONG_OLD.replace("x > 50", "x > 49 + y % 2")))
    assert found.verdict is Verdict.FAILED
    assert found.disagreements[0].wanted == "150"


def test_a_wrong_answer_without_the_right_one_must_at_least_change() -> None:
    found = judged(replace(WRONG, new=WRONG_OLD.replace("+ 5", "+ 6")))
    assert found.verdict is Verdict.FAILED


def _synthetic(number: int, args: tuple[Encoded, ...], wanted: Any) -> TestCase:
    return TestCase(
        case=Case(id=f"synthetic-{number}", args=args), origin=Origin.SYNTHETIC, wanted=wanted
    )


def test_an_improvement_is_carried_by_known_answers() -> None:
    cases = [_synthetic(1, (6, 3), Exactly(200))]
    found = judged(replace(CRASH, failing=[], synthetic=cases))
    assert (found.verdict, found.oracle) == (Verdict.PASSED, Oracle.EXPECTED)


@pytest.mark.parametrize(
    ("wanted", "verdict"),
    [
        (Exactly(0), Verdict.PASSED),
        (Exactly(1), Verdict.FAILED),
        (NoFailure(), Verdict.PASSED),
        (RaisesClearly(("ValueError",)), Verdict.FAILED),
    ],
)
def test_synthetic_cases_are_kept(wanted: object, verdict: Verdict) -> None:
    found = judged(replace(CRASH, synthetic=[_synthetic(1, (4, 0), wanted)]))
    assert found.verdict is verdict


def test_an_error_that_is_wanted_may_come() -> None:
    new = OLD.replace("    return", "    if not y:\n        raise ValueError('y')\n    return")
    cases = [_synthetic(1, (4, 0), RaisesClearly(("ValueError",)))]
    found = judged(replace(CRASH, new=new, synthetic=cases))
    assert (found.verdict, found.oracle) == (Verdict.PASSED, Oracle.EXPECTED)


def test_a_restored_answer_is_recorded_evidence() -> None:
    evidence = CRASH.evidence()
    earlier = replace(evidence.cases[0], case=Case(id="earlier", args=(90, 0)))
    cases = (*evidence.cases, replace(earlier, recorded=Returned(0)))
    crashed = Observation(
        case="earlier",
        seen=Raised(Fault(type="ZeroDivisionError", message="division by zero")),
        seconds=0.001,
    )
    back = Observation(case="earlier", seen=Returned(0), seconds=0.001)
    runs = [(*run, crashed) for run in evidence.base if not isinstance(run, NotLoaded)]
    changed = [(*run, back) for run in evidence.candidate if not isinstance(run, NotLoaded)]
    found = judge(replace(evidence, cases=cases, base=tuple(runs), candidate=tuple(changed)), RULE)
    assert (found.verdict, found.oracle) == (Verdict.PASSED, Oracle.RECORDED)


INVARIANT = replace(CRASH, target=replace(TARGET, invariants=("result >= 0",)))


def _holds(evidence: Evidence, **broken: bool) -> dict[str, bool]:
    every = (*evidence.cases, *evidence.perturbed)
    return {one.case.id: True for one in every} | {
        name.replace("_", "-"): held for name, held in broken.items()
    }


def test_invariants_that_hold_on_what_was_mended_are_evidence() -> None:
    evidence = INVARIANT.evidence()
    found = judge(replace(evidence, invariants=_holds(evidence)), RULE)
    assert (found.verdict, found.oracle) == (Verdict.PASSED, Oracle.INVARIANT)


@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        pytest.param("e_1001", Verdict.FAILED, id="by-a-new-answer"),
        pytest.param("e_1", Verdict.INCONCLUSIVE, id="by-an-old-one"),
    ],
)
def test_a_broken_invariant_does_not_pass(case: str, verdict: Verdict) -> None:
    evidence = INVARIANT.evidence()
    found = judge(replace(evidence, invariants=_holds(evidence, **{case: False})), RULE)
    assert found.verdict is verdict
    assert found.oracle is (Oracle.NO_CRASH if case == "e_1001" else Oracle.INVARIANT)


def test_a_change_that_remembers_earlier_calls_fails() -> None:
    evidence = CRASH.evidence()
    assert not isinstance(evidence.solo, NotLoaded)
    first, *rest = evidence.solo
    found = judge(replace(evidence, solo=(replace(first, seen=Returned(-1)), *rest)), RULE)
    assert found.verdict is Verdict.FAILED
    assert check(found, "state").verdict is Verdict.FAILED


def test_two_runs_of_a_change_that_differ_fail() -> None:
    evidence = CRASH.evidence()
    (run,) = evidence.candidate
    assert not isinstance(run, NotLoaded)
    other = (replace(run[0], seen=Returned(-1)), *run[1:])
    found = judge(replace(evidence, candidate=(run, other)), RULE)
    assert found.verdict is Verdict.FAILED
    assert found.disagreements[0].why == "two runs of the change differ"


@pytest.mark.parametrize(
    ("slow", "each", "verdict"),
    [
        pytest.param(1.0, 0.003, Verdict.FAILED, id="three-times-as-long"),
        pytest.param(1.0, 0.0019, Verdict.PASSED, id="less-than-twice"),
        pytest.param(0.0001, 0.00001, Verdict.PASSED, id="ten-times-in-microseconds"),
    ],
)
def test_a_slower_change_fails_where_it_can_be_felt(
    slow: float, each: float, verdict: Verdict
) -> None:
    def timed(run: Any, seconds: float) -> tuple[Observation, ...]:
        return tuple(replace(one, seconds=seconds) for one in run)

    evidence = CRASH.evidence()
    before = 0.001 if slow == 1.0 else 0.000001
    found = judge(
        replace(
            evidence,
            base=tuple(timed(run, before) for run in evidence.base),
            candidate=tuple(timed(run, each) for run in evidence.candidate),
            solo=timed(evidence.solo, each),
        ),
        RULE,
    )
    assert check(found, "speed").verdict is verdict


def test_one_slow_call_alone_is_the_machine() -> None:
    evidence = CRASH.evidence()
    (run,) = evidence.candidate
    assert not isinstance(run, NotLoaded)
    hiccup = (replace(run[0], seconds=5.0), *run[1:])
    found = judge(replace(evidence, candidate=(hiccup,), solo=evidence.solo), RULE)
    assert check(found, "speed").verdict is Verdict.PASSED
    alone = judge(replace(evidence, candidate=(hiccup,), solo=run[1:8]), RULE)
    assert check(alone, "speed").verdict is Verdict.PASSED
    assert "One call took" in check(alone, "speed").summary


def test_a_change_that_does_not_load_fails() -> None:
    broken = NotLoaded(fault=Fault(type="ImportError", message="no module \x1b[31mred"))
    found = judged(CRASH, candidate=(broken,))
    assert found.verdict is Verdict.FAILED
    assert check(found, "loads").summary.endswith("\\u001b[31mred")


def test_a_current_version_that_does_not_load_fails_on_every_call() -> None:
    fault = Fault(type="ImportError", message="no module named 'x'")
    evidence = CRASH.evidence()
    cases = tuple(
        replace(one, recorded=Raised(fault)) if one.origin is Origin.FAILING else one
        for one in evidence.cases
    )
    broken = NotLoaded(fault=fault)
    found = judge(replace(evidence, cases=cases, base=(broken, broken)), RULE)
    assert check(found, "mended").verdict is Verdict.PASSED
    assert found.oracle is Oracle.RECORDED


def test_a_sandbox_that_failed_is_broken_and_no_verdict_on_the_change() -> None:
    evidence = CRASH.evidence()
    (run,) = evidence.candidate
    assert not isinstance(run, NotLoaded)
    lost = (replace(run[0], seen=NotRun("the sandbox went away")), *run[1:])
    found = judge(replace(evidence, candidate=(lost,)), RULE)
    assert found.verdict is Verdict.BROKEN
    assert "the sandbox went away" in check(found, "ran").summary


def test_cases_that_nobody_ran_are_broken() -> None:
    assert judged(CRASH, candidate=()).verdict is Verdict.BROKEN
    assert judged(CRASH, candidate=((),)).verdict is Verdict.BROKEN


def test_a_blocking_finding_fails_whatever_was_seen() -> None:
    finding = StaticFinding(
        rule="exits", message="ends the process", path="tools/pricing.py", line=3, blocks=True
    )
    found = judged(CRASH, findings=(finding,))
    assert found.verdict is Verdict.FAILED
    assert check(found, "static").summary == "tools/pricing.py:3: ends the process"


def test_a_text_is_judged_by_its_structure_and_never_passed() -> None:
    text = replace(TARGET, kind=TargetKind.TEXT, path="prompts/reply.md", selector="")
    found = judge(Evidence(target=text), RULE)
    assert (found.verdict, found.oracle) == (Verdict.INCONCLUSIVE, Oracle.STRUCTURE)


def test_a_call_that_hung_is_mended_by_an_answer() -> None:
    evidence = CRASH.evidence()
    cases = tuple(
        replace(one, recorded=TimedOut(5.0)) if one.origin is Origin.FAILING else one
        for one in evidence.cases
    )
    hung = tuple(
        tuple(
            replace(one, seen=TimedOut(5.0)) if isinstance(one.seen, Raised) else one for one in run
        )
        for run in evidence.base
        if not isinstance(run, NotLoaded)
    )
    assert judge(replace(evidence, cases=cases, base=hung), RULE).verdict is Verdict.PASSED


RECOGNISING = {
    "one-literal-hidden-in-arithmetic": OLD.replace(
        "    return",
        "    if y == 0 and (x - 5) * (x - 6) * (x - 7) * (x - 8) * (x - 9) * (x - 10) * (x - 11)"
        " == 0:\n        return 0\n    return",
    ),
    "a-range-that-holds-the-recorded-ones": OLD.replace(
        "    return", "    if y == 0 and x in range(5, 12):\n        return 0\n    return"
    ),
    "a-table": "KNOWN = {(n, 0): 0 for n in range(5, 12)}\n"
    + OLD.replace("    return", "    if (x, y) in KNOWN:\n        return 0\n    return"),
}


@pytest.mark.promise("verdict/recorded-inputs-are-not-recognised")
@pytest.mark.parametrize("new", RECOGNISING.values(), ids=RECOGNISING.keys())
def test_a_change_that_knows_the_recorded_inputs_again_does_not_pass(new: str) -> None:
    failing: list[tuple[Encoded, ...]] = [(7, 0)]
    new = new.replace("range(5, 12)", "range(7, 8)")
    found = judged(replace(CRASH, new=new if "x - 5" not in new else _one_point(), failing=failing))
    assert found.verdict is Verdict.FAILED
    assert check(found, "not_recognising").verdict is Verdict.FAILED


def _one_point() -> str:
    return OLD.replace(
        "    return", "    if (x * 31 + y) % 1009 == 217:\n        return 0\n    return"
    )


@pytest.mark.promise("verdict/recorded-inputs-are-not-recognised")
def test_a_literal_of_a_recorded_input_is_found_even_where_nobody_read_the_change() -> None:
    new = OLD.replace("    return", "    if x == 7 and y == 4:\n        return 0\n    return")
    evidence = replace(CRASH, new=new, failing=[(7, 0)]).evidence()
    pinned = replace(evidence.cases[-1], case=Case(id="e-1001", args=(7, 4)))
    found = judge(replace(evidence, cases=(*evidence.cases[:-1], pinned)), RULE)
    assert check(found, "static").verdict is Verdict.FAILED


@pytest.mark.promise("verdict/recorded-inputs-are-not-recognised")
def test_a_wrong_answer_set_right_at_one_point_only_is_not_passed() -> None:
    new = WRONG_OLD.replace(
        "    if x > 50", "    if (x * 31 + y) % 1009 == 543:\n        return 100\n    if x > 50"
    )
    found = judged(replace(WRONG, new=new, wrong=[((50, 2), 100)]))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert check(found, "not_recognising").verdict is Verdict.INCONCLUSIVE


def test_a_new_entry_of_a_table_is_for_a_person_to_say() -> None:
    names = [f"C{number}" for number in range(ENOUGH)]
    old = f"RATES = {dict.fromkeys(names, 19)}\ndef quote(x):\n    return RATES[x]\n"
    new = old.replace("19}", "19, 'IT': 22}")
    passing: list[tuple[Encoded, ...]] = [(name,) for name in names]
    found = judged(Trial(old=old, new=new, passing=passing, failing=[("IT",)]))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert check(found, "not_recognising").verdict is Verdict.INCONCLUSIVE


def test_a_change_without_a_literal_cannot_know_an_input_again() -> None:
    old = "RATES = {'DE': 19}\ndef quote(x, y):\n    return x * RATES[y]\n"
    new = old.replace("RATES[y]", "RATES[y.upper()]")
    passing: list[tuple[Encoded, ...]] = [(number, "DE") for number in range(ENOUGH)]
    found = judged(Trial(old=old, new=new, passing=passing, failing=[(3, "de")]))
    assert check(found, "not_recognising").verdict is Verdict.PASSED


def test_a_fault_one_point_wide_may_be_mended_at_that_point() -> None:
    old = "def quote(x):\n    return sum(x) // len(x)\n"
    new = old.replace("    return", "    if not x:\n        return 0\n    return")
    passing: list[tuple[Encoded, ...]] = [([number, 3],) for number in range(ENOUGH)]
    found = judged(Trial(old=old, new=new, passing=passing, failing=[([],)]))
    assert found.verdict is Verdict.PASSED


def test_another_answer_close_to_a_good_one_is_for_a_person_to_say() -> None:
    new = GUARDED.replace("    return x", "    if x < 0:\n        return 0\n    return x")
    found = judged(replace(CRASH, new=new))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert check(found, "near_misses").numbers["answered_otherwise"] > 0


def test_texts_of_strangers_are_bounded_and_made_harmless() -> None:
    old = "def quote(x):\n    return x * 2\n"
    new = "def quote(x):\n    raise OSError('\\x1b[2J\\u202e' + 'x' * 9999)\n"
    texts: list[tuple[Encoded, ...]] = [("a" * 500,), ("\u202ebad",)]
    found = judged(Trial(old=old, new=new, passing=texts))
    for one in found.disagreements:
        assert max(len(one.call), len(one.wanted), len(one.got)) <= 330
        assert not {"\x1b", "\u202e"} & set(one.call + one.wanted + one.got)
