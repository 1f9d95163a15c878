"""What the loop knows of one file of a target, and whether somebody else has changed it."""

from collections.abc import Mapping
from datetime import datetime

from mendloop.model.ids import Digest, TargetName
from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedFile:
    """One file, as the last look found it."""

    path: str
    targets: Mapping[TargetName, str]
    """Those that are declared in it, each with what it selects."""
    expected: Digest
    """What the loop has put there, has seen first, or a person has adopted."""
    held: Digest
    """What it held at the last look; ``NO_FILE`` where there was none."""
    stamp: str
    """While the stamp stays, so do the bytes; empty where they have to be looked at."""
    ours_from: datetime
    """Since when it has held what is expected without a break that anybody knows of."""
    ours_until: datetime
    """Up to when that is sure."""
    noticed: datetime | None = None
    """When it was first found to hold something else."""

    @property
    def drifted(self) -> bool:
        """Whether somebody else has changed it."""
        return self.held != self.expected

    def ours_at(self, at: datetime) -> bool:
        """Whether it surely held what is expected at a time, as far as anybody knows."""
        return self.ours_from <= at and (not self.drifted or at <= self.ours_until)
