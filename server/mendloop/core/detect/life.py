"""The life of an incident: what each look, and each word of a person, makes of it.

open -> resolved -> open again      (the same one, where it comes back within a day)
open -> muted -> open               (its time is over, or it has doubled)
        muted -> resolved           (it ended)
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias

from mendloop.model.ids import IncidentId, TargetName
from mendloop.model.incident import (
    BY_PERSON,
    Finding,
    Incident,
    IncidentKind,
    IncidentState,
    settled,
)
from mendloop.noun import dataclass

BACK: Final = timedelta(hours=24)
"""What comes back so soon after it had ended is the same incident."""
APART: Final = 1_800.0
"""Seconds; two stretches of one kind of failure that lie no further apart are one outage."""
LOUDER: Final = 2.0
"""A muted one whose priority has grown by this factor is heard of again."""
_QUIETEST: Final = 1.0
"""Calls hurt a day; what was muted at less than this is not heard of for its doubling alone."""
_SHARED: Final = frozenset({IncidentKind.CORRELATED, IncidentKind.DUPLICATE})
"""Kinds that go by their key, whichever of their targets is the first by name."""

Identity: TypeAlias = "tuple[IncidentKind, TargetName | None, str]"


class Event(StrEnum):
    """What happened to an incident, as the audit log calls it."""

    OPENED = "incident_opened"
    REOPENED = "incident_reopened"
    MUTED = "incident_muted"
    UNMUTED = "incident_unmuted"
    RESOLVED = "incident_resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What became of an incident, and what there is to say of it."""

    incident: Incident
    event: Event | None = None
    """``None`` where only its figures are newer."""
    why: str = ""


def identity(finding: Finding) -> Identity:
    """What makes two findings the same problem."""
    if finding.kind in _SHARED and finding.key:
        return finding.kind, None, finding.key
    return finding.kind, finding.target, finding.key


def known_as(finding: Finding, known: Iterable[Incident]) -> Finding:
    """The finding under the key that its problem already bears.

    An outage is told by its beginning, which may be seen a little earlier or later from look to
    look: it is the same where the kinds of failure are, and the two stretches touch.
    """
    if not is_outage(finding):
        return finding
    for incident in known:
        before = incident.finding
        if is_outage(before) and _touch(before, finding):
            return replace(finding, key=before.key)
    return finding


def opened(name: IncidentId, finding: Finding, *, now: datetime) -> Step:
    """A problem that was not there before."""
    incident = Incident(id=name, finding=finding, state=IncidentState.OPEN, opened=now, updated=now)
    return Step(incident=incident, event=Event.OPENED)


def seen(incident: Incident, finding: Finding, *, now: datetime) -> Step:
    """It is still so. A muted one is heard of again where there is reason to."""
    newer = replace(incident, finding=finding, updated=now)
    if incident.state is not IncidentState.MUTED:
        return Step(incident=newer)
    why = _heard(incident, finding, now)
    return Step(incident=newer) if not why else _unmuted(newer, why)


def again(incident: Incident, finding: Finding, *, now: datetime) -> Step:
    """It is so again. Still muted where it was muted for a time that is not over."""
    back = replace(
        incident,
        finding=finding,
        state=IncidentState.OPEN,
        updated=now,
        reopened=incident.reopened + 1,
        ended="",
    )
    if incident.muted_until is not None and not _heard(incident, finding, now):
        return Step(incident=replace(back, state=IncidentState.MUTED), event=Event.REOPENED)
    return Step(incident=_loud(back), event=Event.REOPENED)


def ended(incident: Incident, why: str, *, now: datetime) -> Step:
    """It is so no longer."""
    over = replace(incident, state=IncidentState.RESOLVED, updated=now, ended=why)
    return Step(incident=over, event=Event.RESOLVED, why=why)


def ended_by_person(incident: Incident, by: str, reason: str, *, now: datetime) -> Step:
    """A person says that it is so no longer; whatever they had muted of it is forgotten."""
    return ended(_loud(incident), f"{BY_PERSON}{by}: {reason}", now=now)


def muted(incident: Incident, until: datetime | None, *, now: datetime) -> Step:
    """A person wants to hear no more of it: until then, or for as long as it lasts."""
    quiet = replace(
        incident,
        state=IncidentState.MUTED,
        muted_until=until,
        muted_priority=incident.finding.priority,
        updated=now,
    )
    why = "while it lasts" if until is None else f"until {until.isoformat(timespec='minutes')}"
    return Step(incident=quiet, event=Event.MUTED, why=why)


def unmuted(incident: Incident, *, now: datetime) -> Step:
    """A person wants to hear of it again."""
    return _unmuted(replace(incident, updated=now), "asked to")


def comes_back(incident: Incident, *, now: datetime) -> bool:
    """Whether a finding of the same identity means this one, which has ended."""
    return settled(incident) or now - incident.updated <= BACK


def _unmuted(incident: Incident, why: str) -> Step:
    loud = replace(_loud(incident), state=IncidentState.OPEN)
    return Step(incident=loud, event=Event.UNMUTED, why=why)


def _loud(incident: Incident) -> Incident:
    return replace(incident, muted_until=None, muted_priority=0.0)


def _heard(incident: Incident, finding: Finding, now: datetime) -> str:
    """Why a muted one is heard of again; empty where it is not."""
    if incident.muted_until is not None and now >= incident.muted_until:
        return "its time is over"
    if finding.priority >= LOUDER * max(incident.muted_priority, _QUIETEST):
        return "its priority has doubled"
    return ""


def outage_key(fingerprint: str, start: int) -> str:
    """The key of an outage: what failed, and since when."""
    return f"{fingerprint}@{start}"


def is_outage(finding: Finding) -> bool:
    """Whether it is of a stretch of time, and not of code that is shared."""
    return finding.kind is IncidentKind.CORRELATED and "until" in finding.numbers


def _touch(before: Finding, now: Finding) -> bool:
    if before.key.rpartition("@")[0] != now.key.rpartition("@")[0]:
        return False
    first, last = sorted((before, now), key=lambda found: found.numbers["since"])
    return last.numbers["since"] <= first.numbers["until"] + APART
