"""What fails or has grown worse."""

from typing import Final, Self

from pydantic import Field
from typing_extensions import override

from mendloop.app.detect import Detected
from mendloop.interfaces.answers.base import (
    Answer,
    Part,
    Size,
    call,
    figures,
    first,
    fitted,
    more_than,
    names,
)
from mendloop.interfaces.answers.text import clean
from mendloop.model.incident import Incident, IncidentKind

_QUIET: Final = frozenset({IncidentKind.DUPLICATE, IncidentKind.UNUSED})
"""What hurts no call has no cause to look for."""


class IncidentLine(Part):
    """One incident, with the numbers behind it."""

    id: str
    kind: IncidentKind
    targets: list[str]
    targets_left_out: int | None = None
    summary: str
    priority: float = Field(description="Calls hurt a day, weighted by how sure.")
    numbers: dict[str, int | float]
    opened: str
    reopened: int = Field(default=0, description="How often it came back after it had ended.")

    @classmethod
    def of(cls, incident: Incident, size: Size) -> Self:
        """From the model's own."""
        finding = incident.finding
        return cls(
            id=incident.id,
            kind=finding.kind,
            targets=names(finding.targets, size),
            targets_left_out=more_than(finding.targets, size),
            summary=clean(finding.summary, size.text),
            priority=round(finding.priority, 2),
            numbers=figures(finding.numbers, size),
            opened=incident.opened.isoformat(timespec="seconds"),
            reopened=incident.reopened,
        )


class DetectAnswer(Answer):
    """What one look at the history has shown."""

    incidents: list[IncidentLine] = Field(description="Most urgent first.")
    left_out: int | None = Field(default=None, description="More incidents; each has a resource.")
    targets: int = Field(description="Looked at.")
    calls: int = Field(description="Looked at.")
    resolved: int = Field(description="Incidents that this look has ended.")
    muted: int = Field(default=0, description="Muted by a person; not listed.")
    next: str

    @classmethod
    def of(cls, detected: Detected) -> Self:
        """From the model's own."""
        return fitted(lambda size: cls._sized(detected, size))

    @classmethod
    def _sized(cls, detected: Detected, size: Size) -> Self:
        found = detected.incidents
        return cls(
            incidents=[IncidentLine.of(each, size) for each in first(found, size)],
            left_out=more_than(found, size),
            targets=detected.targets,
            calls=detected.calls,
            resolved=detected.resolved,
            muted=detected.muted,
            next=_next(detected),
        )

    @override
    def links(self) -> tuple[str, ...]:
        """The incidents, each whole."""
        return tuple(f"mendloop://incidents/{each.id}" for each in self.incidents)


def _next(detected: Detected) -> str:
    for incident in detected.incidents:
        if incident.finding.kind not in _QUIET:
            return call("investigate", incident=incident.id)
    if detected.incidents:
        return "No call is hurt. Tell a person what is unused or there twice. status()"
    if detected.calls:
        return "Nothing stands out in the record. status()"
    return (
        "Nothing is recorded yet: call tools through run_tool, or hand records to record_execution."
    )
