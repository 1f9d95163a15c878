from math import sqrt

from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.investigate.spectrum import MOST, ochiai, rank, reordered

SOURCE = "\n".join(f"line {number}" for number in range(1, 31))
runs = st.lists(st.frozensets(st.integers(1, 30), max_size=12), max_size=8)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_a_score_lies_between_nothing_and_one(failing: int, others: int, passing: int) -> None:
    assert 0.0 <= ochiai(failing, passing, failures=failing + others) <= 1.0


@given(st.integers(1, 50), st.integers(0, 50), st.integers(1, 50))
def test_failing_calls_raise_a_score_and_passing_ones_lower_it(
    failing: int, passing: int, others: int
) -> None:
    failures = failing + others
    here = ochiai(failing, passing, failures=failures)
    assert ochiai(failing + 1, passing, failures=failures) > here
    assert ochiai(failing, passing + 1, failures=failures) < here


@given(runs, runs, st.sets(st.integers(1, 30), max_size=3))
def test_only_lines_of_the_function_that_failing_calls_ran_are_ranked(
    failing: list[frozenset[int]], passing: list[frozenset[int]], raised: set[int]
) -> None:
    found = rank(failing, passing, SOURCE, within=range(5, 20), last_frames=raised)
    lines = [one.line for one in found]
    assert len(lines) == len(set(lines)) <= MOST
    assert all(5 <= line < 20 for line in lines)
    assert all(one.failing or one.line in raised for one in found)
    assert found == rank(failing, passing, SOURCE, within=range(5, 20), last_frames=raised)


def test_the_line_that_only_failing_calls_run_comes_first() -> None:
    failing = [frozenset({1, 2, 3}), frozenset({1, 2, 3})]
    passing = [frozenset({1, 2, 4}), frozenset({1, 4})]
    first, second, third = rank(failing, passing, SOURCE, within=range(1, 9))
    assert (first.line, first.score, first.text) == (3, 1.0, "line 3")
    assert (second.line, second.score) == (2, 2 / sqrt(6))
    assert (third.line, third.failing, third.passing) == (1, 2, 2)


def test_the_line_that_raised_comes_sooner_but_keeps_its_score() -> None:
    failing = [frozenset({1, 2, 3})]
    passing = [frozenset({1, 2}), frozenset({1})]
    plain = [one.line for one in rank(failing, passing, SOURCE, within=range(1, 9))]
    raised = rank(failing, passing, SOURCE, within=range(1, 9), last_frames=[1])
    assert plain == [3, 2, 1]
    assert [one.line for one in raised] == [3, 1, 2]
    assert raised[1].score == 1 / sqrt(3)


def test_without_a_trace_the_line_that_raised_is_all_there_is() -> None:
    (only,) = rank([], [], SOURCE, within=range(1, 9), last_frames=[4, 99])
    assert (only.line, only.score) == (4, 0.0)


def test_helpers_count_and_equals_stand_in_order() -> None:
    found = rank([frozenset({2, 9, 20})], [], SOURCE, within=range(1, 5), helpers=[range(8, 10)])
    assert [one.line for one in found] == [2, 9]


def test_of_equals_the_line_with_more_that_could_be_wrong_comes_first() -> None:
    source = "def f(a, b):\n    c = a\n    return max(c[0] + 1, b)\n"
    found = rank([frozenset({2, 3})], [], source, within=range(1, 4))
    assert [one.line for one in found] == [3, 2]


def test_a_line_of_which_an_edit_mends_calls_comes_first_and_others_keep_their_order() -> None:
    found = rank([frozenset({5, 6, 7})], [], SOURCE, within=range(5, 20))
    lines = [one.line for one in found]
    last = lines[-1]
    told = reordered(found, {last: 3, lines[0]: -2})
    assert [one.line for one in told] == [last, *lines[:-1]]
    assert [one.mended for one in told] == [3, *[0] * (len(lines) - 1)]


def test_the_first_line_of_a_statement_stands_for_all_of_it() -> None:
    source = "def f(x):\n    y = g(\n        x,\n        x + 1,\n    )\n    return y\n"
    found = rank([frozenset({2, 3, 4, 6})], [], source, within=range(1, 7))
    assert [one.line for one in found][:2] == [2, 6]
