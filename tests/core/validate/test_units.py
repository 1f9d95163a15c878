from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.validate.units import (
    FileSeen,
    Units,
    compared,
    file_seen,
    unit_check,
    unlike,
)
from mendloop.model.execution import Fault
from mendloop.model.observation import Crashed, NotRun, Observation, Raised, Returned, Seen
from mendloop.model.report import Verdict
from mendloop.model.value import Encoded
from tests.core.values import encoded

FILE = "tests/test_a.py"
NODE = f"{FILE}::test_it"
outcomes = st.sampled_from(["passed", "failed", "error", "skipped"])
seen = st.one_of(
    outcomes.map(lambda outcome: FileSeen(tests={NODE: (outcome, "")})),
    st.sampled_from([FileSeen(ended="crashed"), FileSeen(not_run="no time"), FileSeen()]),
)
runs = st.lists(seen, min_size=1, max_size=3)


def units(base: list[FileSeen], candidate: list[FileSeen]) -> Units:
    return Units(
        files=(FILE,),
        reaching=1,
        base=tuple({FILE: one} for one in base),
        candidate=tuple({FILE: one} for one in candidate),
    )


def told(outcome: str) -> FileSeen:
    return FileSeen(tests={NODE: (outcome, "assert 3 == 2")})


@pytest.mark.promise("verdict/lost-tests-fail-a-change")
@given(runs, runs)
def test_a_test_that_passed_must_pass_every_time_or_nothing_passes(
    base: list[FileSeen], candidate: list[FileSeen]
) -> None:
    check = unit_check(units(base, candidate))
    passed_before = all(one.tests.get(NODE, ("",))[0] == "passed" for one in base)
    passes = all(one.tests.get(NODE, ("",))[0] == "passed" for one in candidate)
    if passed_before and not passes:
        assert check.verdict in {Verdict.FAILED, Verdict.INCONCLUSIVE}
    if check.verdict is Verdict.FAILED:
        assert passed_before
        assert all(one.ended or one.tests[NODE][0] in {"failed", "error"} for one in candidate)


@given(runs, runs)
def test_every_test_is_in_one_group(base: list[FileSeen], candidate: list[FileSeen]) -> None:
    found = compared(units(base, candidate))
    groups = [set(getattr(found, name)) for name in found.__slots__]
    assert all(not one & other for one, other in pairwise(groups))
    assert len(set[str]().union(*groups)) <= 1


@pytest.mark.parametrize(
    ("base", "candidate", "verdict"),
    [
        (["passed"], ["passed"], Verdict.PASSED),
        (["passed", "passed"], ["failed", "failed"], Verdict.FAILED),
        (["passed", "passed"], ["failed", "passed"], Verdict.INCONCLUSIVE),
        (["passed", "passed"], ["skipped", "skipped"], Verdict.INCONCLUSIVE),
        (["passed", "failed"], ["failed", "failed"], Verdict.INCONCLUSIVE),
        (["failed"], ["failed"], Verdict.INCONCLUSIVE),
        (["failed", "failed"], ["passed", "passed"], Verdict.PASSED),
    ],
)
def test_what_a_test_says_of_a_change(
    base: list[str], candidate: list[str], verdict: Verdict
) -> None:
    assert unit_check(units([*map(told, base)], [*map(told, candidate)])).verdict is verdict


def test_only_files_in_which_versions_differ_are_run_again() -> None:
    assert unlike(units([told("passed")], [told("passed")])) == ()
    assert unlike(units([told("failed")], [told("failed")])) == ()
    assert unlike(units([told("passed")], [told("failed")])) == (FILE,)
    assert unlike(units([told("passed")], [FileSeen(ended="exit status 0")])) == (FILE,)


def test_a_file_that_never_loads_the_module_says_nothing() -> None:
    idle = FileSeen(tests={NODE: ("passed", "")}, loaded=False)
    check = unit_check(units([idle], [told("failed")]))
    assert check.verdict is Verdict.INCONCLUSIVE
    assert check.numbers["files_not_loading_it"] == 1


def test_without_a_test_there_is_nothing_to_object_and_that_is_said() -> None:
    check = unit_check(Units())
    assert (check.verdict, check.summary) == (
        Verdict.PASSED,
        "No test of the project reaches it.",
    )


@pytest.mark.promise("verdict/could-not-tell-is-not-passed")
def test_tests_that_could_not_be_run_do_not_pass() -> None:
    check = unit_check(Units(files=(FILE,), reaching=1, unavailable="Not available: no pytest."))
    assert check.verdict is Verdict.INCONCLUSIVE


@given(encoded)
def test_whatever_the_harness_is_made_to_say_can_be_read(value: Encoded) -> None:
    forged: list[Encoded] = [value, {"tests": [value, [value, value, value]], "loaded": True}]
    for said in forged:
        found = file_seen(Observation(case=FILE, seen=Returned(said), seconds=0.0))
        assert all(node == value for node in found.tests)


@pytest.mark.parametrize(
    "seen", [Crashed("signal 11"), Raised(Fault(type="SystemExit", message="")), Returned(1)]
)
def test_a_file_that_tells_nothing_has_ended(seen: Seen) -> None:
    assert file_seen(Observation(case=FILE, seen=seen, seconds=0.0)).ended


def test_a_file_that_was_not_run_is_no_objection_to_the_code() -> None:
    found = file_seen(Observation(case=FILE, seen=NotRun("no time"), seconds=0.0))
    assert (found.not_run, found.ended) == ("no time", "")
