import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.stats.enrichment import holm, upper_tail


def test_the_lady_tasting_tea() -> None:
    # Fisher (1935): all four cups of eight told rightly by chance once in seventy
    assert upper_tail(4, 4, failures=4, calls=8) == pytest.approx(1 / 70)
    assert upper_tail(3, 4, failures=4, calls=8) == pytest.approx(17 / 70)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_a_tail_is_a_probability_that_falls_with_the_hits(one: int, two: int, hits: int) -> None:
    calls = 60
    got = upper_tail(hits, one, failures=two, calls=calls)
    assert 0.0 <= got <= 1.0
    assert upper_tail(hits + 1, one, failures=two, calls=calls) <= got + 1e-12
    assert upper_tail(0, one, failures=two, calls=calls) == 1.0


def test_holms_correction_is_that_of_the_paper() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))


@given(st.lists(st.floats(0, 1)))
def test_a_corrected_chance_is_never_smaller_and_keeps_the_order(chances: list[float]) -> None:
    got = holm(chances)
    assert all(before <= after <= 1.0 for before, after in zip(chances, got, strict=True))
    ordered = [after for _, after in sorted(zip(chances, got, strict=True))]
    assert ordered == sorted(ordered)
