import pytest

from mendloop.core.detect.verdicts import Outage
from mendloop.model.ids import TargetName
from tests.core.detect.fleets import LAST, judged, often, spread, steady


def test_a_rate_that_went_up_is_told_since_then() -> None:
    worse = spread([*often(300, 0.01), *often(60, 0.5)])
    [found] = judged([*steady(), worse]).degraded
    assert found.target == 60
    assert found.before.rate < 0.05
    assert found.now.rate > 0.3
    assert abs(found.since - (LAST - 60 * 600)) < 4 * 3600
    assert found.before.calls + found.now.calls == 360
    assert found.probability > 0.99
    assert found.hurt > 0


@pytest.mark.parametrize("share", [0.0, 0.05, 0.3, 1.0])
def test_a_rate_that_stays_is_not_degraded(share: float) -> None:
    assert not judged([*steady(), spread(often(300, share))]).degraded


def test_a_rate_that_went_down_is_not_degraded() -> None:
    assert not judged([*steady(), spread([*often(200, 0.5), *often(200, 0.0)])]).degraded


def test_what_has_recovered_is_not_degraded() -> None:
    passing = spread([*often(300, 0.0), *often(60, 0.5), *often(120, 0.0)])
    assert not judged([*steady(), passing]).degraded


def test_the_larger_the_step_the_more_probable() -> None:
    told = [
        judged([*steady(), spread([*often(300, 0.01), *often(60, share)])]).degraded
        for share in (0.02, 0.06, 0.1, 0.2, 0.8)
    ]
    chances = [round(some[0].probability, 3) if some else 0.0 for some in told]
    assert chances == sorted(chances)
    assert chances[-1] > 0.99


def test_one_target_alone_is_judged_by_its_own_calls() -> None:
    assert judged([spread([*often(300, 0.01), *often(60, 0.6)])]).degraded
    assert not judged([spread([*often(300, 0.01), *often(60, 0.05)])]).degraded


def test_failures_of_an_outage_are_not_held_against_its_members() -> None:
    hit = spread([*[False] * 300, *[True] * 30])
    fleet = [*steady(), hit]
    assert judged(fleet).degraded
    for still in (True, False):
        outage = Outage(
            fingerprint="f",
            start=LAST - 30 * 600,
            stop=LAST + 300,
            members=(TargetName("t0060"),),
            failures=(30,),
            p_value=1e-9,
            open=still,
        )
        assert not judged(fleet, outages=[outage]).degraded
