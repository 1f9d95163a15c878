"""One verdict on a change from those on every function that it touches."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from mendloop.core.validate.evidence import Judged, Oracle, TargetJudged
from mendloop.model.ids import Digest, digest_of
from mendloop.model.proposal import Proposal
from mendloop.model.report import Check, Disagreement, Verdict
from mendloop.noun import dataclass

_WORST_FIRST: Final = (Verdict.FAILED, Verdict.BROKEN, Verdict.INCONCLUSIVE, Verdict.PASSED)
_WEAKEST_FIRST: Final = tuple(reversed(Oracle))


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """The verdict on a change."""

    judged: Judged
    cases: Digest


def combined(meant: list[TargetJudged], beside: list[TargetJudged]) -> Whole:
    """One verdict from those on every function that a change touches.

    A function that lives beside the one that is meant only has to stay as it was: that it has
    nothing to mend, or too few calls to say, is no reason against the change.
    """
    harmed = [each for each in beside if each.judged.verdict in {Verdict.FAILED, Verdict.BROKEN}]
    counted = [*meant, *harmed]
    verdict = min((each.judged.verdict for each in counted), key=_WORST_FIRST.index)
    oracle = min((each.judged.oracle for each in meant), key=_WEAKEST_FIRST.index)
    bounds = [each.judged.regression_bound for each in meant]
    known = [bound for bound in bounds if bound is not None]
    checks = tuple(
        _named(check, each, several=len(counted) > 1)
        for each in counted
        for check in each.judged.checks
    )
    disagreements = tuple(one for each in counted for one in each.judged.disagreements)
    digests = "".join(each.cases for each in (*meant, *beside))
    return Whole(
        judged=Judged(
            verdict=verdict,
            checks=(*checks, *_beside(beside, harmed)),
            disagreements=disagreements,
            regression_bound=max(known) if known and len(known) == len(bounds) else None,
            oracle=oracle,
        ),
        cases=digest_of(digests.encode()),
    )


def with_checks(whole: Whole, *checks: Check) -> Whole:
    """The verdict with checks on the change as a whole; it can only get worse."""
    verdicts = (whole.judged.verdict, *(check.verdict for check in checks))
    return replace(
        whole,
        judged=replace(
            whole.judged,
            verdict=min(verdicts, key=_WORST_FIRST.index),
            checks=(*whole.judged.checks, *checks),
        ),
    )


def left_out(modes: Collection[str], known: Sequence[str]) -> tuple[Check, ...]:
    """That a test was narrowed: what nobody looked at is no reason to pass."""
    missing = [mode for mode in known if mode not in modes]
    if not missing:
        return ()
    return (
        Check(
            name="modes",
            verdict=Verdict.INCONCLUSIVE,
            summary=f"Left out as asked for: {', '.join(missing)}. Only a test of all can pass.",
            numbers={"left_out": len(missing)},
        ),
    )


def telling(every: Sequence[Disagreement], *, most: int) -> tuple[Disagreement, ...]:
    """The few that say most: the smallest of each sort, then the smallest of the others."""
    ordered = sorted(every, key=lambda one: (len(one.call), one.call))
    first = {one.why: one for one in reversed(ordered)}
    rest = [one for one in ordered if one is not first[one.why]]
    few = [*sorted(first.values(), key=ordered.index), *rest][:most]
    return tuple(sorted(few, key=ordered.index))


def _named(check: Check, judged: TargetJudged, *, several: bool) -> Check:
    return replace(check, name=f"{judged.target.name}: {check.name}") if several else check


def _beside(beside: list[TargetJudged], harmed: list[TargetJudged]) -> tuple[Check, ...]:
    if not beside:
        return ()
    names = ", ".join(each.target.name for each in beside)
    return (
        Check(
            name="neighbours",
            verdict=Verdict.FAILED if harmed else Verdict.PASSED,
            summary=f"Functions in the same files, tried on their passing calls: {names}.",
            numbers={"functions": len(beside), "harmed": len(harmed)},
        ),
    )


def by_reading(proposal: Proposal) -> Whole:
    """The verdict on what cannot be run: a text, or a constant that no function is said to use."""
    blocking = [finding for finding in proposal.findings if finding.blocks]
    read = Check(
        name="static",
        verdict=Verdict.FAILED if blocking else Verdict.PASSED,
        summary=blocking[0].message if blocking else "It reads well: structure and names are kept.",
        numbers={"findings": len(proposal.findings)},
    )
    ran = Check(
        name="replay",
        verdict=Verdict.INCONCLUSIVE,
        summary="Nothing that was recorded shows what this change does.",
        numbers={"cases": 0},
    )
    return Whole(
        judged=Judged(
            verdict=Verdict.FAILED if blocking else Verdict.INCONCLUSIVE,
            checks=(read, ran),
            disagreements=(),
            regression_bound=None,
            oracle=Oracle.STRUCTURE,
        ),
        cases=digest_of(b""),
    )
