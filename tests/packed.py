"""Failures by five minutes one by one, and packed as the store gives them."""

from collections.abc import Iterable
from struct import iter_unpack
from typing import NamedTuple

from mendloop.model.cells import ENTRY, Cells, add, place
from mendloop.model.ids import TargetName


class Cell(NamedTuple):
    """The failures of one kind, on one target, in one bucket of five minutes."""

    start: int
    fingerprint: str
    target: TargetName
    failures: int


def packed(cells: Iterable[Cell], *, since: int | None = None) -> Cells:
    """All of them; numbers are given in the order of their coming."""
    some = list(cells)
    targets = {name: 1 + n for n, name in enumerate(dict.fromkeys(each.target for each in some))}
    kinds = {name: 1 + n for n, name in enumerate(dict.fromkeys(each.fingerprint for each in some))}
    bodies: dict[int, bytes] = {}
    for start, kind, target, failures in some:
        more = {place(targets[target], kinds[kind]): failures}
        bodies[start] = add(bodies.get(start, b""), more)
    starts = tuple(sorted(bodies))
    return Cells(
        since=min(starts, default=0) if since is None else since,
        starts=starts,
        bodies=tuple(bodies[start] for start in starts),
        targets={number: name for name, number in targets.items()},
        fingerprints={number: name for name, number in kinds.items()},
    )


def unpacked(cells: Cells) -> tuple[Cell, ...]:
    """One by one, in the order of time, kind and target: numbers may differ."""
    return tuple(
        sorted(
            Cell(start, cells.fingerprints[kind], cells.targets[target], failures)
            for start, body in zip(cells.starts, cells.bodies, strict=True)
            for kind, target, failures in iter_unpack(ENTRY, body)
        )
    )
