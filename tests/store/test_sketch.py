from math import ceil, inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.model.sketch import (
    RELATIVE_ERROR,
    add,
    count,
    index,
    merge,
    pack,
    quantile,
    timed,
    unpack,
)

DURATIONS = st.floats(1e-300, 1e300)
COUNTS = st.dictionaries(st.integers(-17_000, 16_000), st.integers(1, 2**40), max_size=20)


def sketch(durations: list[float]) -> bytes:
    packed = b""
    for seconds in durations:
        packed = add(packed, {index(seconds): 1})
    return packed


@given(seconds=DURATIONS)
def test_a_duration_lies_in_its_bucket(seconds: float) -> None:
    at = index(seconds)
    # computed in another way, so up to its rounding
    assert 2 ** (at / 16) * (1 - 1e-12) <= seconds <= 2 ** ((at + 1) / 16) * (1 + 1e-12)


@pytest.mark.parametrize(("seconds", "at"), [(1.0, -1), (1.0001, 0), (2.0, 15), (0.5, -17)])
def test_a_bucket_holds_its_upper_bound_and_not_its_lower_one(seconds: float, at: int) -> None:
    assert index(seconds) == at


def test_only_known_positive_finite_durations_have_a_bucket() -> None:
    assert [timed(seconds) for seconds in (0.0, -1.0, inf, nan, 5e-324)] == [False] * 4 + [True]


@given(counts=COUNTS)
def test_counts_come_back(counts: dict[int, int]) -> None:
    assert unpack(pack(counts)) == counts
    assert count(pack(counts)) == sum(counts.values())
    assert list(unpack(pack(counts))) == sorted(counts)


@given(one=COUNTS, other=COUNTS, third=COUNTS)
def test_merging_does_not_depend_on_order(
    one: dict[int, int], other: dict[int, int], third: dict[int, int]
) -> None:
    a, b, c = pack(one), pack(other), pack(third)
    assert merge(a, b) == merge(b, a)
    assert merge(merge(a, b), c) == merge(a, merge(b, c))
    assert merge(a, b"") == a


@given(one=COUNTS, other=COUNTS)
def test_what_was_added_can_be_taken_out_again(one: dict[int, int], other: dict[int, int]) -> None:
    both = merge(pack(one), pack(other))
    assert add(both, {at: -number for at, number in other.items()}) == pack(one)


def test_more_cannot_be_taken_out_than_there_is() -> None:
    with pytest.raises(ValueError, match="fewer than no calls"):
        add(pack({3: 1}), {3: -2})


@given(durations=st.lists(DURATIONS, min_size=1, max_size=60), q=st.floats(0, 1))
def test_a_quantile_is_as_exact_as_is_said(durations: list[float], q: float) -> None:
    true = sorted(durations)[max(1, ceil(q * len(durations))) - 1]
    assert quantile(sketch(durations), q) == pytest.approx(true, rel=RELATIVE_ERROR * (1 + 1e-9))


def test_the_stated_error_is_that_of_sixteen_buckets_an_octave() -> None:
    assert pytest.approx(0.02166, abs=1e-5) == RELATIVE_ERROR
    assert quantile(b"", 0.5) == 0.0


def test_an_hour_in_use_takes_little_room() -> None:
    packed = pack({at: 1 + at % 90 for at in range(-120, 60)})
    assert len(packed) <= 2 + 2 * 180
