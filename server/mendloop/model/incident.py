"""A finding of *detect*."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from mendloop.model.ids import IncidentId, TargetName
from mendloop.noun import dataclass

BY_PERSON: Final = "person "
"""How ``Incident.ended`` begins where a person has ended it; the name and the reason follow."""


class IncidentKind(StrEnum):
    """What is the matter."""

    FAILING = "failing"
    """It fails more often than is allowed."""
    DEGRADED = "degraded"
    """It fails more often than it did."""
    SLOW = "slow"
    """It takes longer than it did."""
    RECURRING = "recurring"
    """The same error comes again and again, though the rate as a whole is allowed."""
    CORRELATED = "correlated"
    """Several targets fail together, of one cause."""
    FORECAST = "forecast"
    """It is about to fail more often than is allowed."""
    DUPLICATE = "duplicate"
    """Several targets do the same."""
    UNUSED = "unused"
    """Nobody calls it."""


class IncidentState(StrEnum):
    """Whether it is still so."""

    OPEN = "open"
    MUTED = "muted"
    """It is still so, and a person wants to hear no more of it until it ends."""
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What detection saw of one target, before it has an identity."""

    kind: IncidentKind
    target: TargetName
    summary: str
    """One line: what, since when, how sure, how many calls it hurts."""
    priority: float
    """Larger is more urgent: calls hurt a day, weighted by how sure."""
    numbers: Mapping[str, float]
    """The figures behind it, by name: calls, failures, rate, rate_low, rate_high, ..."""
    fingerprints: tuple[str, ...] = ()
    """The kinds of failure in it, most frequent first."""
    others: tuple[TargetName, ...] = ()
    """The other targets of a finding on several; ``target`` is the first, by name."""
    key: str = ""
    """What else makes it the same problem as before, such as the fingerprint of a recurring error;
    kind, target and key together are its identity."""

    @property
    def targets(self) -> tuple[TargetName, ...]:
        """All of them."""
        return (self.target, *self.others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A finding with an identity: the same problem is one incident until it ends."""

    id: IncidentId
    finding: Finding
    state: IncidentState
    opened: datetime
    updated: datetime
    reopened: int = 0
    """How often it came back soon after it had ended."""
    muted_until: datetime | None = None
    """When a muted one is heard of again; ``None`` while it lasts."""
    muted_priority: float = 0.0
    """What its priority was when it was muted: one that has doubled since is heard of again."""
    ended: str = ""
    """Why it ended, such as ``deployment d-...``; empty while it has not. See ``BY_PERSON``."""


def settled(incident: Incident) -> bool:
    """Whether a person has ended it: then it comes back only with new failures."""
    return incident.state is IncidentState.RESOLVED and incident.ended.startswith(BY_PERSON)
