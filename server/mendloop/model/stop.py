"""The emergency stop."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Nothing changes anything until a person resumes; rollback still works."""

    at: datetime
    by: str
    reason: str
