from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mendloop.core.detect.sweep import slowdowns, sweep
from mendloop.core.detect.verdicts import Verdicts
from mendloop.model import pulse
from mendloop.model.rollup import Heads
from tests.core.detect.fleets import (
    LAST,
    NOW,
    RULE,
    SINCE,
    Calls,
    heads,
    judged,
    latencies,
    often,
    spread,
    steady,
)
from tests.pulses import fold

NONE = Verdicts(failing=(), degraded=(), forecast=())
LONG_AGO = LAST - 90 * 86_400

calls = st.lists(
    st.tuples(
        st.integers(LAST - 10 * 86_400, LAST),
        st.booleans(),
        st.floats(0, 100, allow_nan=False),
    ),
    max_size=30,
)


NOTHING: dict[str, list[list[pulse.Call]]] = {
    "nobody": [],
    "one without calls": [[]],
    "many without calls": [[]] * 50,
    "failures long ago": [[(LONG_AGO, True, 0.1)] * 20] * 50,
    "one, long ago": [[(LONG_AGO, False, 0.1)] * 20],
    "one that is well": [spread([False] * 40)],
    "all well": [spread([False] * 40)] * 50,
}


@pytest.mark.parametrize("fleet", NOTHING)
def test_where_there_is_nothing_to_find_nothing_is_found(fleet: str) -> None:
    assert judged(NOTHING[fleet]) == NONE


def test_durations_that_nobody_knows_are_no_error() -> None:
    fleet = [spread([False] * 100, seconds=0.0)] * 40
    seen = sweep(heads(fleet), RULE, now=NOW, since=SINCE)
    assert seen.look_at == ()
    assert seen.timed == 0
    for known in ({}, dict.fromkeys(range(40), b"")):
        assert slowdowns(seen, known, RULE, now=NOW, since=SINCE) == NONE


def test_durations_from_before_the_window_are_no_error() -> None:
    seen = sweep(heads([spread([False] * 100)]), RULE, now=NOW, since=SINCE)
    old = latencies([(LONG_AGO, False, 0.1)] * 20)
    assert slowdowns(seen, {0: old}, RULE, now=NOW, since=SINCE) == NONE


@settings(max_examples=25, deadline=None)
@given(st.lists(calls, max_size=40))
def test_no_fleet_is_too_odd_to_be_judged(fleet: list[Calls]) -> None:
    found = judged(fleet)
    assert all(0 <= each.target < len(fleet) for each in found.all)
    assert all(0 <= each.probability <= 1 for each in found.all)


@pytest.mark.promise("detect/one-of-one-is-no-finding")
@pytest.mark.parametrize("targets", [1, 40])
@pytest.mark.parametrize("others", [0, 60])
def test_one_failed_call_of_one_is_no_finding(targets: int, others: int) -> None:
    alone = spread([True])
    everything = RULE.__class__(
        success_below=0.99, confidence=0.5, least_calls=1, recent_share=0.5, slow_factor=1.0
    )
    for rule in (RULE, everything):
        found = judged([*steady(others), *[alone] * targets], rule=rule)
        assert not [each for each in found.all if each.target >= others]


def test_calls_of_the_window_are_counted() -> None:
    seen = sweep(heads([spread([False] * 7), []]), RULE, now=NOW, since=SINCE)
    assert seen.calls == (7, 0)


def test_the_order_of_targets_changes_nothing() -> None:
    fleet = [
        *steady(),
        spread(often(200, 0.4)),
        spread([*often(150, 0.01), *often(50, 0.5)]),
        spread([False] * 200, seconds=[0.1] * 150 + [0.5] * 50),
    ]
    order: list[int] = np.random.default_rng(1).permutation(len(fleet)).tolist()
    one, other = judged(fleet), judged([fleet[place] for place in order])
    assert one.failing
    assert one.degraded
    assert one.slow
    told = sorted((type(each).__name__, each.target, each.probability) for each in one.all)
    again = sorted(
        (type(each).__name__, order[each.target], each.probability) for each in other.all
    )
    assert [each[:2] for each in told] == [each[:2] for each in again]
    assert [each[2] for each in told] == pytest.approx([each[2] for each in again])


def test_how_calls_are_cut_into_batches_changes_nothing() -> None:
    fleet = [*steady(), spread(often(200, 0.4)), spread([*often(150, 0.0), *often(50, 0.5)])]
    parts = [[*some[::2], *some[1::2]] for some in fleet]
    pulses = tuple(fold(fold(b"", part[:70]), part[70:]) for part in parts)
    whole = heads(fleet)
    cut = Heads(names=whole.names, pulses=pulses, last=whole.last)
    assert sweep(cut, RULE, now=NOW, since=SINCE) == sweep(whole, RULE, now=NOW, since=SINCE)


def test_a_quiet_target_has_no_say() -> None:
    fleet = [*steady(), spread(often(200, 0.4))]
    assert judged([*fleet, []]).failing == judged(fleet).failing


def test_calls_before_the_window_do_not_count() -> None:
    bad = [(LAST - 30 * 86_400 - place, True, 0.1) for place in range(200)]
    assert not judged([*steady(), [*bad, *spread([False] * 200)]]).failing
    longer = sweep(
        heads([*steady(), [*bad, *spread([False] * 20)]]),
        RULE,
        now=NOW,
        since=NOW - timedelta(days=60),
    )
    assert longer.calls[-1] == 220
