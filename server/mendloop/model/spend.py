"""What is used up, and when."""

from datetime import datetime
from enum import StrEnum

from mendloop.noun import dataclass


class Spending(StrEnum):
    """What is counted against a limit."""

    CYCLE = "cycle"
    """A proposal that was accepted: an improvement cycle has begun."""
    TEST = "test"
    """A test of a candidate that has begun."""
    CPU = "cpu"
    """Milliseconds of CPU time of sandboxes."""
    TOKENS = "tokens"
    """Tokens that clients say they have used."""


@dataclass(frozen=True, slots=True)
class Spent:
    """So much at one time."""

    at: datetime
    amount: int
