"""How things stand."""

from typing import Self

from pydantic import Field

from mendloop.app.views import Status
from mendloop.interfaces.answers.base import (
    Answer,
    Part,
    Size,
    call,
    first,
    fitted,
    name,
    names,
)
from mendloop.interfaces.answers.text import clean
from mendloop.model.incident import IncidentKind
from mendloop.model.report import Verdict
from mendloop.model.stop import Stopped
from mendloop.store.overview import Overview


class OpenIncidentLine(Part):
    """An incident in a line."""

    id: str
    kind: IncidentKind
    target: str
    priority: float
    summary: str


class WaitingLine(Part):
    """A proposal that is neither deployed nor rejected."""

    id: str
    targets: list[str]
    verdict: Verdict | None = None
    """Of its last test."""


class WatchLine(Part):
    """A deployment whose calls are judged one by one."""

    deployment: str
    target: str
    calls: int
    summary: str


class StoppedLine(Part):
    """Why nothing is changed."""

    at: str
    by: str
    recorded_reason: str

    @classmethod
    def of(cls, stopped: Stopped, size: Size) -> Self:
        """From the model's own."""
        return cls(
            at=stopped.at.isoformat(),
            by=name(stopped.by),
            recorded_reason=clean(stopped.reason, size.text),
        )


class StatusAnswer(Answer):
    """How things stand."""

    open_incidents: int
    muted: int = Field(default=0, description="Muted by a person; not listed.")
    incidents: list[OpenIncidentLine] = Field(description="The most urgent.")
    proposals: list[WaitingLine] = Field(description="The newest that wait.")
    watches: list[WatchLine]
    watches_left_out: int | None = None
    left: dict[str, int] = Field(description="Of each limit of the policy.")
    drifted: list[str] | None = None
    stopped: StoppedLine | None = None
    standing: list[str] | None = None
    sandbox_tier: str = Field(description="A, B, or none: no tests.")
    audit_entries: int
    audit_head: str
    next: str

    @classmethod
    def of(cls, status: Status, tier: str) -> Self:
        """From the model's own."""
        return fitted(lambda size: cls._sized(status, tier, size))

    @classmethod
    def _sized(cls, status: Status, tier: str, size: Size) -> Self:
        seen = status.overview
        return cls(
            open_incidents=seen.open_incidents,
            muted=seen.muted,
            incidents=[
                OpenIncidentLine(
                    id=each.id,
                    kind=each.kind,
                    target=name(each.target),
                    priority=round(each.priority, 2),
                    summary=clean(each.summary, size.text),
                )
                for each in first(seen.incidents, size)
            ],
            proposals=[
                WaitingLine(id=each.id, targets=names(each.targets, size), verdict=each.verdict)
                for each in first(seen.proposals, size)
            ],
            watches=[
                WatchLine(
                    deployment=each.deployment,
                    target=name(each.target),
                    calls=each.calls,
                    summary=clean(each.summary, size.text),
                )
                for each in first(seen.watches, size)
            ],
            watches_left_out=max(0, len(seen.watches) - size.items) or None,
            left=dict(status.left),
            drifted=names([each for file in seen.drifted for each in file.targets], size) or None,
            standing=[
                f"{each.id} by {name(each.by)} until {each.expires:%Y-%m-%d}"
                for each in first(status.standing, size)
            ]
            or None,
            stopped=None if seen.stopped is None else StoppedLine.of(seen.stopped, size),
            sandbox_tier=tier,
            audit_entries=seen.audit_seq,
            audit_head=seen.audit_head,
            next=_next(status),
        )


def _next(status: Status) -> str:
    seen = status.overview
    if seen.stopped is not None:
        return "Ask a person to run `mendloop resume`; until then only rollback changes anything."
    for waiting in seen.proposals:
        if waiting.verdict is None:
            return call("test_fix", proposal=waiting.id)
        if waiting.verdict is Verdict.PASSED:
            return call("deploy_fix", proposal=waiting.id)
    return _next_problem(seen)


def _next_problem(seen: Overview) -> str:
    answered = {target for waiting in seen.proposals for target in waiting.targets}
    answered |= {watch.target for watch in seen.watches}  # what was deployed may have mended it
    for incident in seen.incidents:
        if incident.target not in answered:
            return call("investigate", incident=incident.id)
    for waiting in seen.proposals:
        if waiting.verdict is Verdict.INCONCLUSIVE:
            return (
                f"Ask a person about {waiting.id}, whose test could not tell, or make a better "
                "change with propose_fix."
            )
    for file in seen.drifted:
        return (
            f"{name(file.path)} was changed outside the loop. A person can keep that with "
            f"`mendloop adopt {name(file.targets[0])}`, or undo it with `mendloop restore "
            f"{name(file.targets[0])}`. detect()"
        )
    return "detect()"
