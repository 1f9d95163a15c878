from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mendloop.interfaces.listening.rate import MOST_BUCKETS, Buckets

START = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_burst_is_let_through_and_then_one_for_each_that_has_filled() -> None:
    buckets = Buckets(per_minute=60, burst=3)
    assert [buckets.take("a", START) for _ in range(5)] == [0, 0, 0, 1, 1]
    assert buckets.take("a", START + timedelta(seconds=0.5)) == 0.5
    assert buckets.take("a", START + timedelta(seconds=1)) == 0
    assert buckets.take("a", START + timedelta(seconds=1)) == 1


def test_each_has_a_bucket_of_its_own() -> None:
    buckets = Buckets(per_minute=1, burst=1)
    assert [buckets.take(who, START) for who in "aab"] == [0, 60, 0]


def test_a_clock_that_was_put_back_locks_nobody_out_for_longer() -> None:
    buckets = Buckets(per_minute=60, burst=1)
    assert buckets.take("a", START) == 0
    earlier = START - timedelta(days=1)
    assert buckets.take("a", earlier) == 1
    assert buckets.take("a", earlier + timedelta(seconds=1)) == 0


def test_the_buckets_are_bounded() -> None:
    buckets = Buckets(per_minute=60, burst=1)
    for number in range(3 * MOST_BUCKETS):
        assert buckets.take(str(number), START) == 0
    assert len(buckets) == MOST_BUCKETS


@given(st.lists(st.floats(0, 5), min_size=1, max_size=60), st.integers(1, 9), st.integers(6, 600))
def test_in_no_time_is_more_let_through_than_a_burst_and_the_rate(
    pauses: list[float], burst: int, rate: int
) -> None:
    buckets, now = Buckets(per_minute=rate, burst=burst), START
    passed: list[datetime] = []
    for pause in pauses:
        now += timedelta(seconds=pause)
        wait = buckets.take("a", now)
        assert wait <= 60 / rate + 1e-6
        if not wait:
            passed.append(now)
    for first, began in enumerate(passed):
        for last in range(first, len(passed)):
            seconds = (passed[last] - began).total_seconds()
            assert last - first + 1 <= burst + seconds * rate / 60 + 1e-6
