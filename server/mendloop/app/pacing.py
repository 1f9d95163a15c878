"""Measure both versions in turns, on calls that last long enough for it."""

from collections.abc import Mapping, Sequence
from typing import Final

from mendloop.app.passes import Passes
from mendloop.app.replay import calls
from mendloop.core.validate.cases import Origin, TestCase
from mendloop.core.validate.evidence import JudgeRule, Run
from mendloop.core.validate.measured import Pace
from mendloop.model.observation import NotLoaded, Observation, Raised, Returned

_LEAST: Final = 0.0005
"""Seconds of a call below which its noise is larger than what is looked for."""
_MOST_CALLS: Final = 12
_MOST_SECONDS: Final = 0.5
"""Of all calls together, once; so many seconds are spent on each turn."""
_LOOKS: Final = (8, 16, 32)
"""After so many turns it is looked whether more are needed; fewer bound nothing surely enough."""


async def measured(
    passes: Passes,
    overlay: Mapping[str, bytes],
    cases: Sequence[TestCase],
    known: tuple[Run, Run],
    rule: JudgeRule,
) -> Pace | None:
    """Measure the longest passing calls on both versions, in the order A B B A.

    Args:
        passes: Of the target.
        overlay: The changed files.
        cases: All cases.
        known: What the current version did on them, and what the change did.
        rule: What is slow.

    Returns:
        The times; ``None`` where the calls last too long to be made so often, or do not end.
    """
    from mendloop.core.validate.pace import decided  # noqa: PLC0415  loads with the work

    few = _longest(cases, *known)
    if few is None:
        return None
    pace = Pace(calls=len(few))
    for turns in _LOOKS if few else ():
        more = await _turns(passes, overlay, few, turns - len(pace.before))
        if more is None:
            return None
        pace = Pace(
            calls=len(few),
            before=(*pace.before, *more.before),
            after=(*pace.after, *more.after),
        )
        if decided(pace, rule):
            break
    return pace


async def _turns(
    passes: Passes, overlay: Mapping[str, bytes], few: Sequence[TestCase], turns: int
) -> Pace | None:
    """So many turns more."""
    versions = (passes.program(), passes.program(overlay))
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(turns):
        for which in (0, 1) if turn % 2 == 0 else (1, 0):
            run = await passes.run(versions[which], calls(few), chunk=len(few), told=False)
            seconds = _total(run)
            if seconds is None:
                return None
            times[which].append(seconds)
    return Pace(calls=len(few), before=tuple(times[0]), after=tuple(times[1]))


def _longest(cases: Sequence[TestCase], before: Run, after: Run) -> list[TestCase] | None:
    """The calls to measure, the longest first; ``None`` where even one of them lasts too long."""
    if isinstance(before, NotLoaded) or isinstance(after, NotLoaded):
        return None
    first, second = _ended(before), _ended(after)
    lasting = {
        case.case.id: max(first[case.case.id], second[case.case.id])
        for case in cases
        if case.origin is Origin.PASSING and case.case.id in first and case.case.id in second
    }
    long = sorted(
        (case for case in cases if lasting.get(case.case.id, 0.0) >= _LEAST),
        key=lambda case: -lasting[case.case.id],
    )
    if long and lasting[long[0].case.id] > _MOST_SECONDS:
        return None
    few: list[TestCase] = []
    room = _MOST_SECONDS
    for case in long:
        if lasting[case.case.id] <= room and len(few) < _MOST_CALLS:
            room -= lasting[case.case.id]
            few.append(case)
    return few


def _ended(run: Sequence[Observation]) -> dict[str, float]:
    return {one.case: one.seconds for one in run if isinstance(one.seen, Returned)}


def _total(run: Run) -> float | None:
    """The seconds of all calls; ``None`` where one of them did not end."""
    if isinstance(run, NotLoaded) or not all(
        isinstance(one.seen, Returned | Raised) for one in run
    ):
        return None
    return sum(one.seconds for one in run)
