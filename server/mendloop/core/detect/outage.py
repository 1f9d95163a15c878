"""Which targets failed together, of one cause?"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from mendloop.core.detect.rule import Rule
from mendloop.core.detect.verdicts import Outage
from mendloop.core.stats.cells import Cluster, clusters, failures
from mendloop.model.ids import TargetName
from mendloop.model.rollup import Cell

_SECONDS: Final = 300
"""Of a cell."""
_MOST_CELLS: Final = 105_120
"""Of time: a year. What is older is left out."""
_STILL: Final = 1800
"""Seconds: an outage that was seen within the last of them is not over."""


def outages(cells: Sequence[Cell], *, now: datetime, rule: Rule) -> tuple[Outage, ...]:
    """Every time at which more targets failed together than chance lets them.

    A kind of failure that many targets have anyway, such as a timeout, makes an outage only where
    far more of them have it than usual.

    Args:
        cells: The failures by kind, target and five minutes, in any order.
        now: The time, in UTC.
        rule: When to speak.
    """
    last = int(now.timestamp()) // _SECONDS
    first = last - min(_MOST_CELLS, last)
    some = [cell for cell in cells if first <= cell.start // _SECONDS <= last]
    if not some:
        return ()
    first = min(cell.start for cell in some) // _SECONDS
    kinds, names = _places(cell.fingerprint for cell in some), _places(cell.target for cell in some)
    found = clusters(
        failures(
            [kinds[cell.fingerprint] for cell in some],
            [names[cell.target] for cell in some],
            [cell.start // _SECONDS - first for cell in some],
            [cell.failures for cell in some],
        ),
        cells=last - first + 1,
    )
    told = [_outage(each, tuple(kinds), tuple(names), first, last) for each in found]
    return tuple(
        sorted(
            (each for each in told if each.p_value <= 1 - rule.confidence),
            key=lambda each: (each.start, each.fingerprint),
        )
    )


def _places(values: Iterable[str]) -> dict[str, int]:
    return {value: place for place, value in enumerate(sorted(set(values)))}


def _outage(
    found: Cluster, kinds: Sequence[str], names: Sequence[str], first: int, last: int
) -> Outage:
    stop = (first + found.end) * _SECONDS
    return Outage(
        fingerprint=kinds[found.kind] if found.kind >= 0 else "",
        start=(first + found.begin) * _SECONDS,
        stop=stop,
        members=tuple(TargetName(names[member]) for member in found.members),
        failures=found.failures,
        p_value=found.p_value,
        open=(last + 1) * _SECONDS - stop < _STILL,
    )
