"""Which targets failed together, of one cause?"""

from datetime import datetime
from typing import Final

from mendloop.core.detect.rule import Rule
from mendloop.core.detect.verdicts import Outage
from mendloop.core.stats.cells import Cluster, clusters, unpack
from mendloop.model.cells import WIDTH, Cells

_MOST_CELLS: Final = 105_120
"""Of time: a year. What is older is left out."""
_STILL: Final = 1800
"""Seconds: an outage that was seen within the last of them is not over."""


def outages(cells: Cells, *, now: datetime, rule: Rule) -> tuple[Outage, ...]:
    """Every time at which more targets failed together than chance lets them.

    A kind of failure that many targets have anyway, such as a timeout, makes an outage only where
    far more of them have it than usual. How unusual it is that many fail together depends on how
    long they did not: ``cells.since`` tells from when on all failures are known.

    Args:
        cells: The failures by five minutes, target and kind.
        now: The time, in UTC.
        rule: When to speak.
    """
    last = int(now.timestamp()) // WIDTH
    first = max(last - _MOST_CELLS, min((cells.since, *cells.starts[:1])) // WIDTH, 0)
    seen = unpack(cells, first=first, last=last)
    if not seen.cell.size:
        return ()
    found = clusters(seen, cells=last - first + 1)
    told = [
        _outage(each, cells, first, last) for each in found if each.p_value <= 1 - rule.confidence
    ]
    return tuple(sorted(told, key=lambda each: (each.start, each.fingerprint)))


def _outage(found: Cluster, cells: Cells, first: int, last: int) -> Outage:
    stop = (first + found.end) * WIDTH
    # numbers of targets tell who came first: names are in an order that is always the same
    members = sorted(
        (cells.targets[member], failures)
        for member, failures in zip(found.members, found.failures, strict=True)
    )
    return Outage(
        fingerprint=cells.fingerprints[found.kind] if found.kind >= 0 else "",
        start=(first + found.begin) * WIDTH,
        stop=stop,
        members=tuple(name for name, _ in members),
        failures=tuple(failures for _, failures in members),
        p_value=found.p_value,
        open=(last + 1) * WIDTH - stop < _STILL,
    )
