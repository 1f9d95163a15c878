"""How long something lasts, as a person reads it."""

from datetime import timedelta


def spell(span: timedelta) -> str:
    """A time between two things, such as ``5 min``, ``3 h`` or ``12 d``."""
    minutes = span.total_seconds() / 60
    if minutes < 120:  # noqa: PLR2004  two hours: below, a whole hour says too little
        return f"{max(1, round(minutes))} min"
    hours = minutes / 60
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} d"  # noqa: PLR2004  two days
