"""Search for the smallest unlabelled call on which a change differs from the current version."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum
from itertools import islice
from typing import Final

from mendloop.app.passes import Passes
from mendloop.core.investigate.shrink import reductions
from mendloop.core.validate.cases import Origin, SameAsBefore, TestCase
from mendloop.core.validate.evidence import Run
from mendloop.core.validate.rows import alike
from mendloop.model.observation import NotLoaded, Returned, Seen
from mendloop.model.value import call_text

_ROUNDS: Final = 6
_WIDTH: Final = 40


class Sort(Enum):
    """How a change differs from the current version on a call."""

    ANSWERED = "answered otherwise"
    FAILS = "fails anew"


async def smaller(
    passes: Passes,
    overlay: Mapping[str, bytes],
    cases: Sequence[TestCase],
    runs: tuple[Run, Run],
) -> TestCase | None:
    """A smaller call that shows the same sort of difference as the smallest of some.

    Delta debugging in rounds, as for failures: every variant is run on both versions, and the
    smallest on which they differ in the same way goes into the next round.

    Args:
        passes: Of the target.
        overlay: The changed files.
        cases: Unlabelled calls that the current version answers.
        runs: What both versions did on them.

    Returns:
        The call; ``None`` where no unlabelled call differs, or none is smaller.
    """
    differing = _differing(cases, *runs, passes.target.float_tolerance)
    if not differing:
        return None
    first, sort = min(differing, key=lambda one: (len(one[0].text), one[0].text))
    best = first
    for number in range(_ROUNDS):
        found = await _round(passes, overlay, best, sort, number)
        if found is None:
            break
        best = found
    return None if best is first else best


async def _round(
    passes: Passes, overlay: Mapping[str, bytes], best: TestCase, sort: Sort, number: int
) -> TestCase | None:
    variants = [
        TestCase(
            case=replace(best.case, id=f"smaller-{number}.{place}", args=args, kwargs=kwargs),
            origin=Origin.GENERATED,
            wanted=SameAsBefore(),
        )
        for place, (args, kwargs) in enumerate(
            islice(reductions(best.case.args, best.case.kwargs), _WIDTH)
        )
    ]
    if not variants:
        return None
    every = [one.case for one in variants]
    before = await passes.run(passes.program(), every, told=False)
    after = await passes.run(passes.program(overlay), every, told=False)
    same = [
        case
        for case, found in _differing(variants, before, after, passes.target.float_tolerance)
        if found is sort
    ]
    return min(same, key=lambda one: len(call_text(one.case.args, one.case.kwargs)), default=None)


def _differing(
    cases: Sequence[TestCase], before: Run, after: Run, tolerance: float
) -> list[tuple[TestCase, Sort]]:
    """The calls answered so far that are not answered so now, and whether they are answered."""
    if isinstance(before, NotLoaded) or isinstance(after, NotLoaded):
        return []
    first = {one.case: one.seen for one in before}
    second = {one.case: one.seen for one in after}
    return [
        (case, Sort.ANSWERED if isinstance(second[case.case.id], Returned) else Sort.FAILS)
        for case in cases
        if case.case.id in first
        and case.case.id in second
        and _differs(first[case.case.id], second[case.case.id], tolerance)
    ]


def _differs(before: Seen, after: Seen, tolerance: float) -> bool:
    return isinstance(before, Returned) and not alike(before, after, tolerance)
