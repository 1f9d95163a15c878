"""The latest diagnosis of each target."""

from dataclasses import asdict
from typing import Any

from mendloop.model.diagnosis import (
    Cluster,
    Diagnosis,
    Layer,
    Similar,
    SmallInput,
    Suspect,
)
from mendloop.model.ids import Digest, IncidentId, TargetName
from mendloop.noun import dataclass
from mendloop.store.around import get_around, put_around
from mendloop.store.columns import (
    get_json,
    get_optional,
    get_text,
    get_time,
    put_json,
    put_optional,
    put_text,
    put_time,
)
from mendloop.store.sqlite import Parameter, Row, Statements


@dataclass(frozen=True, slots=True)
class Diagnoses:
    """The table of diagnoses, one a target."""

    statements: Statements

    async def put(self, diagnosis: Diagnosis) -> None:
        """Keep one in the place of what was known of its target."""
        await self.statements.fetch(
            "INSERT INTO diagnoses (target, incident, at, body) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (target) DO UPDATE SET incident = excluded.incident, at = excluded.at,"
            " body = excluded.body",
            *_row(diagnosis),
        )

    async def latest(self, target: TargetName) -> Diagnosis | None:
        """What was found last, if it was ever looked at."""
        row = await self.statements.first(
            "SELECT target, incident, at, body FROM diagnoses WHERE target = ?", put_text(target)
        )
        return None if row is None else _diagnosis(row)


def _row(diagnosis: Diagnosis) -> tuple[Parameter, ...]:
    body = {
        "base": diagnosis.base,
        "clusters": [asdict(part) for part in diagnosis.clusters],
        "smallest": [asdict(part) for part in diagnosis.smallest],
        "suspects": [asdict(part) for part in diagnosis.suspects],
        "layer": diagnosis.layer.value,
        "confidence": diagnosis.confidence,
        "why": diagnosis.why,
        "replayed": diagnosis.replayed,
        "reproduced": diagnosis.reproduced,
        "similar": [asdict(part) for part in diagnosis.similar],
        "source": diagnosis.source,
        "first_line": diagnosis.first_line,
        "around": put_around(diagnosis.around),
    }
    return (
        put_text(diagnosis.target),
        put_optional(diagnosis.incident),
        put_time(diagnosis.at),
        put_json(body),
    )


def _diagnosis(row: Row) -> Diagnosis:
    target, incident, at, kept = row
    body: dict[str, Any] = get_json(kept)
    found = get_optional(incident)
    return Diagnosis(
        target=TargetName(get_text(target)),
        incident=None if found is None else IncidentId(found),
        at=get_time(at),
        base=Digest(body["base"]),
        clusters=tuple(Cluster(**part) for part in body["clusters"]),
        smallest=tuple(SmallInput(**part) for part in body["smallest"]),
        suspects=tuple(Suspect(**part) for part in body["suspects"]),
        layer=Layer(body["layer"]),
        confidence=body["confidence"],
        why=body["why"],
        replayed=body["replayed"],
        reproduced=body["reproduced"],
        similar=tuple(Similar(**part) for part in body["similar"]),
        source=body["source"],
        first_line=body["first_line"],
        around=get_around(body.get("around")),
    )
