"""A person's leave for one change."""

from datetime import datetime
from typing import Final

from mendloop.model.ids import DeploymentId, Digest, ProposalId
from mendloop.noun import dataclass

NAMESPACE: Final = "mendloop-approval/1"
"""What a signature must have been made for; one for anything else is no approval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A person whose signature counts."""

    name: str
    key: str
    """The fingerprint of the public key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Signed at the desk, bound to digests, good once, for a while."""

    proposal: ProposalId
    change: Digest
    report: Digest
    """The digest of the report that the person saw."""
    by: str
    at: datetime
    expires: datetime
    manifest: str
    """The very text that was signed."""
    signature: str
    """In OpenSSH's form."""
    key: str
    """The fingerprint of the key that signed."""
    spent_on: DeploymentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A person's no to one change."""

    proposal: ProposalId
    by: str
    at: datetime
    reason: str
