from struct import pack

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.stats.arrays import integers
from mendloop.core.stats.cells import Failures, clusters, later_than, unpack
from mendloop.core.stats.explained import Explained, without
from mendloop.core.stats.pulses import totals
from mendloop.model import pulse
from mendloop.model.cells import ENTRY, Cells
from tests.core.stats.pulse_fleets import LAST, calls, pulses

CELLS = 2000


def failures(kind: list[int], target: list[int], cell: list[int], count: list[int]) -> Failures:
    order = np.lexsort((kind, target, cell))
    columns = (np.array(each, dtype=np.int32)[order] for each in (cell, target, kind, count))
    return Failures(*columns)


def test_many_targets_in_one_cell_are_a_cluster() -> None:
    found = clusters(failures([0] * 8, list(range(8)), [900] * 8, [2] * 8), cells=CELLS)
    assert [(each.kind, each.begin, each.end) for each in found] == [(0, 900, 901)]
    assert found[0].members == tuple(range(8))
    assert found[0].failures == (2,) * 8
    assert found[0].p_value < 1e-6


def test_numbers_that_are_large_are_told_apart() -> None:
    kinds = [100_000] * 8 + [100_001] * 2
    found = clusters(failures(kinds, [*range(99_990, 100_000)], [900] * 10, [1] * 10), cells=CELLS)
    assert [(each.kind, len(each.members)) for each in found] == [(100_000, 8)]


def test_two_targets_are_none() -> None:
    assert clusters(failures([0, 0], [1, 2], [5, 5], [1, 1]), cells=CELLS) == ()


def test_the_more_targets_the_less_likely_by_chance() -> None:
    chances = [
        clusters(failures([0] * n, list(range(n)), [900] * n, [1] * n), cells=CELLS)[0].p_value
        for n in (4, 6, 8)
    ]
    assert chances == sorted(chances, reverse=True)


def test_failures_by_chance_are_hardly_ever_a_cluster() -> None:
    found = 0
    rng = np.random.default_rng(8)
    for _ in range(300):
        kind, target = rng.integers(0, 5, 300), rng.integers(0, 40, 300)
        rows = np.unique(np.stack([kind, target, rng.integers(0, CELLS, 300)]), axis=1)
        kinds, targets, cells = (integers(each).tolist() for each in rows)
        found += len(clusters(failures(kinds, targets, cells, [1] * len(kinds)), cells=CELLS))
    # 0.001 is promised of each; 0.3 would be expected, and 3 have a chance of 0.004
    assert found <= 3


@given(calls, st.integers(0, 50))
def test_explained_failures_are_taken_out_as_if_never_made(
    some: list[pulse.Call], count: int
) -> None:
    seen = pulses([some])
    told = Explained(targets=(0,), failures=(count,), start=0, stop=LAST + 1)
    rest = without(seen, [told])
    bad = sum(failed for _, failed, _ in some)
    taken = min(bad, count)
    assert totals(rest.failures, rest).tolist() == [bad - taken]
    assert totals(rest.calls, rest).tolist() == [len(some) - taken]
    assert (rest.failures >= 0).all()
    assert (rest.failures <= rest.calls).all()


def test_only_failures_of_the_time_are_explained() -> None:
    seen = pulses([[(LAST - 7200, True, 0.1), (LAST, True, 0.1)]])
    told = Explained(targets=(0,), failures=(5,), start=LAST - 60, stop=LAST + 60)
    assert totals(without(seen, [told]).failures, seen).tolist() == [1]


def test_only_the_cells_that_are_asked_for_are_unpacked() -> None:
    body = b"".join(pack(ENTRY, *entry) for entry in ((9, 1, 3), (4, 2, 1)))
    cells = Cells(
        since=0,
        starts=(300, 900, 1500),
        bodies=(body, body[:12], body),
        targets={},
        fingerprints={},
    )
    seen = unpack(cells, first=2, last=5)
    columns = (seen.cell, seen.target, seen.kind, seen.failures)
    assert [each.tolist() for each in columns] == [[1, 3, 3], [1, 1, 2], [9, 9, 4], [3, 3, 1]]
    late = later_than(seen, {1: 2, 7: 0})
    assert (late.cell.tolist(), late.target.tolist()) == ([3, 3], [1, 2])
    assert unpack(cells, first=9, last=12).cell.size == 0
