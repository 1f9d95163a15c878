"""When did more targets fail within five minutes, of one kind or of any, than chance lets them?

For each kind of failure and each cell of five minutes the distinct targets are counted. How many
there usually are is the mean over the cells that are not near in time, with the busiest twentieth
taken for no more than the next, so that neither an outage hides itself nor a kind that everybody
has looks like one. A count is beyond chance by the
Poisson distribution (Kulldorff's scan statistic, 1997), over every cell of every kind that several
targets have. What remains is counted once more over all kinds together, because a cause that many
share may show differently in each; there, counts that vary more than Poisson ones are allowed for.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import gammainc

from mendloop.core.stats.arrays import BoolArray, FloatArray, IntArray, floats, integers, running

_CHANCE: Final = 1e-3
"""Of an outage where there is none, over all that was looked at."""
_NEAR: Final = 1e-3
"""A cell beside an outage that is less likely than this by chance is part of it."""
_LEAST: Final = 3
"""Targets that make an outage."""
_LEAST_OF_ANY: Final = 5
"""The same, where each may have failed in its own way."""
_BEYOND: Final = 3.0
"""And so many times as many as usual."""
_CUT: Final = 0.05
"""The busiest cells, of which it is not known how usual they are."""
_NEARBY: Final = 24
"""Cells to either side, which an outage may reach into: two hours."""
_APART: Final = 6
"""Cells: what lies no farther apart is one outage."""


@dataclass(frozen=True, slots=True)
class Failures:
    """Of each kind, target and cell in which the one failed of the other: how often."""

    kind: IntArray
    target: IntArray
    cell: IntArray
    """Counted from 0 on."""
    failures: FloatArray


@dataclass(frozen=True, slots=True)
class Cluster:
    """Targets that failed together."""

    kind: int
    """-1 where each failed in its own way."""
    begin: int
    end: int
    """Cells; exclusive."""
    members: tuple[int, ...]
    failures: tuple[int, ...]
    """Of each member."""
    p_value: float


def clusters(seen: Failures, *, cells: int) -> tuple[Cluster, ...]:
    """The outages among some failures.

    Args:
        seen: Each kind, target and cell once.
        cells: How many cells of time there are, also those without a failure.
    """
    found = _of_one_kind(seen, cells)
    rest = np.ones(seen.kind.size, dtype=np.bool_)
    for each in found:
        rest &= (seen.kind != each.kind) | (seen.cell < each.begin) | (seen.cell >= each.end)
    return (*found, *_of_any_kind(_only(seen, rest), cells))


def _of_one_kind(seen: Failures, cells: int) -> tuple[Cluster, ...]:
    size = int(seen.target.max(initial=0)) + 1
    kinds, targets = np.unique(
        np.unique(seen.kind * size + seen.target) // size, return_counts=True
    )
    kinds = kinds[targets >= _LEAST]
    found: list[Cluster] = []
    order = np.argsort(seen.kind, kind="stable")
    begins, ends = (np.searchsorted(seen.kind[order], kinds, side) for side in ("left", "right"))
    for kind, begin, end in zip(kinds.tolist(), begins.tolist(), ends.tolist(), strict=True):
        rows = _only(seen, order[begin:end])
        count = _targets(rows, cells)
        usual, _ = _usual(count)
        chance = np.where(count >= 1, gammainc(np.maximum(count, 1), usual), 1.0)
        adjusted = chance * cells * kinds.size
        hit = (count >= _LEAST) & (adjusted < _CHANCE)
        found += _merged(rows, hit, chance < _NEAR, adjusted, kind)
    return tuple(found)


def _of_any_kind(seen: Failures, cells: int) -> tuple[Cluster, ...]:
    count = _targets(seen, cells)
    usual, spread = _usual(count)
    chance = np.where(count >= 1, gammainc(np.maximum(count, 1) / spread, usual / spread), 1.0)
    hit = (count >= np.maximum(_LEAST_OF_ANY, _BEYOND * usual)) & (chance * cells < _CHANCE)
    near = (chance < _NEAR) & (count > _BEYOND * usual)
    return tuple(_merged(seen, hit, near, chance * cells, -1))


def _targets(seen: Failures, cells: int) -> FloatArray:
    """How many targets failed in each cell."""
    pairs = np.unique(seen.cell * (int(seen.target.max(initial=0)) + 1) + seen.target)
    cell = pairs // (int(seen.target.max(initial=0)) + 1)
    return floats(np.bincount(cell, minlength=cells))


def _usual(count: FloatArray) -> tuple[FloatArray, float]:
    """Of each cell the mean of those far from it, and by how much all vary more than chance."""
    many = count.size
    calm = np.minimum(count, max(float(np.sort(count)[many - 1 - int(_CUT * many)]), 1.0))
    sums, here = running(calm), np.arange(many)
    nearby = min(_NEARBY, many // 8)
    begin, end = np.maximum(here - nearby, 0), np.minimum(here + nearby + 1, many)
    far = many - (end - begin)
    mean = (sums[-1] - (sums[end] - sums[begin])) / np.maximum(far, 1) + 1 / many
    return floats(mean), max(1.0, float(calm.var()) / (float(calm.mean()) + 1 / many))


def _merged(
    seen: Failures, hit: BoolArray, near: BoolArray, chance: FloatArray, kind: int
) -> list[Cluster]:
    """Cells beyond chance, with what is near them: one outage where they lie close together."""
    some = np.flatnonzero(hit | near)
    if not hit.any():
        return []
    parts = np.split(some, np.flatnonzero(np.diff(some) > _APART) + 1)
    return [_cluster(seen, cells, chance, kind) for cells in parts if hit[cells].any()]


def _cluster(seen: Failures, cells: IntArray, chance: FloatArray, kind: int) -> Cluster:
    begin, end = int(cells[0]), int(cells[-1]) + 1
    # who failed just before or after belongs to it as well
    rows = (seen.cell >= begin - 1) & (seen.cell <= end)
    members, place = np.unique(seen.target[rows], return_inverse=True)
    failures = np.bincount(place.ravel(), weights=seen.failures[rows])
    return Cluster(
        kind=kind,
        begin=max(int(seen.cell[rows].min()), 0),
        end=int(seen.cell[rows].max()) + 1,
        members=tuple(members.tolist()),
        failures=tuple(failures.astype(np.int64).tolist()),
        p_value=float(min(chance[cells].min(), 1.0)),
    )


def _only(seen: Failures, rows: IntArray | BoolArray) -> Failures:
    return Failures(seen.kind[rows], seen.target[rows], seen.cell[rows], seen.failures[rows])


def failures(kind: list[int], target: list[int], cell: list[int], count: list[int]) -> Failures:
    """Counts as arrays."""
    return Failures(integers(kind), integers(target), integers(cell), floats(count))
