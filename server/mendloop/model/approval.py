"""A person's leave for one change."""

from dataclasses import dataclass
from datetime import datetime

from mendloop.model.ids import DeploymentId, Digest, ProposalId


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Given at the desk, bound to a digest, good once, for a while."""

    proposal: ProposalId
    change: Digest
    report: Digest
    """The digest of the report that the person saw."""
    by: str
    at: datetime
    expires: datetime
    spent_on: DeploymentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A person's no to one change."""

    proposal: ProposalId
    by: str
    at: datetime
    reason: str
