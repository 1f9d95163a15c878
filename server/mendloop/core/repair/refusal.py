"""Why an edit cannot be made: a value, not an error."""

from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True)
class DoesNotApply:
    """The edit does not fit the text. Nothing was changed."""

    reason: str
    """Which edit, hunk or key, and what about it does not fit."""
    hint: str
    """What to send instead."""
