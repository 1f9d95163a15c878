import sqlite3
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mendloop.store.columns import get_text, get_time, put_bound, put_text, put_time, put_value
from tests.store.nouns import TEXTS, TIMES


@given(at=TIMES, other=TIMES)
def test_times_come_back_and_keep_their_order(at: datetime, other: datetime) -> None:
    assert get_time(put_time(at)) == at
    assert (put_time(at) < put_time(other)) == (at < other)


def test_a_time_of_another_zone_comes_back_in_utc() -> None:
    at = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    assert get_time(put_time(at)).isoformat() == "2025-12-31T23:00:00+00:00"


def test_a_time_without_a_zone_is_not_kept() -> None:
    with pytest.raises(TypeError):
        put_time(datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None))


@settings(deadline=None)  # each example opens a database
@given(text=TEXTS, other=TEXTS)
@example(text="\ud800", other='"\\ud800"')
@example(text="\0", other='"\\u0000"')
def test_texts_come_back_and_stay_different(text: str, other: str) -> None:
    with sqlite3.connect(":memory:") as connection:
        ((kept, length),) = connection.execute("SELECT ?1, length(?1)", (put_text(text),))
    connection.close()
    assert get_text(kept) == text
    assert length == len(kept)
    assert (put_text(text) == put_text(other)) == (text == other)


def test_a_value_that_json_has_no_word_for_is_not_kept() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        put_value([float("nan")])


@given(number=st.integers(-(2**80), 2**80))
@example(number=-(2**63))
@example(number=2**63 - 1)
def test_a_bound_is_the_nearest_number_that_a_column_can_hold(number: int) -> None:
    bound = put_bound(number)
    assert -(2**63) <= bound < 2**63
    assert bound == number or not -(2**63) <= number < 2**63
    assert (bound > 0) == (number > 0)
