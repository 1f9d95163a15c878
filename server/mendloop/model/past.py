"""What a version history tells of a file."""

from datetime import datetime

from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit."""

    id: str
    at: datetime
    """When it was committed."""
    subject: str
    """The first line of its message; untrusted."""
