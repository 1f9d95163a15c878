import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mendloop.core.detect.outage import outages
from mendloop.model.ids import TargetName
from tests.core.detect.fleets import LAST, NOW, RULE
from tests.packed import Cell, packed

CELL = 300
DAY = LAST - 86_400


def cell(start: int, kind: str, target: int, failures: int = 1) -> Cell:
    return Cell(
        start=start // CELL * CELL,
        fingerprint=kind,
        target=TargetName(f"t{target:03}"),
        failures=failures,
    )


def noise(seed: int = 1) -> list[Cell]:
    """Each target fails of itself now and then."""
    ages = np.random.default_rng(seed).integers(0, 7 * 86_400, (60, 10)).tolist()
    return [
        cell(LAST - age, f"own{target}", target) for target in range(60) for age in ages[target]
    ]


def together(start: int, kind: str = "down", targets: int = 12) -> list[Cell]:
    return [
        cell(start + CELL * turn, kind, target, 3) for target in range(targets) for turn in range(4)
    ]


def test_no_failures_are_no_outage() -> None:
    assert outages(packed([]), now=NOW, rule=RULE) == ()


@given(st.lists(st.builds(cell, st.integers(DAY, LAST), st.just("k"), st.just(7)), max_size=20))
def test_one_target_alone_is_no_outage(cells: list[Cell]) -> None:
    once = {each.start: each for each in cells}
    assert outages(packed(list(once.values())), now=NOW, rule=RULE) == ()


def test_failures_now_and_then_are_no_outage() -> None:
    assert outages(packed(noise()), now=NOW, rule=RULE) == ()


def test_targets_that_fail_together_are_told_with_time_and_failures() -> None:
    [found] = outages(packed([*noise(), *together(DAY)]), now=NOW, rule=RULE)
    assert found.fingerprint == "down"
    assert found.members == tuple(TargetName(f"t{place:03}") for place in range(12))
    assert found.failures == (12,) * 12
    assert (found.start, found.stop) == (DAY // CELL * CELL, DAY // CELL * CELL + 4 * CELL)
    assert not found.open
    assert found.probability > 0.999


def test_one_cause_that_shows_differently_in_each_is_one_outage() -> None:
    apart = [cell(DAY, f"own{target}", target, 2) for target in range(40)]
    [found] = outages(packed([*noise(), *apart]), now=NOW, rule=RULE)
    assert found.fingerprint == ""
    assert len(found.members) >= 40


def test_an_outage_of_just_now_is_open() -> None:
    [found] = outages(packed([*noise(), *together(LAST - 900)]), now=NOW, rule=RULE)
    assert found.open


def test_a_kind_that_many_have_all_the_time_is_no_outage() -> None:
    chance = np.random.default_rng(3)
    usual = {
        (start, target): cell(start, "timeout", target)
        for start in range(LAST - 2 * 86_400, LAST, CELL)
        for target in chance.choice(60, 3, replace=False).tolist()
    }
    assert outages(packed([*noise(), *usual.values()]), now=NOW, rule=RULE) == ()


def test_two_times_are_two_outages() -> None:
    cells = [*noise(), *together(DAY), *together(DAY + 6 * 3600)]
    found = outages(packed(cells), now=NOW, rule=RULE)
    assert [each.fingerprint for each in found] == ["down", "down"]
    assert found[0].stop <= found[1].start


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32))
def test_the_order_of_cells_changes_nothing(seed: int) -> None:
    cells = [*noise(), *together(DAY)]
    order: list[int] = np.random.default_rng(seed).permutation(len(cells)).tolist()
    mixed = [cells[place] for place in order]
    assert outages(packed(mixed), now=NOW, rule=RULE) == outages(packed(cells), now=NOW, rule=RULE)


@pytest.mark.parametrize("days", [1, 30])
def test_a_later_time_does_not_change_who_failed(days: int) -> None:
    cells = [*noise(), *together(DAY)]
    moved = [
        cell(each.start - 300 * 288 * days, each.fingerprint, int(each.target[1:]), each.failures)
        for each in cells
    ]
    [one], [other] = (
        outages(packed(cells), now=NOW, rule=RULE),
        outages(packed(moved), now=NOW, rule=RULE),
    )
    assert one.members == other.members
    assert one.start - other.start == 300 * 288 * days


def test_the_longer_they_did_not_fail_the_less_likely_they_do_so_by_chance() -> None:
    start = LAST - 3600
    known = [packed(together(start, targets=4), since=start - days * 86_400) for days in (1, 7)]
    [short], [long] = (outages(each, now=NOW, rule=RULE) for each in known)
    assert long.p_value < short.p_value
    assert short.members == long.members


def test_members_are_named_in_one_order_whatever_their_numbers() -> None:
    cells = [*noise(), *together(DAY)]
    one, other = packed(cells), packed(cells[::-1])
    assert one.targets != other.targets
    assert outages(one, now=NOW, rule=RULE) == outages(other, now=NOW, rule=RULE)
