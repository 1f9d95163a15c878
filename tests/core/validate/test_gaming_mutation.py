import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.validate.mutants import changed, mutants
from mendloop.core.validate.mutation import Tried, noticed, score, telling
from mendloop.model.report import Verdict
from tests.core.validate.lab import Trial, loaded, observed

OLD = "def quote(x, y):\n    return x // y\n"
NEW = '''def quote(x, y):
    """The share."""
    if y == 0 and x >= 10:
        return x + 1
    if not y:
        return 0
    return x // y
'''
EVERY_LINE = frozenset(range(1, 100))


def tried(trial: Trial, most: int = 60) -> list[Tried]:
    """Every mutant of the changed lines, run on the calls of a trial."""
    evidence = trial.evidence()
    rows = telling(evidence, most=100)
    lines = changed(trial.old, trial.new)
    return [
        Tried(
            mutant=one,
            noticed=noticed(
                evidence, one, rows, observed(loaded(one.source), [row.case for row in rows])
            ),
        )
        for one in mutants(trial.new, lines, most=most)
    ]


def test_the_changed_lines_are_those_that_are_new() -> None:
    assert changed(OLD, NEW) == {2, 3, 4, 5, 6}
    assert changed(NEW, OLD) == frozenset()
    assert changed("", "a\nb\n") == {1, 2}


def test_a_mutant_has_one_small_error_and_keeps_its_line_numbers() -> None:
    made = mutants(NEW, EVERY_LINE, most=100)
    assert {one.what for one in made} >= {
        "y == 0 -> y != 0", "x >= 10 -> x > 10", "10 -> 11", "x + 1 -> x - 1", "x // y -> x / y",
        "y == 0 and x >= 10 -> y == 0 or x >= 10", "not y -> y", "x // y -> None",
    }  # fmt: skip
    for one in made:
        ast.parse(one.source)
        assert one.source != NEW
        assert one.source.count("\n") == NEW.count("\n")


def test_an_expression_over_several_lines_keeps_its_lines() -> None:
    source = "def quote(x, y):\n    return (x +\n            y)\n\n\nLAST = 5\n"
    for one in mutants(source, frozenset({2, 3}), most=20):
        assert one.source.endswith("\n\n\nLAST = 5\n")
        assert one.source.count("\n") == source.count("\n")


def test_a_line_beyond_ascii_is_cut_where_it_should_be() -> None:
    source = 'def quote(x, y):\n    return "\u00e4\u00f6" + x if x == 1 else y\n'
    by_name = {one.what: one.source for one in mutants(source, frozenset({2}), most=20)}
    assert by_name["x == 1 -> x != 1"] == source.replace("x == 1", "(x != 1)")


def test_only_the_named_lines_are_touched_and_each_has_its_turn() -> None:
    assert {one.line for one in mutants(NEW, frozenset({3}), most=50)} == {3}
    assert {one.line for one in mutants(NEW, EVERY_LINE, most=5)} == {3, 4, 5, 6, 7}


@given(st.sets(st.integers(1, 7)), st.integers(0, 30))
def test_the_same_lines_give_the_same_mutants(lines: set[int], most: int) -> None:
    made = mutants(NEW, frozenset(lines), most=most)
    assert made == mutants(NEW, frozenset(lines), most=most)
    assert len(made) <= most
    assert len({one.source for one in made}) == len(made)


@pytest.mark.parametrize("source", ["", "def quote(:", "x = 1 +"])
def test_what_cannot_be_read_has_no_mutants(source: str) -> None:
    assert mutants(source, EVERY_LINE, most=9) == ()


def test_what_nobody_reads_as_code_is_left_alone() -> None:
    source = '"""1."""\n\n\ndef quote(x: "int") -> "str":\n    raise ValueError("1")\n'
    assert mutants(source, EVERY_LINE, most=9) == ()


STRONG = Trial(
    old=OLD,
    new="def quote(x, y):\n    if y == 0:\n        return x\n    return x // y\n",
    passing=[(n, 1 + n % 5) for n in range(20)],
    synthetic=(),
    failing=[(n, 0) for n in range(5)],
)


def test_a_history_that_meets_the_changed_lines_notices_most_errors() -> None:
    check = score(tried(STRONG), left=0, calls=25).named("mutation").check
    assert check.numbers["mutants"] >= 4
    assert check.numbers["score"] >= 0.5


@pytest.mark.promise("verdict/weak-history-is-told")
def test_a_history_that_misses_a_branch_is_told_with_its_line() -> None:
    new = STRONG.new.replace("return x // y", "if x > 5000:\n        return 7\n    return x // y")
    found = score(tried(Trial(old=OLD, new=new, passing=STRONG.passing, failing=STRONG.failing)),
                  left=0, calls=25)  # fmt: skip
    assert found.verdict is Verdict.PASSED
    assert found.numbers["score"] < 0.8
    assert found.summary.startswith("The history is weak here: the recorded calls would not notice")
    assert "line " in found.summary


def test_without_a_mutant_there_is_no_score() -> None:
    found = score((), left=0, calls=9)
    assert "score" not in found.numbers
    assert found.verdict is Verdict.PASSED


def test_calls_that_the_change_gets_wrong_notice_nothing() -> None:
    worse = Trial(old=OLD, new="def quote(x, y):\n    return x + 1\n", passing=STRONG.passing)
    assert telling(worse.evidence(), most=9) == ()
