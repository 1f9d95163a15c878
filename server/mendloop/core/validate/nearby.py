"""The checks on near-misses: is the fault mended, or are its recorded inputs known by heart?

    not_recognising  where a near-miss fails as its recorded parent did, a change that mends the
                     parent should mend it too
    near_misses      where nothing was wrong, nothing should change

A change that brings no literal cannot know an input again, and is not held to the first. One that
only adds entries to a table mends those entries and no others: a person must say whether the
entries are right, so that is *inconclusive*.
"""

from collections.abc import Sequence
from typing import Final

from mendloop.core.stats.words import calls
from mendloop.core.validate.cases import Origin
from mendloop.core.validate.checks import labelled, reproduced
from mendloop.core.validate.evidence import Evidence
from mendloop.core.validate.literals import Brings, brings
from mendloop.core.validate.part import Against, Counted
from mendloop.core.validate.patterns import counted_anew
from mendloop.core.validate.rows import Row, Standing, alike
from mendloop.core.validate.wants import Deliberate, clear_error, unmet
from mendloop.core.validate.ways import by_way, of_a_way, of_wrong_ways
from mendloop.model.observation import Returned
from mendloop.model.report import Verdict

_WORST: Final = (Verdict.FAILED, Verdict.BROKEN, Verdict.INCONCLUSIVE, Verdict.PASSED)
FEW: Final = 3
"""Fewer near-misses of one kind do not convict."""


def not_recognising(
    evidence: Evidence, rows: Sequence[Row], near: Sequence[Row], errors: Deliberate
) -> Counted | None:
    """Does the change mend near-misses of what it mends? ``None`` where it mends nothing."""
    mends = {row.case.case.id: row for row in reproduced(rows, errors) if not unmet(row, errors)}
    if not mends:
        return None
    if not any(row.case.case.args or row.case.case.kwargs for row in mends.values()):
        return Counted(
            verdict=Verdict.PASSED, summary="The calls have no arguments to be known again by."
        )
    steady = [row for row in near if row.standing is Standing.REPLAYED and row.case.parent in mends]
    if not steady:
        return Counted(
            verdict=Verdict.INCONCLUSIVE,
            summary="No near-miss of a mended call could be run, so nothing shows that the change"
            " does more than know the recorded inputs again.",
        )
    brought = brings(evidence.base_source, evidence.source)
    failing = [row for row in steady if _fails_alike(row, mends[row.case.parent])]
    if failing:
        # a change may know arguments by heart, or answers: neither is to hide behind the other
        close = [row for row in failing if not row.case.far]
        sorts = ([row for row in close if _other_arguments(row) is sort] for sort in (True, False))
        judged = [_of_failing(some, brought, errors) for some in sorts if some]
        ways = by_way(failing, mends, evidence) if brought is Brings.LITERALS else ()
        judged += [one for some in ways if (one := of_a_way(some, errors)) is not None]
        said = f"{calls(len(failing))} that failed like the mended ones are mended too, or as many."
        judged.append(Counted(verdict=Verdict.PASSED, summary=said))
        return min(judged, key=lambda one: _WORST.index(one.verdict))
    wrong = [row for row in steady if mends[row.case.parent].case.origin is Origin.WRONG]
    if brought is Brings.LITERALS and (one := of_wrong_ways(wrong, mends, evidence, errors)):
        return one
    return _of_wrong(wrong, brought) if wrong else _of_a_point(steady)


def _other_arguments(row: Row) -> bool:
    """Whether a near-miss has other arguments than its parent, not another answer of the world."""
    world = row.case.case.world
    return world is None or world.loose


def near_misses(rows: Sequence[Row], near: Sequence[Row], errors: Deliberate) -> Counted | None:
    """Does the change leave alone what was right nearby? ``None`` where nothing was run there."""
    parents = {row.case.case.id for row in rows if row.case.origin is Origin.PASSING}
    steady = [
        row
        for row in near
        if row.standing is Standing.REPLAYED
        and row.case.parent in parents
        and isinstance(row.before, Returned)
    ]
    if not steady:
        return None
    other = [row for row in steady if isinstance(row.after, Returned) and not row.unchanged]
    excused = bool(labelled(rows)) or any(row.case.origin is Origin.WRONG for row in rows)
    failing = [row for row in steady if _fails_anew(row, errors)]
    if excused:
        failing = counted_anew(failing, steady, rows)
    against = [Against(row, row.after, "it failed on no such call before") for row in failing]
    if not excused:
        against += [Against(row, row.after, "another answer than before") for row in other]
    return Counted(
        verdict=Verdict.INCONCLUSIVE if against else Verdict.PASSED,
        summary=f"Of {calls(len(steady))} close to recorded ones, {len(other)} are answered"
        f" otherwise and {len(failing)} fail anew{'' if against or not other else _why_excused()}.",
        numbers={
            "calls": float(len(steady)),
            "answered_otherwise": float(len(other)),
            "failing_anew": float(len(failing)),
        },
        against=tuple(against),
    )


def _of_failing(failing: Sequence[Row], brought: Brings, errors: Deliberate) -> Counted:
    """Judge by the near-misses that fail as a mended call did."""
    still = [row for row in failing if row.unchanged and not clear_error(row, errors)]
    numbers = {"alike": float(len(failing)), "still_failing": float(len(still))}
    said = f"{len(still)} of {calls(len(failing))} close to the mended ones, which failed alike,"
    if len(still) * 2 <= len(failing):
        return Counted(verdict=Verdict.PASSED, summary=f"{said} still fail.", numbers=numbers)
    if brought is Brings.NOTHING:
        return Counted(
            verdict=Verdict.PASSED,
            summary=f"{said} still fail; but the change holds no value of its own to know an input"
            " by.",
            numbers=numbers,
        )
    convicted = brought is Brings.LITERALS and len(failing) >= FEW
    return Counted(
        verdict=Verdict.FAILED if convicted else Verdict.INCONCLUSIVE,
        summary=f"{said} still fail in the same way: it looks as if the recorded inputs were known"
        " again rather than the fault mended.",
        numbers=numbers,
        against=tuple(Against(row, row.after, "a near-miss still fails") for row in still),
    )


def _of_wrong(steady: Sequence[Row], brought: Brings) -> Counted:
    """Judge by the near-misses of calls that were answered wrongly."""
    reached = sum(isinstance(row.after, Returned) and not row.unchanged for row in steady)
    numbers = {"near_misses": float(len(steady)), "answered_otherwise": float(reached)}
    said = f"Of {calls(len(steady))} close to the mended ones, {reached} are answered otherwise"
    if reached or brought is Brings.NOTHING:
        return Counted(verdict=Verdict.PASSED, summary=f"{said}.", numbers=numbers)
    return Counted(
        verdict=Verdict.INCONCLUSIVE,
        summary=f"{said}, though the change brings values of its own: it cannot be told from one"
        " that knows the recorded inputs again.",
        numbers=numbers,
    )


def _of_a_point(steady: Sequence[Row]) -> Counted:
    """No near-miss failed at all: the fault is one point wide, such as an empty list or a zero."""
    return Counted(
        verdict=Verdict.PASSED,
        summary=f"None of {calls(len(steady))} close to the mended ones failed before: the fault is"
        " no wider than the recorded inputs.",
        numbers={"near_misses": float(len(steady))},
    )


def _fails_alike(row: Row, parent: Row) -> bool:
    return not isinstance(row.before, Returned) and alike(row.before, parent.before)


def _fails_anew(row: Row, errors: Deliberate) -> bool:
    return not isinstance(row.after, Returned) and not clear_error(row, errors)


def _why_excused() -> str:
    return ", as may be where answers were wrong"
