"""What a version history tells of a file."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit."""

    id: str
    at: datetime
    """When it was committed."""
    subject: str
    """The first line of its message; untrusted."""
