import numpy as np
import pytest

from mendloop.core.stats.present import present
from mendloop.core.stats.pulses import joined
from mendloop.core.stats.turns import lasting, sides, turns
from tests.core.stats.pulse_fleets import even, often, pulses

WORSE = [*often(300, 0.01), *often(60, 0.5)]
PASSING = [*often(200, 0.01), *often(60, 0.5), *often(100, 0.01)]
FLEET = pulses([even(WORSE), even(PASSING), *[even(often(360, 0.004 * n)) for n in range(5)] * 10])


def test_a_turn_for_the_worse_that_lasts_is_told_from_one_that_passed() -> None:
    seen = turns(FLEET, joined(FLEET), longest=0.75, allowed=0.1)
    false = lasting(seen)
    assert false[0] < 0.01
    assert false[1] > 0.9
    assert (false[2:] > 0.5).all()
    assert 0 < seen.share < 0.3


def test_the_calls_on_both_sides_of_a_turn_are_counted() -> None:
    seen = turns(FLEET, joined(FLEET), longest=0.75, allowed=0.1)
    before, now, _ = sides(FLEET, seen)
    assert before.failures[0] / before.calls[0] < 0.05
    assert now.failures[0] / now.calls[0] > 0.3
    assert before.calls[0] + now.calls[0] == 360
    # of what has recovered the present is what came after
    assert now.failures[1] / now.calls[1] < 0.1


@pytest.mark.parametrize("targets", [0, 1, 50])
def test_targets_without_calls_take_no_turn(targets: int) -> None:
    fleet = pulses([even([])] * targets)
    seen = turns(fleet, joined(fleet), longest=0.75, allowed=0.1)
    assert (lasting(seen) == 1).all()
    now = present(joined(fleet), seen.log_factor, seen.rates, changes=0.2)
    assert now.calls.tolist() == [0] * targets


def test_the_present_is_what_came_after_the_last_change() -> None:
    fleet = pulses(
        [even([*often(300, 0.6), *often(300, 0.0)]), even([*often(300, 0.0), *often(100, 0.6)])]
        + [even(often(300, 0.004 * n)) for n in range(5)] * 10
    )
    seen = turns(fleet, joined(fleet), longest=0.75, allowed=0.1)
    now = present(joined(fleet), seen.log_factor, seen.rates, changes=0.2)
    assert now.false[0] > 0.99
    assert now.false[1] < 0.01
    assert now.changed[1]
    assert now.failures[1] / now.calls[1] > 0.4
    assert np.all((now.false >= 0) & (now.false <= 1))
