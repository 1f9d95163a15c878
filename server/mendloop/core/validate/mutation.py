"""Would the recorded calls notice a small error in the changed lines?

The score is the share of mutants on which some call does not do what is wanted. It never stands in
the way of a change: it says how much the other checks are worth.
"""

from collections.abc import Sequence
from typing import Final

from mendloop.core.validate.evidence import Evidence, Run
from mendloop.core.validate.mutants import Mutant
from mendloop.core.validate.part import Counted
from mendloop.core.validate.rows import Row, Standing, rows_of
from mendloop.core.validate.wants import deliberate, unmet
from mendloop.core.validate.wording import clean
from mendloop.model.observation import NotLoaded, NotRun, Observation
from mendloop.model.report import Verdict
from mendloop.noun import dataclass

WEAK_BELOW: Final = 0.8
"""A lower score is worth a word."""
_NAMED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One mutant, and whether some call noticed it."""

    mutant: Mutant
    noticed: bool


def telling(evidence: Evidence, *, most: int) -> tuple[Row, ...]:
    """The calls that could notice something: the change does on them what is wanted.

    Failing ones first, then one of every shape, as they were chosen.
    """
    errors = deliberate(evidence.target.path, evidence.source)
    rows = rows_of(evidence, evidence.cases)
    right = [row for row in rows if row.standing is Standing.REPLAYED and not unmet(row, errors)]
    return tuple(right[:most])


def noticed(evidence: Evidence, mutant: Mutant, rows: Sequence[Row], run: Run) -> bool:
    """Whether a mutant does not do what is wanted on one of the calls it was run on."""
    if isinstance(run, NotLoaded):
        return True
    errors = deliberate(evidence.target.path, mutant.source)
    seen = {one.case: one for one in run if not isinstance(one.seen, NotRun)}
    return any(
        unmet(_as(row, seen[row.case.case.id]), errors) for row in rows if row.case.case.id in seen
    )


def score(tried: Sequence[Tried], *, left: int, calls: int) -> Counted:
    """How the mutants came out.

    Args:
        tried: Those that were run.
        left: How many more there are, for which there was no time.
        calls: On how many calls they were run.
    """
    killed = sum(one.noticed for one in tried)
    share = killed / len(tried) if tried else 0.0
    numbers = {
        "mutants": float(len(tried)),
        "killed": float(killed),
        "not_tried": float(left),
        "calls": float(calls),
    }
    if not tried:
        return Counted(
            verdict=Verdict.PASSED,
            summary="The changed lines hold nothing in which a small error could be put.",
            numbers=numbers,
        )
    numbers["score"] = share
    return Counted(verdict=Verdict.PASSED, summary=_said(tried, killed, share), numbers=numbers)


def _said(tried: Sequence[Tried], killed: int, share: float) -> str:
    if killed == len(tried):
        errors = "the one small error" if killed == 1 else f"each of {killed} small errors"
        return f"The recorded calls would notice {errors} tried in the changed lines."
    missed = [one.mutant for one in tried if not one.noticed]
    few = "; ".join(f"line {one.line}, {one.what}" for one in missed[:_NAMED])
    more = "; ..." if len(missed) > _NAMED else ""
    weak = "The history is weak here: t" if share < WEAK_BELOW else "T"
    return clean(
        f"{weak}he recorded calls would not notice {len(missed)} of {len(tried)} small errors in"
        f" the changed lines: {few}{more}.",
        most=600,
    )


def _as(row: Row, seen: Observation) -> Row:
    return Row(
        case=row.case,
        base=row.base,
        candidate=(seen,),
        solo=None,
        standing=row.standing,
        tolerance=row.tolerance,
    )
