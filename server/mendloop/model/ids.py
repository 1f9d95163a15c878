"""A type for every name and number, so that one cannot be passed for another."""

from hashlib import sha256
from typing import NewType

TargetName = NewType("TargetName", str)
"""The name of a target, such as ``pricing.quote``."""
ExecutionId = NewType("ExecutionId", str)
IncidentId = NewType("IncidentId", str)
ProposalId = NewType("ProposalId", str)
DeploymentId = NewType("DeploymentId", str)
Digest = NewType("Digest", str)
"""A SHA-256 in 64 hexadecimal digits."""


def digest_of(content: bytes) -> Digest:
    """The digest of some bytes."""
    return Digest(sha256(content).hexdigest())
