"""Whether an attempt was held: nothing got out, no harm was done, and nobody was deceived."""

from typing import Any

from tests.escape.attempt import Attempt, Fires

_BOUNDED = 4_000


def held(attempt: Attempt, told: dict[str, Any]) -> bool:
    """Whether what was told of an attempt is what must be told of it."""
    kind, value, size = told["kind"], told["value"], told["size"]
    # On some kernels a process may not even signal itself: then there is no harm to be stopped.
    not_begun = kind == "Raised" and "PermissionError" in told["text"]
    match attempt.fires:
        case Fires.OUT:
            # Not run, or not loaded, would prove nothing; code that ends its import is no call.
            return kind in {"Raised", "Returned", "Crashed", "TimedOut"} and value != "out"
        case Fires.HANGS:
            return kind in {"TimedOut", "Crashed"} or not_begun
        case Fires.HOLDS_UP:
            ended = kind in {"TimedOut", "Crashed", "Raised"} or not_begun
            return ended or (kind == "Returned" and size < _BOUNDED)
        case Fires.DIES:
            return kind == "Crashed" or not_begun
        case Fires.FLOODS:
            return kind in {"Raised", "Returned", "Crashed"} and size < _BOUNDED
