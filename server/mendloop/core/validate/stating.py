"""The check on answers that the project's tests state: is it so, seen from outside?"""

from collections.abc import Sequence

from mendloop.core.stats.words import calls
from mendloop.core.validate.part import Against, Counted
from mendloop.core.validate.rows import Row, Standing
from mendloop.core.validate.wants import Deliberate, unmet
from mendloop.model.report import Verdict


def corroborating(rows: Sequence[Row], errors: Deliberate) -> tuple[Row, ...]:
    """The calls whose stated answer the change gives, and the current version does not.

    Those of a test of which another stated answer is not given speak for nothing.
    """
    denied = {row.case.parent for row in rows if unmet(row, errors)}
    return tuple(
        row
        for row in rows
        if row.standing is Standing.REPLAYED
        and row.case.parent not in denied
        and unmet(row.as_base(), errors)
    )


def stated(rows: Sequence[Row], errors: Deliberate) -> Counted | None:
    """Do tests that newly pass state what the change does? ``None`` where none state anything.

    A test may prepare more than its call shows, so that another answer does not convict; but then
    its pass is only the word of the process that runs the change.
    """
    steady = [row for row in rows if row.standing is Standing.REPLAYED]
    if not steady:
        return None
    denied = [Against(row, row.after, why) for row in steady if (why := unmet(row, errors))]
    return Counted(
        verdict=Verdict.INCONCLUSIVE if denied else Verdict.PASSED,
        summary=f"Of {calls(len(steady))} in tests that newly pass, {len(steady) - len(denied)}"
        " give the stated answer when they are made outside the test.",
        numbers={"calls": float(len(steady)), "denied": float(len(denied))},
        against=tuple(denied),
    )
