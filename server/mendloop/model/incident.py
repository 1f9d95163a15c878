"""A finding of *detect*."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mendloop.model.ids import IncidentId, TargetName


class IncidentKind(StrEnum):
    """What is the matter."""

    FAILING = "failing"
    DEGRADED = "degraded"
    SLOW = "slow"


class IncidentState(StrEnum):
    """Whether it is still so."""

    OPEN = "open"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A finding with an identity: the same problem is one incident until it ends."""

    id: IncidentId
    finding: Finding
    state: IncidentState
    opened: datetime
    updated: datetime
