import pytest

from mendloop.core.stats.words import calls, percent, seconds


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.31, "31 %"),
        (0.025, "2.5 %"),
        (0.01, "1 %"),
        (0.0004, "under 0.1 %"),
        (0.9996, "over 99.9 %"),
        (0.95, "95 %"),
        (0.972, "97.2 %"),
    ],
)
def test_a_rate_is_said_as_a_person_says_it(rate: float, said: str) -> None:
    assert percent(rate) == said


def test_one_call_is_one_call() -> None:
    assert (calls(1), calls(412)) == ("1 call", "412 calls")


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        (0.0, "0 ms"),
        (2e-5, "20 \N{MICRO SIGN}s"),
        (0.0351, "35.1 ms"),
        (1.23, "1.23 s"),
        (4321.0, "4321 s"),
    ],
)
def test_a_duration_is_said_in_its_unit(duration: float, said: str) -> None:
    assert seconds(duration) == said
