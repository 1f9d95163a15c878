import pytest

from mendloop.core.detect.verdicts import Slow
from tests.core.detect.fleets import judged, spread, steady

BEFORE = [0.1, 0.12, 0.09, 0.11, 0.105] * 60
NOW = [0.3, 0.33, 0.28, 0.31, 0.32] * 12


def slow(seconds: list[float]) -> tuple[Slow, ...]:
    calls = spread([False] * len(seconds), seconds=seconds)
    return tuple(each for each in judged([*steady(), calls]).slow if each.target == 60)


def test_a_target_that_takes_longer_is_told_by_how_much_and_since_when() -> None:
    [found] = slow([*BEFORE, *NOW])
    assert found.ratio == pytest.approx(3, rel=0.25)
    assert found.before == pytest.approx(0.1, rel=0.2)
    assert not found.tail
    assert found.calls_now == pytest.approx(60, abs=15)
    assert found.hurt > 0


def test_a_slow_tail_is_told_as_one() -> None:
    tail = [9.0 if place % 5 == 0 else took for place, took in enumerate(BEFORE[:100])]
    [found] = slow([*BEFORE, *tail])
    assert found.tail


@pytest.mark.parametrize(
    "seconds",
    [
        BEFORE,
        [*NOW, *BEFORE],
        [*BEFORE, *[1.2 * each for each in BEFORE[:60]]],
        [*BEFORE, *NOW, *BEFORE],
        [0.0001 * each for each in [*BEFORE, *NOW]],
    ],
    ids=["as ever", "faster", "by too little", "passing", "by microseconds"],
)
def test_what_does_not_hurt_is_not_slow(seconds: list[float]) -> None:
    assert not slow(seconds)


@pytest.mark.parametrize("unit", [0.25, 2.0, 64.0])
def test_in_another_unit_the_same_is_found(unit: float) -> None:
    [one] = slow([*BEFORE, *NOW])
    [other] = slow([unit * each for each in [*BEFORE, *NOW]])
    assert other.ratio == pytest.approx(one.ratio)
    assert other.probability == pytest.approx(one.probability)
    assert other.since == one.since


def test_a_target_whose_fleet_is_one_can_be_slow() -> None:
    calls = spread([False] * 360, seconds=[*BEFORE, *NOW])
    assert judged([calls]).slow
