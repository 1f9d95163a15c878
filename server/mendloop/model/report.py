"""What *validate* ran on a proposal, and its verdict."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

import rfc8785

from mendloop.model.ids import Digest, ProposalId, digest_of
from mendloop.noun import dataclass


class Verdict(StrEnum):
    """How a test came out. *Could not tell* is never *passed*."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    BROKEN = "broken"
    """The check itself did not work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check of a report."""

    name: str
    verdict: Verdict
    summary: str
    numbers: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One input on which a change does not do what it should. All texts are untrusted."""

    call: str
    """The canonical text of the arguments."""
    wanted: str
    got: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One test of one proposal."""

    proposal: ProposalId
    change: Digest
    """What was tested, byte for byte."""
    verdict: Verdict
    checks: tuple[Check, ...]
    disagreements: tuple[Disagreement, ...]
    regression_bound: float | None
    """With 95 % confidence at most this share of calls like those recorded gets worse."""
    oracle: str
    """The strongest evidence that carried the verdict, strongest first: ``expected``,
    ``recorded``, ``invariant``, ``no_crash``, ``structure``, ``none``."""
    cases: Digest
    """The digest of the cases that were run."""
    tier: str
    """The tier of the sandbox."""
    at: datetime
    seconds: float


def report_digest(report: Report) -> Digest:
    """The digest of what a report says of a change, for an approval to be bound to."""
    said = {
        "proposal": report.proposal,
        "change": report.change,
        "verdict": report.verdict.value,
        "checks": [[check.name, check.verdict.value, check.summary] for check in report.checks],
        "oracle": report.oracle,
        "cases": report.cases,
        "tier": report.tier,
        "at": report.at.isoformat(),
    }
    return digest_of(b"mendloop-report/1\n" + rfc8785.dumps(cast("Any", said)))
