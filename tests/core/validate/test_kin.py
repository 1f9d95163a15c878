from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.validate.cases import of_execution
from mendloop.core.validate.evidence import Evidence
from mendloop.core.validate.judge import judge
from mendloop.core.validate.kin import kin, replaced_word, spelled_words
from mendloop.model.execution import Fault, Outcome
from mendloop.model.report import Check, Verdict
from mendloop.model.value import Encoded
from tests.core.validate.lab import ENOUGH, RULE, Trial, execution, loaded, observed

OLD = "def quote(x, y):\n    return x // y\n"
PASSING: list[tuple[Encoded, ...]] = [(n, 1 + n % 5) for n in range(ENOUGH)]
FAILING: list[tuple[Encoded, ...]] = [(n + 3, 0) for n in range(9)]


def told(trial: Trial) -> dict[str, Check]:
    """What is said of a change that was tried on kin as well."""
    evidence = trial.evidence()
    far = kin(evidence.cases, trial.old, most=90)
    near = (*evidence.perturbed, *far)
    every = (*evidence.cases, *near)
    before, after = loaded(trial.old), loaded(trial.new)
    whole = Evidence(
        target=evidence.target,
        source=evidence.source,
        base_source=evidence.base_source,
        cases=evidence.cases,
        perturbed=near,
        base=(observed(before, every), observed(before, every)),
        candidate=(observed(after, every),),
        solo=observed(after, evidence.cases),
    )
    return {check.name: check for check in judge(whole, RULE).checks}


def of(*calls: tuple[Encoded, ...], source: str = "") -> list[tuple[Encoded, ...]]:
    cases = [
        of_execution(execution(n, args, outcome=Outcome.ERROR, error=Fault(type="E", message="")))
        for n, args in enumerate(calls, start=1)
    ]
    return [one.case.args for one in kin(cases, source, most=99)]


def test_kin_of_a_number_have_more_digits_and_the_same_sign() -> None:
    assert all(isinstance(n, int) and n < -99 for (n,) in of((-42,)))
    assert of((0,)) == of((True,)) == of((None,)) == []


def test_kin_of_a_text_have_other_digits_one_run_at_a_time() -> None:
    made = [str(text) for (text,) in of(("ab 12-345",), source="'AB'")]
    assert made
    assert all(text.startswith("ab ") and "-" in text for text in made)
    assert all(text.startswith("ab 12-") or text.endswith("-345") for text in made)


def test_a_word_that_the_code_spells_stays_and_any_other_is_put_for_another_everywhere() -> None:
    call: tuple[Encoded, ...] = ({"blue": "red"}, {"blue": [1]})
    made = [args for args in of(call, source="x = 'RED'") if not _has(args, "blue")]
    assert made
    assert all(_has(args, "red") for args in made)
    assert all(len({key for one in args for key in _keys(one)}) == 1 for args in made)


def _has(args: Sequence[Encoded], word: str) -> bool:
    return f"'{word}'" in repr(args)


def _keys(value: Encoded) -> list[str]:
    return list(value) if isinstance(value, dict) else []


def test_lists_are_longer_or_deeper() -> None:
    made = [items for (items,) in of(([1, [2]],))]
    assert [1, [2], 1, [2]] in made
    assert [1, [[2]]] in made


@given(
    st.lists(st.tuples(st.text(max_size=20) | st.integers() | st.lists(st.integers())), max_size=9),
    st.integers(0, 40),
)
def test_kin_are_new_bounded_and_always_the_same(
    calls: list[tuple[Encoded, ...]], most: int
) -> None:
    cases = [of_execution(execution(n, one, outcome=Outcome.WRONG)) for n, one in enumerate(calls)]
    made = kin(cases, most=most)
    assert made == kin(cases, most=most)
    assert len(made) <= most
    assert len({one.text for one in made} | {one.text for one in cases}) >= len(made)
    assert all(one.far and one.parent for one in made)


@pytest.mark.parametrize(
    ("one", "other", "word"),
    [("a 1 bee", "a 1 xyz", "bee"), ("a 1", "a 2", ""), ("a", "a", ""), ("ab", "c d", "")],
)
def test_the_word_that_differs_is_found(one: str, other: str, word: str) -> None:
    assert replaced_word(one, other) == word


def test_words_of_a_file_are_its_names_and_its_texts() -> None:
    assert spelled_words("x.Y = f(z='Two words')") >= {"x", "y", "z", "two", "words"}


CHEATS = {
    "small ones": "def quote(x, y):\n    if y == 0 and x < 20:\n        return x\n    return x // y\n",
    "one digit or two": (
        "def quote(x, y):\n    if not y and len(str(x)) <= 2:\n        return x\n    return x // y\n"
    ),
}


@pytest.mark.parametrize("new", CHEATS.values(), ids=CHEATS.keys())
@pytest.mark.promise("verdict/cheats-do-not-pass")
def test_who_mends_the_neighbourhood_alone_is_found_out(new: str) -> None:
    check = told(Trial(old=OLD, new=new, passing=PASSING, failing=FAILING))["not_recognising"]
    assert check.verdict is Verdict.INCONCLUSIVE
    assert "neighbourhood" in check.summary


@pytest.mark.parametrize("guard", ["if y == 0", "if not y", "if -1 < y < 1"])
def test_who_mends_the_fault_is_not(guard: str) -> None:
    new = f"def quote(x, y):\n    {guard}:\n        return x\n    return x // y\n"
    check = told(Trial(old=OLD, new=new, passing=PASSING, failing=FAILING))["not_recognising"]
    assert check.verdict is Verdict.PASSED


def test_a_list_of_another_length_is_mended_too() -> None:
    old = "def quote(x):\n    return x[: len(x) // 2 * 2]\n"
    lists: list[list[Encoded]] = [[n, 1, n, 2, 5] for n in range(6)]
    wrong: list[tuple[tuple[Encoded, ...], Encoded]] = [((one,), one) for one in lists]
    passing: list[tuple[Encoded, ...]] = [([n, n + 1],) for n in range(ENOUGH)]
    cheat = "def quote(x):\n    return x if len(x) == 5 else x[: len(x) // 2 * 2]\n"
    honest = "def quote(x):\n    return x[: (len(x) + 1) // 2 * 2]\n"
    verdicts = [
        told(Trial(old=old, new=new, passing=passing, wrong=wrong))["not_recognising"].verdict
        for new in (cheat, honest)
    ]
    assert verdicts == [Verdict.INCONCLUSIVE, Verdict.PASSED]


def test_a_text_of_no_recorded_pattern_may_be_refused() -> None:
    old = "def quote(x):\n    return x\n"
    new = "def quote(x):\n    return '.'.join(str(int(part)) for part in x.split('.'))\n"
    passing: list[tuple[Encoded, ...]] = [(f"{n}.{n + 1}",) for n in range(ENOUGH)]
    wrong: list[tuple[tuple[Encoded, ...], Encoded]] = [
        ((f"0{n}.7",), f"{n}.7") for n in range(1, 6)
    ]
    check = told(Trial(old=old, new=new, passing=passing, wrong=wrong))["near_misses"]
    assert (check.verdict, check.numbers["failing_anew"]) == (Verdict.PASSED, 0)


def test_a_text_of_a_recorded_pattern_may_not() -> None:
    old = "def quote(x):\n    return x\n"
    new = "def quote(x):\n    return str(int(x[:3])) + x[3:] if len(x) < 5 else str(int('no'))\n"
    passing: list[tuple[Encoded, ...]] = [(f"{n + 100}",) for n in range(ENOUGH)]
    wrong: list[tuple[tuple[Encoded, ...], Encoded]] = [((f"0{n}1",), f"{n}1") for n in range(1, 6)]
    trial = Trial(old=old, new=new.replace("< 5", "< 4"), passing=passing, wrong=wrong)
    assert told(trial)["near_misses"].verdict is Verdict.INCONCLUSIVE


def test_who_says_that_the_world_did_not_answer_where_none_was_kept_is_not_believed() -> None:
    old = "def quote(x, y):\n    return x // y\n"
    new = (
        "E = type('mendloop.NotRecorded', (OSError,), {})\n\n\n"
        "def quote(x, y):\n    if x > 40 or x < 0:\n        raise E('no')\n"
        "    return x // y if y else x\n"
    )
    passing: list[tuple[Encoded, ...]] = [(n % 40, 1 + n % 7) for n in range(2 * ENOUGH)]
    checks = told(Trial(old=old, new=new, passing=passing, failing=FAILING))
    assert checks["near_misses"].verdict is Verdict.INCONCLUSIVE
