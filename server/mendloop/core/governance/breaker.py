"""After failures in a row nothing more is deployed for a while, then one deployment is tried.

A failure is a deployment that was taken back, by the loop or by a person, or whose check failed. A
success is one whose watch has ended well. What nobody could tell of is neither.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeAlias

from mendloop.model.deployment import Attempt, Result
from mendloop.model.ids import DeploymentId
from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True)
class Closed:
    """Go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Nothing is let through until a time."""

    failures: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """Half open, and the one deployment that is let through is on trial already."""

    failures: int
    trial: DeploymentId


Circuit: TypeAlias = Closed | Open | Tried


def circuit(attempts: Iterable[Attempt], *, most: int, pause: timedelta, now: datetime) -> Circuit:
    """Whether one more deployment may be tried.

    Args:
        attempts: The deployments of one target, or all, the newest first.
        most: So many failures in a row open it.
        pause: How long it stays open after the last of them, and after a trial of which nobody
            could tell what came of it.
        now: The time.
    """
    row: list[Attempt] = []
    failures = 0
    for attempt in attempts:
        if attempt.result is Result.HEALTHY:
            break
        row.append(attempt)
        failures += attempt.result is Result.FAILED
    if failures < most:
        return Closed()
    opened = max(each.ended for each in row if each.result is Result.FAILED)
    since = [each for each in row if each.at > opened]
    for each in since:
        if each.result is Result.PENDING:
            return Tried(failures=failures, trial=each.deployment)
    until = max([opened, *(each.at for each in since)]) + pause
    return Open(failures=failures, until=until) if now < until else Closed()
