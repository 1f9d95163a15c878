"""What a search for changes has come to, and why it ended."""

from dataclasses import dataclass
from enum import StrEnum

from mendloop.core.governance.policy import Tier
from mendloop.model.ids import TargetName
from mendloop.model.proposal import Proposal
from mendloop.model.report import Report


class StopReason(StrEnum):
    """Why the search ended."""

    FOUND = "found"
    SPACE_EXHAUSTED = "space_exhausted"
    TIME_SPENT = "time_spent"
    NO_ORACLE = "no_oracle"
    FLAKY_BASELINE = "flaky_baseline"
    NOT_REPRODUCIBLE = "not_reproducible"


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedFix:
    """One proposal that the search has made, tested already."""

    proposal: Proposal
    report: Report
    tier: Tier
    note: str
    """What it changes, in a few words."""


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


def nothing(target: TargetName, reason: StopReason, note: str) -> Generated:
    """A search that had nothing to try."""
    return Generated(target=target, proposals=(), tried=0, space=0, stopped=reason, note=note)
