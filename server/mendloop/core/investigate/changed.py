"""What changed at about the time when the failures began: the likeliest causes first."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from difflib import SequenceMatcher
from typing import Final

from mendloop.core.investigate.clusters import clean
from mendloop.model.deployment import Deployment
from mendloop.model.diagnosis import ChangeBefore
from mendloop.model.execution import Execution
from mendloop.model.past import Commit

MOST: Final = 6
LATER: Final = timedelta(minutes=15)
"""What came so much later may still be the cause: of the first failures nobody may have known."""
EARLIER: Final = timedelta(days=14)
_LONGEST: Final = 160
_SHORT: Final = 12
_MOST_LINES: Final = 3_000


def beginning(incident: float | None, failed: Sequence[datetime]) -> datetime | None:
    """When the failures began: as detection saw it, or the oldest failure that was read."""
    if incident is not None:
        return datetime.fromtimestamp(incident, UTC)
    return min(failed, default=None)


def of_versions(calls: Sequence[Execution], began: datetime) -> list[ChangeBefore]:
    """The versions that calls ran with for the first time near the beginning."""
    ordered = sorted((one for one in calls if one.version), key=lambda one: one.at)
    first: dict[str, datetime] = {}
    for one in ordered:
        first.setdefault(one.version or "", one.at)
    # the first of all is not new: it is only where the record begins
    return [
        _change("version", at, f"first call with version {digest[:_SHORT]}", digest, began)
        for digest, at in list(first.items())[1:]
        if _near(at, began)
    ]


def of_deployments(deployments: Sequence[Deployment], began: datetime) -> list[ChangeBefore]:
    """The loop's own deployments near the beginning."""
    return [
        _change(
            "deployment",
            one.at,
            f"{one.kind.value} by {one.by}: {one.reason}",
            f"mendloop://deployments/{one.id}",
            began,
            at_fault=True,
        )
        for one in deployments
        if _near(one.at, began)
    ]


def of_commits(
    what: str, commits: Sequence[Commit], began: datetime | None, *, at_fault: bool
) -> list[ChangeBefore]:
    """Commits, of the lines at fault however old, of anything else near the beginning."""
    return [
        _change(what, one.at, one.subject, one.id[:_SHORT], began or one.at, at_fault=at_fault)
        for one in commits
        if at_fault or began is None or _near(one.at, began)
    ]


def ordered(changes: Sequence[ChangeBefore]) -> tuple[ChangeBefore, ...]:
    """Those at the lines at fault first, then those nearest to the beginning; one of each."""
    once: dict[tuple[str, str], ChangeBefore] = {}
    for one in sorted(changes, key=lambda one: not one.at_fault):
        once.setdefault((one.what, one.ref), one)
    near = sorted(once.values(), key=lambda one: (not one.at_fault, abs(one.seconds_before)))
    return tuple(near[:MOST])


def in_other(now: str, then: str, lines: Sequence[int]) -> tuple[int, int] | None:
    """Where lines of one text stand in another: the first and the last of them, from 1.

    Returns:
        ``None`` where none of them stands there, or the texts are too long to compare.
    """
    if now == then:
        return (min(lines), max(lines)) if lines else None
    new, old = now.splitlines(), then.splitlines()
    if max(len(new), len(old)) > _MOST_LINES:
        return None
    wanted = {line - 1 for line in lines}
    found = [
        block.b + number - block.a + 1
        for block in SequenceMatcher(None, new, old, autojunk=False).get_matching_blocks()
        for number in range(block.a, block.a + block.size)
        if number in wanted
    ]
    return (min(found), max(found)) if found else None


def _change(
    what: str, at: datetime, told: str, ref: str, began: datetime, *, at_fault: bool = False
) -> ChangeBefore:
    return ChangeBefore(
        what=what,
        at=at,
        told=clean(told, _LONGEST),
        ref=ref,
        seconds_before=(began - at).total_seconds(),
        at_fault=at_fault,
    )


def _near(at: datetime, began: datetime) -> bool:
    return began - EARLIER <= at <= began + LATER
