from itertools import pairwise

import pytest

from tests.core.detect.fleets import RULE, judged, often, spread, steady


def test_a_target_that_fails_too_often_is_told_with_its_range() -> None:
    [found] = judged([*steady(), spread(often(200, 0.3))]).failing
    assert found.target == 60
    assert (found.now.calls, found.now.failures) == (200, 60)
    assert found.low < 0.3 < found.high
    assert found.probability > 0.999
    assert not found.changed


def test_more_failures_never_make_failing_less_probable() -> None:
    fleet = steady()
    seen: list[float] = []
    for failures in range(2, 20, 2):
        told = judged([*fleet, spread(often(20, failures / 20))]).failing
        seen.append(max((each.probability for each in told if each.target == 60), default=0.0))
    assert seen[0] < 0.5
    assert seen[-1] > 0.99
    assert all(more >= fewer - 1e-6 for fewer, more in pairwise(seen))


def test_a_rate_of_two_calls_is_not_that_of_two_hundred() -> None:
    fleet = steady()
    few = judged([*fleet, spread([True, False])]).failing
    many = judged([*fleet, spread([True, False] * 100)]).failing
    assert not few
    assert len(many) == 1


def test_a_target_alone_is_judged_by_its_own_calls() -> None:
    assert not judged([spread(often(100, 0.12))]).failing
    assert judged([spread(often(100, 0.3))]).failing


def test_what_was_mended_is_not_failing_any_more() -> None:
    mended = spread([*often(300, 0.6), *[False] * 300])
    assert not judged([*steady(), mended]).failing


def test_what_broke_just_now_is_failing_since_then() -> None:
    broken = spread([*[False] * 300, *[True] * 20])
    [found] = judged([*steady(), broken]).failing
    assert found.changed
    assert found.now.failures == 20
    assert found.now.calls < 60


def test_hurt_is_failed_calls_a_day() -> None:
    [found] = judged([*steady(), spread(often(288, 0.5))]).failing
    # 144 calls a day, of which half fail
    assert found.hurt == pytest.approx(72, rel=0.15)


def test_fewer_calls_than_asked_for_say_nothing() -> None:
    rule = RULE.__class__(
        success_below=0.9, confidence=0.99, least_calls=30, recent_share=0.25, slow_factor=1.5
    )
    bad = spread([True] * 20)
    assert judged([*steady(), bad]).failing
    assert not judged([*steady(), bad], rule=rule).failing
