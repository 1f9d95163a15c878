from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.validate.cases import (
    AnythingBut,
    Exactly,
    NoFailure,
    Origin,
    SameAsBefore,
    TestCase,
    Wanted,
)
from mendloop.core.validate.evidence import Evidence, JudgeRule
from mendloop.core.validate.judge import judge
from mendloop.model.execution import Fault
from mendloop.model.observation import (
    Case,
    Crashed,
    Observation,
    Raised,
    Returned,
    Seen,
    TimedOut,
)
from mendloop.model.report import Verdict
from tests.core.validate.lab import TARGET

EASY = JudgeRule(regression_bound=1.0, slower_factor=2.0)
"""Asks for no number of calls, so that everything else decides."""

answers = st.integers(0, 3).map(Returned)
failures = st.one_of(
    st.sampled_from(["TypeError", "KeyError"]).map(
        lambda kind: Raised(Fault(type=kind, message="no"))
    ),
    st.just(TimedOut(1.0)),
    st.just(Crashed("signal 11")),
)
seen: st.SearchStrategy[Seen] = st.one_of(answers, failures)


@dataclass(frozen=True, slots=True)
class Lived:
    """A case, what the current version does, and what the change does."""

    case: TestCase
    before: Seen
    after: Seen


@st.composite
def lived(draw: st.DrawFn, number: int) -> Lived:
    origin = draw(st.sampled_from([Origin.PASSING, Origin.FAILING, Origin.WRONG, Origin.SYNTHETIC]))
    before: Seen
    wanted: Wanted
    match origin:
        case Origin.PASSING:
            before, wanted = draw(answers), SameAsBefore()
        case Origin.FAILING:
            before, wanted = draw(failures), NoFailure()
        case Origin.WRONG:
            returned = draw(answers)
            before = returned
            wanted = AnythingBut(returned.value) if draw(st.booleans()) else Exactly(4)
        case _:
            before, wanted = draw(seen), Exactly(draw(st.integers(0, 3)))
    case = TestCase(
        case=Case(id=f"c-{number}", args=(number,)),
        origin=origin,
        wanted=wanted,
        recorded=None if origin is Origin.SYNTHETIC else before,
        group=draw(st.sampled_from(["one", "two"])),
    )
    return Lived(case, before, draw(seen))


def met(one: Lived) -> bool:
    """Whether what is wanted is had, said as plainly as can be."""
    match one.case.wanted, one.after:
        case SameAsBefore(), after:
            return after == one.before
        case Exactly(value), Returned(got):
            return value == got
        case AnythingBut(value), Returned(got):
            return value != got
        case NoFailure(), Returned():
            return True
        case _:
            return False


def evidence(cases: list[Lived]) -> Evidence:
    def run(pick: str) -> tuple[Observation, ...]:
        return tuple(
            Observation(case=one.case.case.id, seen=getattr(one, pick), seconds=0.0)
            for one in cases
        )

    return Evidence(
        target=TARGET,
        cases=tuple(one.case for one in cases),
        base=(run("before"), run("before")),
        candidate=(run("after"),),
        solo=run("after"),
    )


everything = st.integers(1, 8).flatmap(lambda many: st.tuples(*map(lived, range(many))).map(list))


@pytest.mark.promise("verdict/could-not-tell-is-not-passed")
@given(everything)
def test_nothing_passes_on_which_something_wanted_is_not_had(cases: list[Lived]) -> None:
    if judge(evidence(cases), EASY).verdict is Verdict.PASSED:
        assert all(map(met, cases))


@given(everything)
def test_what_has_a_reason_and_all_that_is_wanted_passes(cases: list[Lived]) -> None:
    bare = [replace(one, case=replace(one.case, case=Case(id=one.case.case.id))) for one in cases]
    reason = any(one.case.origin is not Origin.PASSING for one in cases)
    passed = judge(evidence(bare), EASY).verdict is Verdict.PASSED
    assert passed == (reason and all(map(met, cases)))


@given(everything)
def test_a_verdict_is_no_better_than_any_of_its_checks(cases: list[Lived]) -> None:
    found = judge(evidence(cases), EASY)
    if any(one.verdict is Verdict.FAILED for one in found.checks):
        assert found.verdict is Verdict.FAILED
    if found.verdict is Verdict.PASSED:
        assert {one.verdict for one in found.checks} == {Verdict.PASSED}


@given(everything)
def test_each_disagreement_is_told_once_and_the_smallest_come_first(cases: list[Lived]) -> None:
    found = judge(evidence(cases), EASY).disagreements
    assert len({one.call for one in found}) == len(found)
    assert [len(one.call) for one in found] == sorted(len(one.call) for one in found)


@given(everything)
def test_a_change_that_changes_nothing_never_passes_where_something_failed(
    cases: list[Lived],
) -> None:
    same = [Lived(one.case, one.before, one.before) for one in cases]
    failing = any(one.case.origin in {Origin.FAILING, Origin.WRONG} for one in cases)
    verdict = judge(evidence(same), EASY).verdict
    assert verdict is Verdict.FAILED if failing else verdict is not Verdict.BROKEN
