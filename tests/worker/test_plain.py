"""The short way of a plain case gives what the long one gives, or leaves it to that."""

import json
import random  # noqa: TID251  what a case sows

from hypothesis import given
from hypothesis import strategies as st

from mendloop.worker import child, codec, plain, pools, wire

_leaves = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary()
)
_keys = st.text(max_size=3) | st.sampled_from(["$", "$t", "a"])
_values = _leaves | st.dictionaries(_keys | st.integers(), _leaves | st.lists(_leaves), max_size=18)
_MOST_CASES = 1_000


@given(_values, st.integers(0, 200))
def test_a_flat_value_is_told_as_the_encoder_tells_it(value: object, most: int) -> None:
    told = plain.flat(value, most)

    if told is not None:
        assert told is not value or not isinstance(value, dict)
        assert json.dumps(told) == json.dumps(codec.encode(value, most))


@given(st.dictionaries(st.text("abc", max_size=3), st.integers(-9, 9), max_size=16))
def test_a_small_dict_of_small_numbers_is_flat(value: dict[str, int]) -> None:
    assert plain.flat(value, 1_000) == value


@given(st.text())
def test_chance_is_sown_as_by_its_own_seed(case: str) -> None:
    child.seed(case)
    drawn = (random.random(), random.gauss(0, 1))  # noqa: S311  what is looked at

    random.seed(int.from_bytes(case.encode("utf-8", "replace"), "big"))
    assert drawn == (random.random(), random.gauss(0, 1))  # noqa: S311  as above


def test_an_order_for_the_most_cases_is_short_enough() -> None:
    index = [[10**9, 10**12, 10**9]] * _MOST_CASES
    assert len(json.dumps([10**9, index, "/" * 4_096])) < wire.MOST_ORDER


def test_functions_made_once_more_are_other_objects_and_do_the_same() -> None:
    class Holder:
        def first(self, *, more: int = 1) -> int:
            return more

    class Alias:
        also = Holder.first

    before = Holder.first
    pools.anew([Holder, Alias])

    assert Alias.__dict__["also"] is Holder.__dict__["first"]
    assert Holder.first is not before
    assert Holder().first() == 1
    assert Holder().first(more=2) == before(Holder(), more=2)


def test_renewed_memory_is_handed_out_as_before() -> None:
    pools.renew()
    made = [bytes(size) for size in range(1_000)]
    pools.renew()
    assert [len(one) for one in made] == list(range(1_000))
