"""Incidents, and what was found out about them."""

from collections.abc import Sequence
from dataclasses import asdict

from mendloop.app.attempts import Attempt
from mendloop.interfaces.answers.around import around_document
from mendloop.interfaces.answers.attempts import attempts_document
from mendloop.interfaces.answers.base import Document, renamed
from mendloop.model.diagnosis import Diagnosis
from mendloop.model.incident import Incident


def incident_document(
    incident: Incident, diagnosis: Diagnosis | None, proposed: Sequence[Attempt] = ()
) -> Document:
    """One incident, what was found out about its target, and what was proposed for it."""
    finding = incident.finding
    return {
        "id": incident.id,
        "state": incident.state.value,
        "kind": finding.kind.value,
        "targets": list(finding.targets),
        "summary": finding.summary,
        "priority": finding.priority,
        "numbers": dict(finding.numbers),
        "fingerprints": list(finding.fingerprints),
        "opened": incident.opened.isoformat(),
        "updated": incident.updated.isoformat(),
        "reopened": incident.reopened,
        "muted_until": None if incident.muted_until is None else incident.muted_until.isoformat(),
        "recorded_ended": incident.ended or None,
        "diagnosis": None if diagnosis is None else diagnosis_document(diagnosis),
        "proposals": attempts_document(proposed),
    }


def diagnosis_document(found: Diagnosis) -> Document:
    """One diagnosis, whole."""
    return {
        "target": found.target,
        "at": found.at.isoformat(),
        "base": found.base,
        "layer": found.layer.value,
        "confidence": found.confidence,
        "why": found.why,
        "replayed": found.replayed,
        "reproduced": found.reproduced,
        "clusters": [renamed(asdict(each), {"error": "recorded_error"}) for each in found.clusters],
        "smallest_inputs": [
            renamed(asdict(each), {"call": "recorded_call"}) for each in found.smallest
        ],
        "suspects": [asdict(each) for each in found.suspects],
        "around": around_document(found.around),
        "similar": [asdict(each) for each in found.similar],
        "first_line": found.first_line,
        "source": found.source,
    }
