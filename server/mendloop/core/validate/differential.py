"""The check on made-up calls: where the current version answers, does the change answer the same?

Nobody has said what these calls should give. A difference is therefore for a person to say, as with
near-misses, unless wrong answers are being mended. Declared invariants hold on all of them: a new
answer that breaks one has failed, where the current version keeps them on such calls.
"""

from collections.abc import Sequence

from mendloop.core.stats.words import calls
from mendloop.core.validate.cases import Origin
from mendloop.core.validate.checks import labelled
from mendloop.core.validate.evidence import Evidence
from mendloop.core.validate.part import Against, Counted
from mendloop.core.validate.patterns import counted_anew
from mendloop.core.validate.rows import Row, Standing
from mendloop.core.validate.wants import Deliberate, clear_error
from mendloop.model.observation import Returned
from mendloop.model.report import Verdict


def differential(
    evidence: Evidence, rows: Sequence[Row], made: Sequence[Row], errors: Deliberate
) -> Counted | None:
    """Compare both versions on made-up calls; ``None`` where there are none to compare.

    Args:
        evidence: What is known of the change.
        rows: The recorded and declared calls.
        made: The made-up ones.
        errors: What the change raises on purpose.
    """
    steady = [row for row in made if row.standing is Standing.REPLAYED]
    worked = [row for row in steady if isinstance(row.before, Returned)]
    if not steady:
        return None
    excused = bool(labelled(rows)) or any(row.case.origin is Origin.WRONG for row in rows)
    anew = [row for row in worked if _fails(row, errors)]
    if excused:
        anew = counted_anew(anew, worked, rows)
    lost = [Against(row, row.after, "a made-up call fails anew") for row in anew]
    other = [row for row in worked if isinstance(row.after, Returned) and not row.unchanged]
    told = (
        ()
        if excused
        else [Against(row, row.after, "a made-up call is answered otherwise") for row in other]
    )
    broken, doubtful = _invariants(evidence, steady)
    against = (*broken, *lost, *told)
    return Counted(
        verdict=_verdict(against, broken, doubtful=doubtful),
        summary=f"Of {calls(len(worked))} made up that the current version answers, {len(other)}"
        f" are answered otherwise and {len(lost)} fail anew"
        + (f"; {len(broken)} new answers break an invariant" if broken else "")
        + (", as may be where answers were wrong" if other and excused else "")
        + ".",
        numbers={
            "calls": float(len(steady)),
            "answered_before": float(len(worked)),
            "answered_otherwise": float(len(other)),
            "failing_anew": float(len(lost)),
            "breaking_invariants": float(len(broken)),
        },
        against=against,
    )


def _verdict(against: Sequence[Against], broken: Sequence[Against], *, doubtful: bool) -> Verdict:
    if broken and not doubtful:
        return Verdict.FAILED
    return Verdict.INCONCLUSIVE if against else Verdict.PASSED


def _invariants(evidence: Evidence, steady: Sequence[Row]) -> tuple[list[Against], bool]:
    """New answers that break an invariant, and whether the current version breaks them as well.

    Made-up calls may lie outside what the function is for; then so do its answers.
    """
    known = evidence.invariants
    returned = [row for row in steady if isinstance(row.after, Returned)]
    broken = [row for row in returned if known.get(row.case.case.id) is False]
    new = [row for row in broken if not row.unchanged]
    return [Against(row, row.after, "it breaks an invariant") for row in new], len(new) < len(
        broken
    )


def _fails(row: Row, errors: Deliberate) -> bool:
    return not isinstance(row.after, Returned) and not clear_error(row, errors)
