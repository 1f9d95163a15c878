from dataclasses import replace

import pytest

from mendloop.core.validate.cases import Origin, SameAsBefore, TestCase
from mendloop.core.validate.combine import left_out, telling
from mendloop.core.validate.evidence import Evidence
from mendloop.core.validate.judge import judge
from mendloop.model.observation import Case, NotLoaded
from mendloop.model.report import Check, Disagreement, Verdict
from tests.core.validate.lab import ENOUGH, RULE, TARGET, Trial, loaded, observed

OLD = "def quote(x, y):\n    return x * 100 // y\n"
GUARDED = "def quote(x, y):\n    if not y:\n        return 0\n    return x * 100 // y\n"
CRASH = Trial(
    old=OLD,
    new=GUARDED,
    passing=[(number, 3) for number in range(ENOUGH)],
    failing=[(number, 0) for number in range(5, 12)],
)
MADE = tuple(
    TestCase(
        case=Case(id=f"made-up-{number}", args=(number, 7)),
        origin=Origin.GENERATED,
        wanted=SameAsBefore(),
    )
    for number in range(200, 230)
)


def evidence(trial: Trial) -> Evidence:
    """What a sandbox would have seen, with some made-up calls."""
    found = trial.evidence()
    before, after = (observed(loaded(source), MADE) for source in (trial.old, trial.new))
    return replace(
        found,
        generated=MADE,
        base=tuple((*run, *before) for run in found.base if not isinstance(run, NotLoaded)),
        candidate=tuple(
            (*run, *after) for run in found.candidate if not isinstance(run, NotLoaded)
        ),
    )


def generated(found: Evidence) -> Check:
    return next(one for one in judge(found, RULE).checks if one.name == "generated")


def test_an_honest_fix_answers_made_up_calls_as_before() -> None:
    check = generated(evidence(CRASH))
    assert (check.verdict, check.numbers["answered_before"]) == (Verdict.PASSED, len(MADE))
    assert judge(evidence(CRASH), RULE).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("return 1", id="answered-otherwise"),
        pytest.param("return [][x]", id="fails-anew"),
    ],
)
def test_a_difference_on_a_made_up_call_is_for_a_person_to_say(line: str) -> None:
    new = GUARDED.replace("    return x", f"    if x > 210:\n        {line}\n    return x")
    found = judge(evidence(replace(CRASH, new=new)), RULE)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert any(one.call == "[[211,7],{}]" for one in found.disagreements)


def test_a_clear_error_on_a_made_up_call_is_no_new_failure() -> None:
    line = "raise ValueError('too many')"
    new = GUARDED.replace("    return x", f"    if x > 210:\n        {line}\n    return x")
    assert generated(evidence(replace(CRASH, new=new))).numbers["failing_anew"] == 0


def test_where_wrong_answers_are_mended_others_may_change_too() -> None:
    new = "def quote(x, y):\n    return (x * 100 + 1) // y\n"
    wrong = Trial(old=OLD, new=new, wrong=[((13, 7), 185), ((20, 7), 285)])
    assert generated(evidence(wrong)).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("unchanged_breaks", "verdict"),
    [(False, Verdict.FAILED), (True, Verdict.INCONCLUSIVE)],
)
def test_a_new_answer_that_breaks_an_invariant_fails_where_the_others_keep_it(
    unchanged_breaks: bool,  # noqa: FBT001
    verdict: Verdict,
) -> None:
    new = GUARDED.replace("    return x", "    if x > 228:\n        return -1\n    return x")
    found = evidence(replace(CRASH, new=new, target=replace(TARGET, invariants=("result >= 0",))))
    every = (*found.cases, *found.perturbed, *MADE)
    holds = {case.case.id: True for case in every} | {"made-up-229": False}
    if unchanged_breaks:
        holds["made-up-200"] = False
    assert generated(replace(found, invariants=holds)).verdict is verdict


def test_the_smallest_of_each_sort_is_shown_first() -> None:
    every = [
        Disagreement(call="x" * size, wanted="", got="", why=why)
        for size, why in [(9, "rare"), (1, "usual"), (2, "usual"), (3, "usual"), (20, "odd")]
    ]
    shown = telling(every, most=4)
    assert [(len(one.call), one.why) for one in shown] == [
        (1, "usual"),
        (2, "usual"),
        (9, "rare"),
        (20, "odd"),
    ]


def test_only_a_test_of_all_modes_can_pass() -> None:
    known = ("static", "unit")
    assert left_out(known, known) == ()
    (check,) = left_out(["static"], known)
    assert (check.verdict, check.summary[:23]) == (Verdict.INCONCLUSIVE, "Left out as asked for: ")
