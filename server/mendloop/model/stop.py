"""The emergency stop."""

from datetime import datetime

from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Nothing changes anything until a person resumes; rollback still works."""

    at: datetime
    by: str
    reason: str
