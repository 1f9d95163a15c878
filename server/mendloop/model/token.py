"""A bearer token: who may speak to the server over HTTP, and as what."""

from datetime import datetime
from enum import StrEnum

from mendloop.model.ids import Digest
from mendloop.noun import dataclass


class Role(StrEnum):
    """What the bearer of a token is. None of them approves."""

    VIEWER = "viewer"
    AGENT = "agent"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is kept of a token; the secret itself is not."""

    name: str
    role: Role
    digest: Digest
    """SHA-256 of the secret."""
    at: datetime
    by: str
    expires: datetime | None
    """``None`` for never."""
    resource: str = ""
    """The URL of the one server that it is for; empty for any server of the workspace."""
    used: datetime | None = None
    """The day of the last use, in UTC; finer would be a diary of its bearer."""
    revoked: datetime | None = None

    @property
    def bearer(self) -> str:
        """Who acts with it, as the records name them."""
        return f"{self.role.value}:{self.name}"

    def in_force(self, now: datetime) -> bool:
        """Whether it opens anything."""
        return self.revoked is None and (self.expires is None or now < self.expires)
