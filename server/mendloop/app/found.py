"""What a search for changes has come to, and why it ended."""

from datetime import timedelta
from enum import StrEnum

from mendloop.core.governance.policy import Tier
from mendloop.model.ids import TargetName
from mendloop.model.proposal import Proposal
from mendloop.model.report import Report
from mendloop.noun import dataclass


class StopReason(StrEnum):
    """Why the search ended."""

    FOUND = "found"
    SPACE_EXHAUSTED = "space_exhausted"
    TIME_SPENT = "time_spent"
    NO_ORACLE = "no_oracle"
    FLAKY_BASELINE = "flaky_baseline"
    NOT_REPRODUCIBLE = "not_reproducible"


class Standing(StrEnum):
    """How sure it is that a change is right, beyond its doing what the known calls want."""

    PLAUSIBLE = "plausible"
    """It does what the known calls want; nothing more speaks for it."""
    CONFIRMED = "confirmed"
    """All changes that do so answer alike on further inputs, and right answers were known."""
    AMBIGUOUS = "ambiguous"
    """Others that do so answer otherwise on some further input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedFix:
    """One proposal that the search has made, tested already."""

    proposal: Proposal
    report: Report
    tier: Tier
    note: str
    """What it changes, and how sure that is, in a few words."""
    standing: Standing = Standing.PLAUSIBLE
    further: int = 0
    """Further inputs on which the changes were compared."""
    clusters: int = 1
    """Ways in which changes that do what is wanted answer on them."""
    telling: str = ""
    """An input on which this one and its nearest rival answer otherwise; untrusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """What a search has come to."""

    target: TargetName
    proposals: tuple[GeneratedFix, ...]
    """The best first."""
    tried: int
    space: int
    """How many changes there were to try."""
    stopped: StopReason
    note: str
    found_after: timedelta | None = None
    """How long it took to the first change that does all that is wanted, before any test."""


def nothing(target: TargetName, reason: StopReason, note: str) -> Generated:
    """A search that had nothing to try."""
    return Generated(target=target, proposals=(), tried=0, space=0, stopped=reason, note=note)
