from datetime import timedelta

import pytest

from mendloop.model.spans import spell


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(), "1 min"),
        (timedelta(minutes=90), "90 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=24), "24 h"),
        (timedelta(hours=60), "2 d"),
        (timedelta(days=12), "12 d"),
    ],
)
def test_a_span_is_said_in_the_unit_that_says_enough(span: timedelta, said: str) -> None:
    assert spell(span) == said
