"""What there is to observe."""

from pathlib import Path

from mendloop.noun import dataclass


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
