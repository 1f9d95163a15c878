"""When did more targets fail within five minutes, of one kind or of any, than chance lets them?

For each kind of failure and each cell of five minutes the distinct targets are counted. How many
there usually are is the mean over the cells that are not near in time, with the busiest twentieth
taken for no more than the next, so that neither an outage hides itself nor a kind that everybody
has looks like one. A count is beyond chance by the
Poisson distribution (Kulldorff's scan statistic, 1997), over every cell of every kind that several
targets have. What remains is counted once more over all kinds together, because a cause that many
share may show differently in each; there, counts that vary more than Poisson ones are allowed for.
"""

from collections.abc import Mapping
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc

from mendloop.core.stats.arrays import BoolArray, FloatArray, IntArray, floats, integers, running
from mendloop.model.cells import SIZE, WIDTH, Cells
from mendloop.noun import dataclass

Narrow: TypeAlias = NDArray[np.int32]
"""Whole numbers in half the room."""
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
_FAR: Final = 2.0
"""Standard errors: what is nearer has a chance of at least a hundredth."""
_NEARBY: Final = 24
"""Cells to either side, which an outage may reach into: two hours."""
_APART: Final = 6
"""Cells: what lies no farther apart is one outage."""


@dataclass(frozen=True, slots=True)
class Failures:
    """Of each cell, target and kind in which the one failed of the other: how often.

    Each once, sorted by cell and then by target. As narrow as they are packed: there may be many.
    """

    cell: Narrow
    """Counted from 0 on."""
    target: Narrow
    kind: Narrow
    failures: Narrow


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


def unpack(cells: Cells, *, first: int, last: int) -> Failures:
    """Read cells as ``mendloop.model.cells`` packs them.

    Args:
        cells: The failures.
        first: The cell that is to be 0, counted from 1970 on; earlier ones are left out.
        last: And the last one.
    """
    cell = integers(cells.starts) // WIDTH - first
    begin, end = np.searchsorted(cell, (0, last - first + 1)).tolist()
    bodies = cells.bodies[begin:end]
    raw = np.frombuffer(b"".join(bodies), dtype="<i4").reshape(-1, 3)
    kind, target, failures = np.ascontiguousarray(raw.T)
    sizes = np.fromiter(map(len, bodies), dtype=np.int64, count=len(bodies)) // SIZE
    return Failures(np.repeat(cell[begin:end].astype(np.int32), sizes), target, kind, failures)


def later_than(seen: Failures, since: Mapping[int, int]) -> Failures:
    """The failures, of some targets only those from a cell on."""
    begin = np.zeros(max(int(seen.target.max(initial=0)), *since) + 1, dtype=np.int64)
    begin[integers(list(since))] = integers(list(since.values()))
    return _only(seen, seen.cell >= begin[seen.target])


def clusters(seen: Failures, *, cells: int) -> tuple[Cluster, ...]:
    """The outages among some failures.

    Args:
        seen: The failures.
        cells: How many cells of time there are, also those without a failure.
    """
    found = _of_one_kind(seen, cells)
    rest = np.ones(seen.kind.size, dtype=np.bool_)
    for each in found:
        rows = _between(seen, each.begin, each.end)
        rest[rows] &= seen.kind[rows] != each.kind
    return (*found, *_of_any_kind(_only(seen, rest) if found else seen, cells))


def _of_one_kind(seen: Failures, cells: int) -> tuple[Cluster, ...]:
    several = _only(seen, np.flatnonzero(_shared(seen)))
    kinds = _of_several(several)
    order = np.argsort(several.kind, kind="stable")
    begins, ends = (
        np.searchsorted(several.kind, kinds, side, order).tolist() for side in ("left", "right")
    )
    found: list[Cluster] = []
    for kind, begin, end in zip(kinds.tolist(), begins, ends, strict=True):
        rows = order[begin:end]
        # of one kind a target stands once in each cell
        count = np.bincount(several.cell[rows], minlength=cells)
        if count.max() < _LEAST:
            continue
        usual, _ = _usual(count)
        chance = _chance(count, usual, 1.0)
        adjusted = chance * cells * kinds.size
        hit = (count >= _LEAST) & (adjusted < _CHANCE)
        found += _merged(_only(several, rows), hit, chance < _NEAR, adjusted, kind)
    return tuple(found)


def _of_any_kind(seen: Failures, cells: int) -> tuple[Cluster, ...]:
    first = np.ones(seen.cell.size, dtype=np.bool_)
    np.not_equal(seen.target[1:], seen.target[:-1], out=first[1:])
    first[1:] |= seen.cell[1:] != seen.cell[:-1]
    count = np.bincount(seen.cell[first], minlength=cells)
    usual, spread = _usual(count)
    chance = _chance(count, usual, spread)
    hit = (count >= np.maximum(_LEAST_OF_ANY, _BEYOND * usual)) & (chance * cells < _CHANCE)
    near = (chance < _NEAR) & (count > _BEYOND * usual)
    return tuple(_merged(seen, hit, near, chance * cells, -1))


def _shared(seen: Failures) -> BoolArray:
    """The failures of kinds that more than one target has."""
    size = int(seen.kind.max(initial=-1)) + 1
    one = np.zeros(size, dtype=np.int64)
    one[seen.kind] = seen.target
    several = np.zeros(size, dtype=np.bool_)
    several[seen.kind[one[seen.kind] != seen.target]] = True
    return several[seen.kind]


def _of_several(seen: Failures) -> IntArray:
    """The kinds that as many targets have as make an outage, sorted."""
    size = int(seen.target.max(initial=0)) + 1
    # to sort all takes less time than NumPy's own ``unique``, which sorts them as well
    pairs = np.sort(seen.kind.astype(np.int64) * size + seen.target)
    new = np.ones(pairs.size, dtype=np.bool_)
    np.not_equal(pairs[1:], pairs[:-1], out=new[1:])
    kind = pairs[new] // size
    first = np.flatnonzero(np.append(True, kind[1:] != kind[:-1])) if kind.size else kind
    return kind[first[np.diff(np.append(first, kind.size)) >= _LEAST]]


def _usual(count: IntArray) -> tuple[FloatArray, float]:
    """Of each cell the mean of those far from it, and by how much all vary more than chance."""
    many = count.size
    calm = floats(np.minimum(count, max(int(np.sort(count)[many - 1 - int(_CUT * many)]), 1)))
    sums, here = running(calm), np.arange(many)
    nearby = min(_NEARBY, many // 8)
    begin, end = np.maximum(here - nearby, 0), np.minimum(here + nearby + 1, many)
    far = many - (end - begin)
    mean = (sums[-1] - (sums[end] - sums[begin])) / np.maximum(far, 1) + 1 / many
    return floats(mean), max(1.0, float(calm.var()) / (float(calm.mean()) + 1 / many))


def _chance(count: IntArray, usual: FloatArray, spread: float) -> FloatArray:
    """That there are so many in a cell, or more; 1 where that is far from unlikely."""
    chance = np.ones(count.size)
    many, mean = count / spread, usual / spread
    some = np.flatnonzero(many > mean + _FAR * np.sqrt(mean))
    chance[some] = gammainc(many[some], mean[some])
    return chance


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
    # who failed just before or after belongs to it as well
    rows = _between(seen, int(cells[0]) - 1, int(cells[-1]) + 2)
    members, place = np.unique(seen.target[rows], return_inverse=True)
    failures = np.bincount(place.ravel(), weights=seen.failures[rows])
    return Cluster(
        kind=kind,
        begin=int(seen.cell[rows.start]),
        end=int(seen.cell[rows.stop - 1]) + 1,
        members=tuple(members.tolist()),
        failures=tuple(failures.astype(np.int64).tolist()),
        p_value=float(min(chance[cells].min(), 1.0)),
    )


def _between(seen: Failures, begin: int, end: int) -> slice:
    """The failures of some cells."""
    return slice(*np.searchsorted(seen.cell, (begin, end)).tolist())


def _only(seen: Failures, rows: IntArray | BoolArray) -> Failures:
    return Failures(seen.cell[rows], seen.target[rows], seen.kind[rows], seen.failures[rows])
