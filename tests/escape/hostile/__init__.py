"""Everything hostile that is tried, by kind. Standard library only: other interpreters run it."""

from tests.escape.attempt import Attempt, Fires
from tests.escape.hostile import (
    exhaustion,
    forging,
    lies,
    network,
    newer,
    output,
    processes,
    races,
    secrets,
    writes,
)

KINDS: dict[str, dict[str, Attempt]] = {
    "secrets": secrets.ATTEMPTS,
    "network": network.ATTEMPTS,
    "writes": writes.ATTEMPTS,
    "races": races.ATTEMPTS,
    "processes": processes.ATTEMPTS,
    "exhaustion": exhaustion.ATTEMPTS,
    "forging": forging.ATTEMPTS,
    "output": output.ATTEMPTS,
    "newer": newer.ATTEMPTS,
    "lies": lies.ATTEMPTS,
}
ALL: dict[str, Attempt] = {
    f"{kind}/{name}": attempt
    for kind, attempts in KINDS.items()
    for name, attempt in attempts.items()
}
ENDLESS = frozenset(
    name for name, attempt in ALL.items() if attempt.fires in {Fires.HANGS, Fires.HOLDS_UP}
)
"""Those that are best made all at once, because each takes its whole time."""
