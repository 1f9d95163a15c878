"""The checks on how a change behaves around its answers: invariants, state, speed."""

from collections.abc import Sequence
from typing import Final

from mendloop.core.stats.words import calls
from mendloop.core.stats.words import seconds as duration
from mendloop.core.validate.cases import Origin
from mendloop.core.validate.checks import replayed
from mendloop.core.validate.evidence import Evidence, JudgeRule
from mendloop.core.validate.part import Against, Counted
from mendloop.core.validate.rows import Row, alike, of_origin
from mendloop.core.validate.wording import clean
from mendloop.model.observation import NotLoaded, NotRun, Returned
from mendloop.model.report import Verdict

LEAST_SECONDS: Final = 0.01
"""Below this in total, a difference is the machine's and not the code's."""


def invariants(evidence: Evidence, rows: Sequence[Row], near: Sequence[Row]) -> Counted:
    """Do the answers keep what must always hold?

    A near-miss may lie outside what the function is for, such as a negative count. They count
    only where the current version keeps the invariants on all of them.
    """
    known = evidence.invariants
    left = any(known.get(row.case.case.id) is False and row.unchanged for row in near)
    counted = [*rows, *(() if left else near)]
    returned = [row for row in counted if isinstance(row.after, Returned)]
    broken = [row for row in returned if known.get(row.case.case.id) is False]
    new = [row for row in broken if not row.unchanged]
    own = [row for row in returned if row.case.origin is not Origin.PERTURBED]
    unchecked = [row for row in own if row.case.case.id not in known]
    numbers = {
        "checked": float(sum(row.case.case.id in known for row in returned)),
        "broken": float(len(broken)),
        "broken_anew": float(len(new)),
        "unchecked": float(len(unchecked)),
    }
    if new:
        return Counted(
            verdict=Verdict.FAILED,
            summary=f"{len(new)} new answers break an invariant.",
            numbers=numbers,
            against=tuple(Against(row, row.after, "it breaks an invariant") for row in new),
        )
    if broken or unchecked:
        return Counted(
            verdict=Verdict.INCONCLUSIVE,
            summary=f"{len(broken)} answers break an invariant, as those of the current version do;"
            f" {len(unchecked)} were not checked.",
            numbers=numbers,
        )
    return Counted(
        verdict=Verdict.PASSED if own else Verdict.INCONCLUSIVE,
        summary=f"All {len(returned)} answers keep the invariants.",
        numbers=numbers,
    )


def state(evidence: Evidence, rows: Sequence[Row]) -> Counted:
    """Does a call alone in its process do what it does after others?"""
    if isinstance(evidence.solo, NotLoaded):
        return Counted(
            verdict=Verdict.FAILED,
            summary=f"Alone, it does not load: {clean(evidence.solo.fault.message)}.",
        )
    alone = [(row, row.solo.seen) for row in rows if row.solo is not None]
    lost = [seen for _, seen in alone if isinstance(seen, NotRun)]
    numbers = {"calls": float(len(alone))}
    if lost:
        return Counted(
            verdict=Verdict.BROKEN,
            summary=f"The sandbox could not run {calls(len(lost))} alone: {clean(lost[0].why)}.",
            numbers=numbers,
        )
    differing = [
        Against(row, seen, "alone it does something else")
        for row, seen in alone
        if row in replayed(rows) and not alike(row.after, seen, row.tolerance)
    ]
    if differing:
        return Counted(
            verdict=Verdict.FAILED,
            summary=f"{len(differing)} of {calls(len(alone))} do something else when they are alone"
            " in their process: the change remembers earlier calls.",
            numbers={**numbers, "differing": float(len(differing))},
            against=tuple(differing),
        )
    return Counted(
        verdict=Verdict.PASSED if alone else Verdict.INCONCLUSIVE,
        summary=f"{calls(len(alone))} made alone did the same.",
        numbers=numbers,
    )


def speed(rows: Sequence[Row], rule: JudgeRule) -> Counted:
    """Does it take much longer on calls that went well?

    Of several runs of one call the slowest of the current version is compared with the fastest of
    the change, and the one call that differs most is left out: what remains is the code's.
    """
    passing = replayed(of_origin(rows, Origin.PASSING))
    times = sorted((_before(row), _after(row)) for row in passing)
    before, after = sum(one for one, _ in times), sum(one for _, one in times)
    numbers = {"seconds_before": before, "seconds_after": after}
    if after - before < LEAST_SECONDS or after <= rule.slower_factor * before:
        return Counted(
            verdict=Verdict.PASSED,
            summary=f"{calls(len(times))}: {duration(after)} now, {duration(before)} before.",
            numbers=numbers,
        )
    worst = max(times, key=lambda pair: pair[1] - pair[0])
    times.remove(worst)
    rest_before, rest_after = sum(one for one, _ in times), sum(one for _, one in times)
    slow = rest_after > rule.slower_factor * rest_before
    if slow and rest_after - rest_before >= LEAST_SECONDS:
        return Counted(
            verdict=Verdict.FAILED,
            summary=f"{calls(len(passing))} take {duration(after)} instead of {duration(before)},"
            f" more than {rule.slower_factor:g} times as long.",
            numbers=numbers,
        )
    return Counted(
        verdict=Verdict.PASSED,
        summary=f"One call took {duration(worst[1])} instead of {duration(worst[0])}; all others"
        " are about as quick as before.",
        numbers=numbers,
    )


def _before(row: Row) -> float:
    return max(one.seconds for one in row.base)


def _after(row: Row) -> float:
    fastest = min(one.seconds for one in row.candidate)
    return fastest if row.solo is None else min(fastest, row.solo.seconds)
