"""The account of what could not be replayed: counted by reason and named, never silently passed."""

from collections.abc import Sequence

from mendloop.core.stats.words import calls
from mendloop.core.validate.approach import repeatable
from mendloop.core.validate.cases import Origin
from mendloop.core.validate.measured import Recorded
from mendloop.core.validate.part import Counted
from mendloop.core.validate.rows import Row, Standing, of_origin
from mendloop.core.validate.wording import clean
from mendloop.model.report import Verdict
from mendloop.model.target import Target


def account(target: Target, recorded: Recorded, rows: Sequence[Row]) -> Counted | None:
    """How many recorded calls count, and why the others do not; ``None`` where there are none."""
    tried = of_origin(rows, Origin.PASSING, Origin.FAILING, Origin.WRONG)
    if not recorded.looked_at and not tried:
        return None
    counting = [row for row in tried if row.standing is Standing.REPLAYED and not row.partial]
    reasons = _reasons(target, recorded, tried)
    numbers = {
        "looked_at": float(recorded.looked_at),
        "tried": float(len(tried)),
        "counting": float(len(counting)),
        **{name: float(number) for name, (number, _) in reasons.items()},
    }
    said = "; ".join(f"{number} {why}" for number, why in reasons.values() if number)
    return Counted(
        verdict=Verdict.PASSED if counting else Verdict.INCONCLUSIVE,
        summary=f"Of {calls(len(tried))} that were made again {len(counting)} count."
        + (f" Not replayable: {said}." if said else ""),
        numbers=numbers,
    )


def _reasons(
    target: Target, recorded: Recorded, tried: Sequence[Row]
) -> dict[str, tuple[int, str]]:
    """By reason: how many, and how that is said."""
    impure = 0 if repeatable(target) else recorded.looked_at - recorded.cut
    standing = [row.standing for row in tried]
    partial = sum(row.standing is Standing.REPLAYED and row.partial for row in tried)
    return {
        "impure": (impure, "of a target that may not be repeated"),
        "unanswered": (recorded.unanswered, clean(recorded.why)),
        "not_recorded": (
            standing.count(Standing.NOT_RECORDED),
            "that asked the world for something that was not recorded",
        ),
        "cut": (recorded.cut, "kept only in part (too big, or redacted)"),
        "unsteady": (standing.count(Standing.UNSTEADY), "whose two runs differ"),
        "changed": (
            standing.count(Standing.CHANGED),
            "that the current version no longer answers as recorded",
        ),
        "partial": (partial, "with an answer that can be compared only in part"),
        "not_run": (standing.count(Standing.NOT_RUN), "that the sandbox did not run"),
    }
