from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.repair.rank import Behaviour, grouped, telling


def behaviour(number: int, cost: float, *answers: str, anew: int = 0) -> Behaviour:
    return Behaviour(number=number, cost=cost, answers=answers, anew=anew)


def test_changes_that_answer_alike_are_one_group_and_its_cheapest_stands_for_it() -> None:
    (group,) = grouped([behaviour(0, 3.0, "1", "2"), behaviour(1, 2.0, "1", "2")])
    assert group.best.number == 1


def test_a_behaviour_that_several_changes_share_comes_before_a_lone_one() -> None:
    lone = behaviour(0, 1.0, "a")
    shared = [behaviour(1, 1.5, "b"), behaviour(2, 1.5, "b")]
    first, second = grouped([lone, *shared])
    assert (first.best.number, second.best.number) == (1, 0)


def test_a_behaviour_that_fails_where_nothing_failed_comes_later() -> None:
    first, second = grouped([behaviour(0, 1.0, "a", "x", anew=1), behaviour(1, 1.2, "a", "b")])
    assert (first.best.number, second.best.number) == (1, 0)


def test_the_first_input_that_tells_two_changes_apart_is_named() -> None:
    assert telling(behaviour(0, 1.0, "a", "b"), behaviour(1, 1.0, "a", "c")) == 1
    assert telling(behaviour(0, 1.0, "a"), behaviour(1, 1.0, "a")) is None


behaviours = st.lists(
    st.tuples(st.floats(0.1, 10), st.sampled_from("abc"), st.integers(0, 1)), max_size=12
)


@given(behaviours)
def test_every_change_is_in_one_group(raw: list[tuple[float, str, int]]) -> None:
    every = [behaviour(n, cost, text, anew=anew) for n, (cost, text, anew) in enumerate(raw)]
    found = [one.number for group in grouped(every) for one in group.members]
    assert sorted(found) == list(range(len(every)))
    assert [group.score for group in grouped(every)] == sorted(g.score for g in grouped(every))
