"""A likely cause, with the evidence for it."""

from typing import Final, Self

from pydantic import Field
from typing_extensions import override

from mendloop.core.record.fingerprint import fingerprint
from mendloop.interfaces.answers.around import evidence
from mendloop.interfaces.answers.base import (
    Answer,
    Part,
    Size,
    call,
    first,
    fitted,
    more_than,
    name,
    rounded,
    short_links,
    target_uri,
)
from mendloop.interfaces.answers.text import block, clean
from mendloop.model.diagnosis import Diagnosis, Layer
from mendloop.model.execution import Outcome

_MOST_WHY: Final = 400


class ClusterLine(Part):
    """Failures of one kind."""

    fingerprint: str
    calls: int
    recorded_error: str
    where: str
    example: str


class SmallInputLine(Part):
    """The smallest arguments found that still fail."""

    recorded_call: str = Field(description="[args, kwargs], tagged JSON.")
    fingerprint: str
    execution: str
    reduced: bool = Field(description="Made smaller.")


class SuspectLine(Part):
    """A line that failing calls run through and passing ones do not."""

    line: int
    score: float
    code: str
    failing: int
    passing: int


class SimilarLine(Part):
    """An earlier incident of the same kind."""

    incident: str
    target: str
    outcome: str


class SourceText(Part):
    """The target as it stands."""

    first_line: int
    text: str
    lines_left_out: int | None = None


class InvestigateAnswer(Answer):
    """A likely cause, and how sure."""

    target: str
    incident: str | None = None
    layer: Layer
    confidence: float
    why: str
    replayed: int = Field(description="Failures run again.")
    reproduced: int = Field(description="Of these, failed in the same way.")
    clusters: list[ClusterLine]
    clusters_left_out: int | None = None
    smallest_inputs: list[SmallInputLine]
    suspects: list[SuspectLine]
    recorded_evidence: list[str]
    similar: list[SimilarLine]
    source: SourceText
    more: list[str] = Field(description="Resources with the rest.")
    next: str

    @classmethod
    def of(cls, diagnosis: Diagnosis) -> Self:
        """From the model's own."""
        return fitted(lambda size: cls._sized(diagnosis, size))

    @classmethod
    def _sized(cls, found: Diagnosis, size: Size) -> Self:
        source, left_out = block(found.source, size.block)
        return cls(
            target=name(found.target),
            incident=found.incident,
            layer=found.layer,
            confidence=rounded(found.confidence) or 0.0,
            why=clean(found.why, min(_MOST_WHY, 3 * size.text)),
            replayed=found.replayed,
            reproduced=found.reproduced,
            clusters=_clusters(found, size),
            clusters_left_out=more_than(found.clusters, size),
            smallest_inputs=_inputs(found, size),
            suspects=_suspects(found, size),
            recorded_evidence=evidence(found, size.text)[: 2 * size.items],
            similar=[
                SimilarLine(
                    incident=each.incident,
                    target=name(each.target),
                    outcome=clean(f"{each.outcome} {each.fix}".strip(), size.text),
                )
                for each in first(found.similar, size)
            ],
            source=SourceText(
                first_line=found.first_line, text=source, lines_left_out=left_out or None
            ),
            more=_more(found),
            next=_next(found),
        )

    @override
    def links(self) -> tuple[str, ...]:
        """The resources named in ``more``."""
        return tuple(self.more)


def _clusters(found: Diagnosis, size: Size) -> list[ClusterLine]:
    return [
        ClusterLine(
            fingerprint=name(each.fingerprint),
            calls=each.calls,
            recorded_error=clean(each.error, size.text),
            where=clean(each.where, size.text),
            example=each.example,
        )
        for each in first(found.clusters, size)
    ]


def _inputs(found: Diagnosis, size: Size) -> list[SmallInputLine]:
    return [
        SmallInputLine(
            recorded_call=clean(each.call, size.text),
            fingerprint=name(each.fingerprint),
            execution=each.from_execution,
            reduced=each.reduced,
        )
        for each in first(found.smallest, size)
    ]


def _suspects(found: Diagnosis, size: Size) -> list[SuspectLine]:
    return [
        SuspectLine(
            line=each.line,
            score=rounded(each.score) or 0.0,
            code=clean(each.text, size.text),
            failing=each.failing,
            passing=each.passing,
        )
        for each in first(found.suspects, size)
    ]


def _more(found: Diagnosis) -> list[str]:
    incident = [] if found.incident is None else [f"mendloop://incidents/{found.incident}"]
    examples = [f"mendloop://executions/{each.example}" for each in found.clusters[:1]]
    most = found.clusters[0].fingerprint if found.clusters else ""
    bare = (Outcome.WRONG, Outcome.TIMEOUT)
    outcome = next((each for each in bare if fingerprint(None, each) == most), Outcome.ERROR)
    failures = target_uri(found.target, f"/executions?outcome={outcome}")
    return short_links(*incident, *examples, failures)


def _next(found: Diagnosis) -> str:
    subject = (
        {"target": name(found.target)} if found.incident is None else {"incident": found.incident}
    )
    if not found.clusters:
        return "Label a call that answered wrongly by record_execution, or detect()"
    if found.layer in {Layer.CODE, Layer.CONFIGURATION, Layer.INPUT, Layer.SEVERAL}:
        return f"{call('generate_fix', **subject)}, or propose_fix with a change of your own"
    return (
        f"{call('propose_fix', **subject)[:-1]}, ...) where a change can help; else tell a person"
    )
