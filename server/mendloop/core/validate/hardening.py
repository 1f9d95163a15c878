"""The checks for a change that mends what was recorded by being content with less.

    refusals    what was refused before is refused still
    new_sort    a mended call is answered by the sort of thing that the function gives
    one_answer  mended calls do not all get one and the same answer, which nobody has called right
    reach       where answers were wrong, calls nearby are mended too

None of them convicts: a person may know that the change is right. Each says what would show it.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from mendloop.core.stats.words import calls
from mendloop.core.validate.cases import Exactly, Origin, TestCase
from mendloop.core.validate.checks import labelled, replayed, reproduced
from mendloop.core.validate.evidence import Evidence, Run
from mendloop.core.validate.keeping import make, work
from mendloop.core.validate.literals import Brings, brings
from mendloop.core.validate.part import Against, Counted, Part
from mendloop.core.validate.probes import sort_of
from mendloop.core.validate.rows import Row, Standing, of_origin, rows_of, same_fault
from mendloop.core.validate.wants import Deliberate, clear_error, deliberate, unmet
from mendloop.core.validate.wording import clean, seen_text
from mendloop.model.observation import Raised, Returned
from mendloop.model.report import Verdict
from mendloop.model.value import Encoded, canonical
from mendloop.noun import dataclass

FEW: Final = 3
"""Fewer calls than this do not speak against a change."""
_LEAST_REACH: Final = 10
"""Of so many near-misses of wrong answers at least one should be answered otherwise."""
_ASSERTED: Final = "AssertionError"
_LABEL: Final = "Say of one of them what is right (record_execution with a label), or ask a person."


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What both versions did on calls that have no answer."""

    cases: tuple[TestCase, ...] = ()
    """With an argument of another sort."""
    edges: tuple[TestCase, ...] = ()
    """With an argument at an edge: empty, zero, negative."""
    base: Run = ()
    candidate: Run = ()


def hardened(evidence: Evidence, probed: Probed) -> tuple[Part, ...]:
    """The checks that have something to say of a change.

    Args:
        evidence: What is known of it.
        probed: What both versions did on calls of other sorts.
    """
    rows = rows_of(evidence, evidence.cases)
    near = rows_of(evidence, evidence.perturbed)
    errors = deliberate(evidence.target.path, evidence.source)
    before = deliberate(evidence.target.path, evidence.base_source)
    strange = _rows(evidence, probed, probed.cases)
    asked = (*near, *strange, *_rows(evidence, probed, probed.edges))
    parts = {
        "refusals": _refusals(rows, asked, strange, before),
        "new_sort": _new_sort(rows, errors),
        "one_answer": _one_answer(rows, near, errors),
        "reach": _reach(evidence, rows, near, errors),
        "make": make(rows, near, errors),
        "work": work(evidence, rows),
    }
    return tuple(counted.named(name) for name, counted in parts.items() if counted is not None)


def _rows(evidence: Evidence, probed: Probed, cases: Sequence[TestCase]) -> tuple[Row, ...]:
    of_probes = Evidence(target=evidence.target, base=(probed.base,), candidate=(probed.candidate,))
    return rows_of(of_probes, cases)


def _refusals(
    rows: Sequence[Row], asked: Sequence[Row], strange: Sequence[Row], before: Deliberate
) -> Counted | None:
    """Is still refused what was refused before?

    What is mended may stop; everything else that ended in an error should go on doing so. An error
    that the file raises on purpose counts by itself. One that just happened, such as a text where
    a number is needed, counts where most of them have fallen silent.
    """
    mends = [row.before for row in rows if row.case.origin in {Origin.FAILING, Origin.WRONG}]
    refused = list(_refused(asked, mends))
    if not refused:
        return None
    meant = [row for row in refused if _deliberate(row, before)]
    lost = [row for row in meant if _accepted(row)]
    odd = [row for row in _refused(strange, mends) if row not in meant]
    silent = [row for row in odd if isinstance(row.after, Returned)]
    hushed = silent if len(silent) >= FEW and 2 * len(silent) > len(odd) else []
    numbers = {
        "refused": float(len(meant)),
        "accepted_now": float(len(lost)),
        "failing": float(len(odd)),
        "silent_now": float(len(silent)),
    }
    if not lost and not hushed:
        return Counted(
            verdict=Verdict.PASSED,
            summary=f"{calls(len(refused))} without an answer still end in an error.",
            numbers=numbers,
        )
    said = (
        f"{calls(len(lost))} that were refused on purpose are accepted now"
        if lost
        else f"{len(silent)} of {calls(len(odd))} with an argument of another sort, which ended in"
        " an error, are answered now"
    )
    return Counted(
        verdict=Verdict.INCONCLUSIVE,
        summary=f"{said}, and nothing that was recorded asks for that: it looks as if errors were"
        " silenced. Keep them, or ask a person.",
        numbers=numbers,
        against=tuple(Against(row, row.after, "it was refused") for row in (*lost, *hushed)),
    )


def _accepted(row: Row) -> bool:
    """Whether it is answered now, or refused by what is left out where Python is told to hurry."""
    if isinstance(row.after, Raised) and isinstance(row.before, Raised):
        return row.after.fault.type == _ASSERTED != row.before.fault.type
    return isinstance(row.after, Returned)


def _refused(asked: Sequence[Row], mends: Sequence[object]) -> Iterator[Row]:
    """The calls that ended in an error which no recorded failure is like."""
    for row in asked:
        if row.standing is Standing.REPLAYED and isinstance(row.before, Raised):
            fault = row.before.fault
            if not any(isinstance(one, Raised) and same_fault(one.fault, fault) for one in mends):
                yield row


def _deliberate(row: Row, before: Deliberate) -> bool:
    """Whether the current version raised it by a statement of its own."""
    if not isinstance(row.before, Raised) or not row.before.fault.frames:
        return False
    last = row.before.fault.frames[-1]
    here = last.file == before.path or last.file.endswith(f"/{before.path}")
    return here and last.line in before.lines


def _new_sort(rows: Sequence[Row], errors: Deliberate) -> Counted | None:
    """Are mended calls answered by the sort of thing that the function gives?"""
    known = set(map(sort_of, _answers(rows))) | _said(rows)
    mended = _mended(rows, errors)
    if not known or not mended:
        return None
    strange = [row for row, value in mended if sort_of(value) not in known]
    numbers = {"mended": float(len(mended)), "of_a_new_sort": float(len(strange))}
    if not strange:
        return Counted(
            verdict=Verdict.PASSED,
            summary=f"{calls(len(mended))} are answered by {_few(known)}, as ever.",
            numbers=numbers,
        )
    given = {sort_of(value) for row, value in mended if row in strange}
    return Counted(
        verdict=Verdict.INCONCLUSIVE,
        summary=f"{calls(len(strange))} that failed are answered by {_few(given)}, where every"
        f" answer on record is {_few(known)}; nobody has said that this is right. {_LABEL}",
        numbers=numbers,
        against=tuple(Against(row, row.after, "an answer of another sort") for row in strange),
    )


def _one_answer(rows: Sequence[Row], near: Sequence[Row], errors: Deliberate) -> Counted | None:
    """Do mended calls get answers, or all the same one?

    Where calls close to them, which failed too, get other answers, it is computed.
    """
    answers = set(map(canonical, _answers(rows)))
    mended = _mended(rows, errors)
    if len(mended) < FEW or len(answers) < FEW:
        return None
    parents = {row.case.case.id for row, _ in mended}
    close = [
        row.after.value
        for row in near
        if row.case.parent in parents
        and not isinstance(row.before, Returned)
        and isinstance(row.after, Returned)
    ]
    given = {canonical(value) for value in (*(value for _, value in mended), *close)}
    said = {
        canonical(row.case.wanted.value) for row in rows if isinstance(row.case.wanted, Exactly)
    }
    numbers = {"mended": float(len(mended)), "answers": float(len(given))}
    if len(given) > 1 or given <= said:
        computed = (
            f"{len(given)} different answers" if len(given) > 1 else "an answer that is right"
        )
        return Counted(
            verdict=Verdict.PASSED,
            summary=f"{calls(len(mended))} that failed, and those close to them, get {computed}.",
            numbers=numbers,
        )
    return Counted(
        verdict=Verdict.INCONCLUSIVE,
        summary=f"All {calls(len(mended))} that failed now get the same answer,"
        f" {seen_text(mended[0][0].after)}, and nobody has said that it is right. {_LABEL}",
        numbers=numbers,
        against=tuple(Against(row, row.after, "the same for all") for row, _ in mended),
    )


def _reach(
    evidence: Evidence, rows: Sequence[Row], near: Sequence[Row], errors: Deliberate
) -> Counted | None:
    """Where answers were wrong: is more mended than what was recorded?"""
    mends = {row.case.case.id for row in reproduced(rows, errors) if not unmet(row, errors)}
    wrong = {row.case.case.id for row in of_origin(rows, Origin.WRONG)} & mends
    close = [row for row in near if row.standing is Standing.REPLAYED and row.case.parent in wrong]
    reached = [row for row in close if isinstance(row.after, Returned) and not row.unchanged]
    if not reached or brings(evidence.base_source, evidence.source) is not Brings.LITERALS:
        return None
    numbers = {"near_misses": float(len(close)), "answered_otherwise": float(len(reached))}
    said = f"{len(reached)} of {calls(len(close))} close to the mended ones are answered otherwise"
    if len(reached) * _LEAST_REACH >= len(close):
        return Counted(verdict=Verdict.PASSED, summary=f"{said}.", numbers=numbers)
    return Counted(
        verdict=Verdict.INCONCLUSIVE,
        summary=clean(
            f"Only {said}, and the change brings values of its own: it cannot be told from one"
            " that knows the recorded inputs again."
        ),
        numbers=numbers,
    )


def _answers(rows: Sequence[Row]) -> list[Encoded]:
    """What the recorded calls gave that went well."""
    passing = replayed(of_origin(rows, Origin.PASSING))
    return [row.before.value for row in passing if isinstance(row.before, Returned)]


def _said(rows: Sequence[Row]) -> set[str]:
    """The sorts of answers that somebody has called right."""
    return {
        sort_of(row.case.wanted.value)
        for row in labelled(rows)
        if isinstance(row.case.wanted, Exactly)
    }


def _mended(rows: Sequence[Row], errors: Deliberate) -> list[tuple[Row, Encoded]]:
    """The failing calls that are answered now, and of which nobody has said what is right."""
    return [
        (row, row.after.value)
        for row in reproduced(rows, errors)
        if isinstance(row.after, Returned)
        and not isinstance(row.case.wanted, Exactly)
        and not unmet(row, errors)
        and not clear_error(row, errors)
    ]


def _few(sorts: set[str]) -> str:
    return " or ".join(sorted(sorts)[:FEW])
