"""What came of a fix."""

from datetime import datetime
from enum import StrEnum

from mendloop.model.ids import DeploymentId, TargetName
from mendloop.noun import dataclass


class LessonOutcome(StrEnum):
    """How it went."""

    HELPED = "helped"
    NO_CHANGE = "no_change"
    HARMED = "harmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One deployment, in hindsight."""

    deployment: DeploymentId
    target: TargetName
    fingerprints: tuple[str, ...]
    """The kinds of failure that it was meant to mend."""
    origin: str
    """Who made the fix, as ``Proposal.origin``."""
    outcome: LessonOutcome
    before: float
    """The failure rate before."""
    after: float
    at: datetime
