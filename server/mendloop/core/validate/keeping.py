"""The checks for a change that mends a part, or gives something up for it.

    make  where answers were wrong, none nearby is made like the wrong ones
    work  what the file called for its effect it still calls

Neither convicts: a person may know that the change is right.
"""

from collections.abc import Sequence
from typing import Final

from mendloop.core.stats.words import calls
from mendloop.core.validate.cases import Exactly, Origin
from mendloop.core.validate.checks import labelled, replayed, reproduced
from mendloop.core.validate.effects import deleted
from mendloop.core.validate.evidence import Evidence
from mendloop.core.validate.part import Against, Counted
from mendloop.core.validate.probes import sort_of
from mendloop.core.validate.rows import Row, Standing, of_origin
from mendloop.core.validate.wants import Deliberate, unmet
from mendloop.core.validate.wording import clean
from mendloop.model.observation import Raised, Returned
from mendloop.model.report import Verdict
from mendloop.model.value import Encoded

_FEW: Final = 3
_LABEL: Final = "Say of one of them what is right (the tool `label`), or ask a person."


def make(rows: Sequence[Row], near: Sequence[Row], errors: Deliberate) -> Counted | None:
    """Is an answer near the mended ones made like the wrong ones, and like no right one?"""
    mends = {row.case.case.id for row in reproduced(rows, errors) if not unmet(row, errors)}
    bad = [row for row in of_origin(rows, Origin.WRONG) if row.case.case.id in mends]
    wanted = [row.case.wanted for row in labelled(rows)]
    right = {
        *(_made(value) for value in _answers(rows)),
        *(_made(one.value) for one in wanted if isinstance(one, Exactly)),
    }
    wrong = {_made(row.before.value) for row in bad if isinstance(row.before, Returned)} - right
    left = [
        row
        for row in near
        if row.case.parent in mends
        and row.standing is Standing.REPLAYED
        and isinstance(row.after, Returned)
        and _made(row.after.value) in wrong
    ]
    if not wrong or not left:
        return None
    return Counted(
        verdict=Verdict.INCONCLUSIVE,
        summary=f"{calls(len(left))} close to the mended ones are answered by a thing made like the"
        f" wrong answers, and like no right one: the fault seems to be mended in part. {_LABEL}",
        numbers={"still_of_that_make": float(len(left))},
        against=tuple(Against(row, row.after, "made like a wrong answer") for row in left),
    )


def _made(value: Encoded) -> str:
    """Of what sorts of things a value is made, however many of them."""
    match value:
        case list():
            return f"[{' '.join(sorted({_made(part) for part in value}))}]"
        case dict() if not any(key.startswith("$") for key in value):
            return f"{{{' '.join(sorted({_made(part) for part in value.values()}))}}}"
        case _:
            return sort_of(value)


def work(evidence: Evidence, rows: Sequence[Row]) -> Counted | None:
    """Does the file still call what it called for its effect? ``None`` where it does."""
    faults = [row.before.fault for row in rows if isinstance(row.before, Raised)]
    faulty = {fault.frames[-1].line for fault in faults if fault.frames}
    gone = deleted(evidence.base_source, evidence.source, faulty=faulty)
    if not gone:
        return None
    return Counted(
        verdict=Verdict.INCONCLUSIVE,
        summary=clean(
            f"It no longer calls {', '.join(gone[:_FEW])}, which was called for what it does"
            " besides answering; no replay sees whether that is missed. Keep it, or ask a person."
        ),
        numbers={"deleted": float(len(gone))},
    )


def _answers(rows: Sequence[Row]) -> list[Encoded]:
    """What the recorded calls gave that went well."""
    passing = replayed(of_origin(rows, Origin.PASSING))
    return [row.before.value for row in passing if isinstance(row.before, Returned)]
