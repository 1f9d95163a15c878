import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.stats.arrays import (
    floats,
    integers,
    most_per_group,
    per_group,
    places,
    running,
)

grouped = st.lists(st.tuples(st.integers(0, 5), st.integers(-9, 9)), max_size=30)


@given(grouped)
def test_sums_and_maxima_are_those_of_each_group(some: list[tuple[int, int]]) -> None:
    group, values = integers([at for at, _ in some]), floats([value for _, value in some])
    sums, best = per_group(values, group, 6), most_per_group(values, group, 6)
    for each in range(6):
        mine = [value for at, value in some if at == each]
        assert sums[each] == sum(mine)
        if mine:
            first = [(at, value) for at, value in some].index((each, max(mine)))
            assert best[each] == first
        else:
            assert best[each] == -1


@given(st.lists(st.integers(-100, 100), max_size=30))
def test_running_sums_begin_with_nothing(some: list[int]) -> None:
    assert running(floats(some)).tolist() == [sum(some[:end]) for end in range(len(some) + 1)]


def test_places_are_marked() -> None:
    assert places({1, 3}, 4).tolist() == [False, True, False, True]
    assert not np.any(places((), 3))
