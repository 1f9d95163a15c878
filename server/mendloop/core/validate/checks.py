"""The checks on the calls themselves: answers kept, failures mended, known answers given."""

from collections.abc import Sequence

from mendloop.core.stats.words import calls
from mendloop.core.validate.bound import needed, upper
from mendloop.core.validate.cases import Exactly, Origin, RaisesClearly
from mendloop.core.validate.evidence import JudgeRule
from mendloop.core.validate.part import Against, Counted
from mendloop.core.validate.rows import Row, Standing, of_origin
from mendloop.core.validate.wants import Deliberate, clear_error, unmet
from mendloop.core.validate.wording import clean
from mendloop.model.observation import NotRun
from mendloop.model.report import Verdict


def against(rows: Sequence[Row], errors: Deliberate) -> tuple[Against, ...]:
    """The rows on which a change does not do what is wanted, each with the run that shows it."""
    found: list[Against] = []
    for row in rows:
        if why := unmet(row, errors):
            got = next((one.seen for one in row.candidate if one.seen != row.before), row.after)
            found.append(Against(row, got, why))
    return tuple(found)


def still_right(rows: Sequence[Row], rule: JudgeRule, errors: Deliberate) -> Counted:
    """Do the calls that went well keep their answers, and are they enough to say so?"""
    passing = of_origin(rows, Origin.PASSING)
    kept = countable(passing)
    partial = [row for row in replayed(passing) if row.partial]
    worse = against([*kept, *partial], errors)
    bound = upper(len(worse), len(kept), alpha=rule.alpha)
    short = max(needed(rule.regression_bound, alpha=rule.alpha) - len(kept), 0)
    said = f"{len(kept) + len(partial) - len(worse)} of {len(kept) + len(partial)} recorded answers"
    rest = f"{_left_out(passing)}{_partial(len(partial))}"
    numbers = {
        "replayed": float(len(kept)),
        "worse": float(len(worse)),
        "not_replayable": float(len(passing) - len(replayed(passing))),
        "partial": float(len(partial)),
        "regression_bound": bound,
        "calls_missing": float(short),
    }
    if worse:
        return Counted(
            verdict=Verdict.FAILED,
            summary=f"Only {said} are kept.{rest}",
            numbers=numbers,
            against=worse,
        )
    if short:
        return Counted(
            verdict=Verdict.INCONCLUSIVE,
            summary=f"{said} are kept, too few to hold the share of calls that get worse under"
            f" {rule.regression_bound:.1%}: {calls(short)} more are needed.{rest}",
            numbers=numbers,
        )
    return Counted(
        verdict=Verdict.PASSED,
        summary=f"All {said} are kept: at most {bound:.1%} of such calls get worse, with"
        f" {1 - rule.alpha:.0%} confidence.{rest}",
        numbers=numbers,
    )


def mended(rows: Sequence[Row], errors: Deliberate) -> Counted:
    """Do the calls that failed stop failing?

    A change that mends one kind of failure whole and leaves another exactly as it is has neither
    passed nor failed: somebody must say whether that was the intention.
    """
    failing = of_origin(rows, Origin.FAILING, Origin.WRONG)
    wanting = reproduced(rows, errors)
    left = against(wanting, errors)
    clear = sum(clear_error(row, errors) for row in wanting)
    numbers = {
        "failing": float(len(failing)),
        "reproduced": float(len(wanting)),
        "mended": float(len(wanting) - len(left)),
        "clear_errors": float(clear),
    }
    rest = f"{_not_again(len(failing) - len(wanting))}{_clearly(clear)}"
    if not wanting:
        return Counted(
            verdict=Verdict.INCONCLUSIVE,
            summary=f"None of {calls(len(failing))} that failed fails again in the sandbox, so"
            " nothing shows that the change mends them.",
            numbers=numbers,
        )
    if not left:
        return Counted(
            verdict=Verdict.PASSED,
            summary=f"All {calls(len(wanting))} that failed are mended.{rest}",
            numbers=numbers,
        )
    return Counted(
        verdict=Verdict.INCONCLUSIVE if _one_kind_whole(wanting, left) else Verdict.FAILED,
        summary=_how_many(wanting, left) + rest,
        numbers=numbers,
        against=left,
    )


def expected(rows: Sequence[Row], errors: Deliberate) -> Counted:
    """Do the calls whose right answer is known give it?"""
    known = labelled(rows)
    steady = replayed(known)
    wrong = against(steady, errors)
    right = len(steady) - len(wrong)
    numbers = {"known": float(len(known)), "right": float(right), "wrong": float(len(wrong))}
    rest = _left_out(known)
    if wrong:
        return Counted(
            verdict=Verdict.FAILED,
            summary=f"{right} of {len(steady)} known answers are given.{rest}",
            numbers=numbers,
            against=wrong,
        )
    if not steady:
        return Counted(
            verdict=Verdict.INCONCLUSIVE,
            summary=f"No call with a known answer could be replayed.{rest}",
            numbers=numbers,
        )
    return Counted(
        verdict=Verdict.PASSED,
        summary=f"All {len(steady)} known answers are given.{rest}",
        numbers=numbers,
    )


def synthetic(rows: Sequence[Row], errors: Deliberate) -> Counted:
    """Do the synthetic calls without a known answer at least not fail?"""
    plain = [row for row in of_origin(rows, Origin.SYNTHETIC) if row not in labelled(rows)]
    failing = against(replayed(plain), errors)
    return Counted(
        verdict=Verdict.FAILED if failing else Verdict.PASSED,
        summary=f"{len(plain) - len(failing)} of {len(plain)} synthetic calls do not fail.",
        numbers={"calls": float(len(plain)), "failing": float(len(failing))},
        against=failing,
    )


def ran(rows: Sequence[Row]) -> Counted:
    """Did the sandbox run every call on both versions?"""
    broken = [row for row in rows if row.standing is Standing.NOT_RUN]
    numbers = {"calls": float(len(rows)), "not_run": float(len(broken))}
    if not broken:
        return Counted(
            verdict=Verdict.PASSED, summary=f"{calls(len(rows))} were run.", numbers=numbers
        )
    both = (*broken[0].base, *broken[0].candidate)
    why = next(one.seen.why for one in both if isinstance(one.seen, NotRun))
    return Counted(
        verdict=Verdict.BROKEN,
        summary=f"The sandbox could not run {len(broken)} of {calls(len(rows))}: {clean(why)}.",
        numbers=numbers,
    )


def replayed(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Those on which the current version does again what was recorded."""
    return tuple(row for row in rows if row.standing is Standing.REPLAYED)


def countable(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Those of them whose whole answer is known."""
    return tuple(row for row in replayed(rows) if not row.partial)


def reproduced(rows: Sequence[Row], errors: Deliberate) -> tuple[Row, ...]:
    """The failing calls that the current version still gets wrong."""
    failing = replayed(of_origin(rows, Origin.FAILING, Origin.WRONG))
    return tuple(row for row in failing if unmet(row.as_base(), errors))


def labelled(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Those whose right answer somebody has said."""
    return tuple(row for row in rows if isinstance(row.case.wanted, Exactly | RaisesClearly))


def _one_kind_whole(wanting: Sequence[Row], left: Sequence[Against]) -> bool:
    """Whether some kinds of failure are mended whole, and all others exactly as they were."""
    left_kinds = {one.row.case.group for one in left}
    other_kinds = {row.case.group for row in wanting} - left_kinds
    mended_there = sum(row.case.group in left_kinds for row in wanting) - len(left)
    as_before = all(one.row.unchanged for one in left)
    return bool(other_kinds) and mended_there == 0 and as_before


def _how_many(wanting: Sequence[Row], left: Sequence[Against]) -> str:
    if all(row.unchanged for row in wanting):
        return f"It changes nothing: {calls(len(wanting))} fail exactly as before."
    if len(left) == len(wanting):
        return f"It mends none of {calls(len(wanting))} that failed."
    if _one_kind_whole(wanting, left):
        kinds = len({row.case.group for row in wanting})
        rest = len({one.row.case.group for one in left})
        return (
            f"It mends {kinds - rest} of {kinds} kinds of failure; {calls(len(left))} of another"
            " kind fail as before. Test it on the one kind alone, or mend both."
        )
    return f"{len(left)} of {calls(len(wanting))} that failed are not mended."


def _left_out(rows: Sequence[Row]) -> str:
    unsteady = [row.case.case.id for row in rows if row.standing is Standing.UNSTEADY]
    changed = [row.case.case.id for row in rows if row.standing is Standing.CHANGED]
    said = ""
    if unsteady:
        said += f" Left out: {calls(len(unsteady))} whose answer varies ({_few(unsteady)})."
    if changed:
        said += (
            f" Left out: {calls(len(changed))} that the current version no longer answers as"
            f" recorded ({_few(changed)})."
        )
    return said


def _few(ids: Sequence[str]) -> str:
    more = ", ..." if len(ids) > 3 else ""  # noqa: PLR2004  as many as fit in a sentence
    return clean(", ".join(ids[:3])) + more


def _partial(number: int) -> str:
    return f" {calls(number)} could be compared only in part, and do not count." if number else ""


def _not_again(number: int) -> str:
    return f" {calls(number)} did not fail again in the same way." if number else ""


def _clearly(number: int) -> str:
    return f" {number} of them now end in a clear error." if number else ""
