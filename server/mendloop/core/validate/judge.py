"""From what both versions did on every case to a verdict.

    FAILED        something is shown to be wrong
    BROKEN        nothing is shown to be wrong, but the sandbox failed
    INCONCLUSIVE  too little could be seen to say
    PASSED        everything asked for was seen

*Could not tell* is never *passed*: a check that saw nothing is inconclusive, and so is the whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from mendloop.core.validate import checks, conduct, gaming
from mendloop.core.validate.approach import Means, approach_check
from mendloop.core.validate.cases import Origin
from mendloop.core.validate.differential import differential
from mendloop.core.validate.evidence import Evidence, Judged, JudgeRule, Oracle
from mendloop.core.validate.memory import memory
from mendloop.core.validate.nearby import near_misses, not_recognising
from mendloop.core.validate.pace import pace_check
from mendloop.core.validate.part import Counted, Part, shown
from mendloop.core.validate.repeated import account
from mendloop.core.validate.rows import Row, Standing, alike, of_origin, rows_of
from mendloop.core.validate.stating import corroborating, stated
from mendloop.core.validate.wants import Deliberate, clear_error, deliberate, unmet
from mendloop.core.validate.wording import clean
from mendloop.model.observation import NotLoaded, Returned
from mendloop.model.proposal import StaticFinding
from mendloop.model.report import Verdict
from mendloop.model.target import TargetKind
from mendloop.noun import dataclass

__all__ = ["Evidence", "JudgeRule", "Judged", "Oracle", "judge"]

_RECORDED: Final = frozenset({Origin.PASSING, Origin.FAILING, Origin.WRONG})
WORST: Final = (Verdict.FAILED, Verdict.BROKEN, Verdict.INCONCLUSIVE, Verdict.PASSED)


def judge(evidence: Evidence, rule: JudgeRule) -> Judged:
    """Judge one change to one target.

    Args:
        evidence: What is known of it.
        rule: How much evidence a pass needs.

    Returns:
        The verdict, with every check behind it, in words and numbers.
    """
    first = (_static(evidence).named("static"), *_approach(evidence))
    if not evidence.cases:
        unseen = (*_account(evidence, ()), _unseen(evidence).named("still_right"))
        return _judged((*first, *unseen), None, _unread(evidence))
    loads = _loads(evidence).named("loads")
    if loads.check.verdict is not Verdict.PASSED:
        return _judged((*first, loads), None, Oracle.NONE)
    rows = rows_of(evidence, evidence.cases)
    seen = _Seen(
        rows=rows,
        near=rows_of(evidence, evidence.perturbed),
        made=rows_of(evidence, evidence.generated),
        stated=rows_of(evidence, evidence.stated),
        errors=deliberate(evidence.target.path, evidence.source),
    )
    counted = checks.still_right(rows, rule, seen.errors)
    bound = counted.numbers["regression_bound"] if counted.numbers["replayed"] else None
    parts = (*_on_calls(seen, rule), *_around(evidence, seen, rule))
    judged = _judged(
        (*first, loads, *_account(evidence, rows), *parts), bound, _oracle(evidence, seen)
    )
    met = frozenset(row.case.parent for row in corroborating(seen.stated, seen.errors))
    return replace(judged, corroborated=met)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What both versions did, by the sort of call."""

    rows: tuple[Row, ...]
    near: tuple[Row, ...]
    made: tuple[Row, ...]
    stated: tuple[Row, ...]
    errors: Deliberate


def _judged(parts: tuple[Part, ...], bound: float | None, oracle: Oracle) -> Judged:
    return Judged(
        verdict=min((part.check.verdict for part in parts), key=WORST.index),
        checks=tuple(part.check for part in parts),
        disagreements=shown(parts),
        regression_bound=bound,
        oracle=oracle,
    )


def _approach(evidence: Evidence) -> Iterator[Part]:
    """How the target can be tried, and why so; unless nobody asked for what is on record."""
    recorded = sum(case.origin in _RECORDED for case in evidence.cases)
    if evidence.recorded is None and not recorded:
        return
    written = sum(case.origin is Origin.SYNTHETIC for case in evidence.cases)
    means = Means(recorded=recorded, written=written + evidence.written)
    yield approach_check(evidence.target, means).named("approach")


def _account(evidence: Evidence, rows: Sequence[Row]) -> Iterator[Part]:
    """What of the history could not be replayed."""
    if evidence.recorded is None:
        return
    if (counted := account(evidence.target, evidence.recorded, rows)) is not None:
        yield counted.named("replayable")


def _on_calls(seen: _Seen, rule: JudgeRule) -> Iterator[Part]:
    """The checks on the answers."""
    rows, errors = seen.rows, seen.errors
    yield checks.ran(rows).named("ran")
    yield checks.still_right(rows, rule, errors).named("still_right")
    known = checks.labelled(rows)
    if of_origin(rows, Origin.FAILING, Origin.WRONG):
        yield checks.mended(rows, errors).named("mended")
    elif not known and not corroborating(seen.stated, errors):
        yield _no_reason().named("mended")
    if known:
        yield checks.expected(rows, errors).named("expected")
    if any(row.case.origin is Origin.SYNTHETIC and row not in known for row in rows):
        yield checks.synthetic(rows, errors).named("synthetic")
    if (denied := stated(seen.stated, errors)) is not None:
        yield denied.named("stated")


def _around(evidence: Evidence, seen: _Seen, rule: JudgeRule) -> Iterator[Part]:
    """The checks around the answers."""
    rows, near, errors = seen.rows, seen.near, seen.errors
    if evidence.target.invariants:
        yield conduct.invariants(evidence, rows, near).named("invariants")
    if (recognising := not_recognising(evidence, rows, near, errors)) is not None:
        yield recognising.named("not_recognising")
    if (nearby := near_misses(rows, near, errors)) is not None:
        yield nearby.named("near_misses")
    if (other := differential(evidence, rows, seen.made, errors)) is not None:
        yield other.named("generated")
    yield conduct.state(evidence, rows).named("state")
    yield _speed(evidence, rows, rule)
    if (held := memory(rows, rule)) is not None:
        yield held.named("memory")


def _speed(evidence: Evidence, rows: Sequence[Row], rule: JudgeRule) -> Part:
    """As it was measured in turns; else from the runs that were made anyway."""
    if evidence.pace is not None and evidence.pace.calls:
        return pace_check(evidence.pace, rule).named("performance")
    return conduct.speed(rows, rule).named("speed")


def _static(evidence: Evidence) -> Counted:
    """Does reading the change already forbid it?"""
    findings = _findings(evidence)
    blocking = [finding for finding in findings if finding.blocks]
    numbers = {"findings": float(len(findings)), "blocking": float(len(blocking))}
    if not blocking:
        return Counted(
            verdict=Verdict.PASSED,
            summary=f"Reading it found nothing that forbids it; {len(findings)} remarks.",
            numbers=numbers,
        )
    first = blocking[0]
    return Counted(
        verdict=Verdict.FAILED,
        summary=clean(f"{first.path}:{first.line}: {first.message}"),
        numbers=numbers,
    )


def _findings(evidence: Evidence) -> tuple[StaticFinding, ...]:
    """What is known from reading it, and what it says about the very inputs it is tried on."""
    if not evidence.source or not evidence.target.path.endswith(".py"):
        return evidence.findings
    bad = [case for case in evidence.cases if case.origin in {Origin.FAILING, Origin.WRONG}]
    read = gaming.findings(
        evidence.target,
        evidence.base_source,
        evidence.source,
        recorded=[case.text for case in bad],
    )
    known = {(one.rule, one.line) for one in evidence.findings}
    return (*evidence.findings, *(one for one in read if (one.rule, one.line) not in known))


def _loads(evidence: Evidence) -> Counted:
    """Can the change be imported, and has it the function?"""
    for run in evidence.candidate:
        if isinstance(run, NotLoaded):
            fault = run.fault
            return Counted(
                verdict=Verdict.FAILED,
                summary=clean(f"It does not load: {fault.type}: {fault.message}"),
            )
    if not evidence.candidate or not evidence.base:
        which = "change" if evidence.base else "current version"
        return Counted(verdict=Verdict.BROKEN, summary=f"The {which} was not run.")
    return Counted(verdict=Verdict.PASSED, summary="It loads.")


def _unseen(evidence: Evidence) -> Counted:
    """No case at all: nothing can be said of what it does."""
    if evidence.target.kind is TargetKind.TEXT:
        summary = "A text cannot be run: nothing shows what its readers make of the change."
    else:
        summary = "No recorded call of it can be repeated, so nothing shows what the change does."
    return Counted(verdict=Verdict.INCONCLUSIVE, summary=summary)


def _unread(evidence: Evidence) -> Oracle:
    """What speaks for a change that was not run."""
    return Oracle.STRUCTURE if evidence.target.kind is TargetKind.TEXT else Oracle.NONE


def _no_reason() -> Counted:
    return Counted(
        verdict=Verdict.INCONCLUSIVE,
        summary="No failing call and no known answer was given: nothing shows that this is better.",
    )


def _oracle(evidence: Evidence, seen: _Seen) -> Oracle:
    """The strongest evidence that the change does what it is for."""
    rows, errors = seen.rows, seen.errors
    if corroborating(seen.stated, errors):
        return Oracle.EXPECTED
    mended = [row for row in checks.reproduced(rows, errors) if not unmet(row, errors)]
    answered = [row for row in mended if not clear_error(row, errors)]
    known = [row for row in checks.replayed(checks.labelled(rows)) if not unmet(row, errors)]
    restored = [row for row in rows if _restored(row)]
    kept = evidence.invariants
    if any(unmet(row.as_base(), errors) for row in known) or (known and not mended):
        return Oracle.EXPECTED
    if restored or not mended:
        return Oracle.RECORDED if restored or checks.replayed(rows) else Oracle.NONE
    held = all(kept.get(row.case.case.id) for row in answered)
    return Oracle.INVARIANT if answered and evidence.target.invariants and held else Oracle.NO_CRASH


def _restored(row: Row) -> bool:
    """Whether the change gives a recorded answer that the current version has lost."""
    lost = row.standing is Standing.CHANGED and row.case.origin is Origin.PASSING
    recorded = row.case.recorded
    return (
        lost
        and isinstance(recorded, Returned)
        and all(alike(recorded, one.seen, row.tolerance) for one in row.candidate)
    )
