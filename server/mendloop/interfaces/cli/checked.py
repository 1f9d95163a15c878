"""What came of one try of ``doctor``."""

from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One thing that was tried."""

    name: str
    ok: bool
    found: str
    mend: str = ""
    needed: bool = True
    """Whether changes cannot be tested without it."""
