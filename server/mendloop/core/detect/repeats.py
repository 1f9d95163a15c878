"""Which targets have failed in the same way often enough that it may be a habit?"""

from collections.abc import Mapping
from datetime import datetime
from math import ceil

from mendloop.core.detect.recurring import LEAST_FAILURES, Repeat
from mendloop.core.stats.arrays import integers
from mendloop.core.stats.cells import later_than, unpack
from mendloop.core.stats.repeated import repeated
from mendloop.model.cells import WIDTH, Cells
from mendloop.model.ids import TargetName


def repeats(cells: Cells, changed: Mapping[TargetName, datetime]) -> tuple[Repeat, ...]:
    """What has failed in the same way often enough to be a habit; the most frequent first.

    Args:
        cells: The failures by five minutes, target and kind.
        changed: When targets were changed: what failed earlier is not counted.
    """
    if not cells.starts:
        return ()
    first = cells.starts[0] // WIDTH
    seen = unpack(cells, first=first, last=cells.starts[-1] // WIDTH)
    since = {
        number: ceil(changed[name].timestamp() / WIDTH) - first
        for number, name in cells.targets.items()
        if name in changed
    }
    seen = later_than(seen, since) if since else seen
    often = repeated(seen, (integers(seen.cell) + first) * WIDTH, least=LEAST_FAILURES)
    rows = zip(
        often.target.tolist(),
        often.kind.tolist(),
        often.failures.tolist(),
        often.days.tolist(),
        often.first.tolist(),
        often.last.tolist(),
        strict=True,
    )
    found = [
        Repeat(
            target=cells.targets[target],
            fingerprint=cells.fingerprints[kind],
            failures=failures,
            days=days,
            first=begin,
            last=end,
        )
        for target, kind, failures, days, begin, end in rows
    ]
    return tuple(sorted(found, key=lambda each: (-each.failures, each.target, each.fingerprint)))
