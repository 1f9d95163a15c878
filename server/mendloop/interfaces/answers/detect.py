"""What fails or has grown worse."""

from typing import Self

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
    name,
)
from mendloop.interfaces.answers.text import clean
from mendloop.model.incident import Incident, IncidentKind


class IncidentLine(Part):
    """One incident, with the numbers behind it."""

    id: str
    kind: IncidentKind
    targets: list[str]
    summary: str
    priority: float = Field(description="Calls hurt a day, weighted by how sure.")
    numbers: dict[str, int | float]
    opened: str

    @classmethod
    def of(cls, incident: Incident, size: Size) -> Self:
        """From the model's own."""
        finding = incident.finding
        return cls(
            id=incident.id,
            kind=finding.kind,
            targets=[name(finding.target)],
            summary=clean(finding.summary, size.text),
            priority=round(finding.priority, 2),
            numbers=figures(finding.numbers, size),
            opened=incident.opened.isoformat(timespec="seconds"),
        )


class DetectAnswer(Answer):
    """What one look at the history has shown."""

    incidents: list[IncidentLine] = Field(description="Most urgent first.")
    left_out: int | None = Field(default=None, description="More incidents; each has a resource.")
    targets: int = Field(description="Looked at.")
    calls: int = Field(description="Looked at.")
    resolved: int = Field(description="Incidents that this look has ended.")
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
            next=_next(detected),
        )

    @override
    def links(self) -> tuple[str, ...]:
        """The incidents, each whole."""
        return tuple(f"mendloop://incidents/{each.id}" for each in self.incidents)


def _next(detected: Detected) -> str:
    if detected.incidents:
        return call("investigate", incident=detected.incidents[0].id)
    if detected.calls:
        return "Nothing is wrong as far as the record shows. status()"
    return (
        "Nothing is recorded yet: call tools through run_tool, or hand records to record_execution."
    )
