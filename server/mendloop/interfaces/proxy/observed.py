"""What there is to observe."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What is watched, and how it is called."""

    web: bool
    """Whether it is HTTP, and not standard input and output."""
    name: str | None
    """The name that a person gave the server."""
    fallback: str
    verbose: bool
    """Whether to say at the end what was seen."""
    workspace: Path | None
    """Whose history it is, where that was said."""
    data: Path | None
