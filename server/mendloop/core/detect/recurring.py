"""Does the same error come again and again, though the rate as a whole is allowed?"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from mendloop.core.detect.rule import Rule
from mendloop.core.detect.words import named, several
from mendloop.model.ids import TargetName
from mendloop.model.incident import Finding, IncidentKind
from mendloop.noun import dataclass

LEAST_FAILURES: Final = 5
"""Fewer are chance, on however many days they came."""
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """One kind of failure of one target, counted over the window."""

    target: TargetName
    fingerprint: str
    failures: int
    days: int
    """On how many days, in UTC."""
    first: int
    """Seconds since 1970; the beginning of the five minutes of the first one."""
    last: int


def recurring(
    repeat: Repeat, sessions: Collection[str], name: str, rule: Rule, *, now: datetime
) -> Finding | None:
    """The finding, where the same error came on several days or in several sessions.

    Args:
        repeat: The kind of failure.
        sessions: Those in which it came, as far as it is known.
        name: What a person calls it; untrusted.
        rule: On how many days, or in how many sessions.
        now: The time, in UTC.
    """
    if repeat.failures < LEAST_FAILURES:
        return None
    if repeat.days < rule.recurring_days and len(set(sessions)) < rule.recurring_days:
        return None
    span = max(now.timestamp() - repeat.first, _DAY)
    a_day = repeat.failures * _DAY / span
    began = datetime.fromtimestamp(repeat.first, UTC)
    where = [f"on {repeat.days} days"] if repeat.days > 1 else []
    if sessions:
        count = len(set(sessions))
        where.append(f"in {count} session{'' if count == 1 else 's'}")
    return Finding(
        kind=IncidentKind.RECURRING,
        target=repeat.target,
        summary=f"{named(name, repeat.fingerprint)} came {repeat.failures} times"
        f" {' and '.join(where)} since {began:%Y-%m-%d %H:%M}, too seldom to call the tool failing:"
        f" {several(a_day)} calls hurt a day.",
        priority=a_day,
        numbers={
            "failures": float(repeat.failures),
            "days": float(repeat.days),
            "sessions": float(len(set(sessions))),
            "a_day": a_day,
            "since": float(repeat.first),
            "last": float(repeat.last),
        },
        fingerprints=(repeat.fingerprint,),
        key=repeat.fingerprint,
    )
