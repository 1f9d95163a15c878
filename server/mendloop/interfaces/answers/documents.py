"""What the resources hold: whole records, as JSON values.

Unlike an answer, a document gives every text in full. It is written by ``text.compact``, which
escapes what is not seen, so that nothing is lost and nothing is hidden. Texts that were recorded
or written by others stand in fields named ``recorded_...``, or in the values of a recorded call.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from difflib import unified_diff
from typing import Any, Final
from urllib.parse import quote

from mendloop.app.attempts import Attempt
from mendloop.app.views import FileTexts, TargetView, VersionsView
from mendloop.interfaces.answers.around import around_document
from mendloop.interfaces.answers.attempts import attempts_document
from mendloop.interfaces.answers.base import target_uri
from mendloop.interfaces.answers.text import clean
from mendloop.model.approval import Rejection
from mendloop.model.audit import AuditEntry
from mendloop.model.deployment import Deployment, Watch
from mendloop.model.diagnosis import Diagnosis
from mendloop.model.execution import Execution, Fault, Outcome
from mendloop.model.incident import Incident
from mendloop.model.proposal import NO_FILE, Proposal
from mendloop.model.report import Report, report_digest
from mendloop.model.shown import shown, shown_call
from mendloop.model.target import Target
from mendloop.store.history import Row

Document = dict[str, Any]

_LINE: Final = 200
"""Characters of a call or a result in a list of executions."""


def execution_document(execution: Execution) -> Document:
    """One execution, in the form in which ``record_execution`` takes it in."""
    return {
        "id": execution.id,
        "target": execution.target,
        "at": execution.at.isoformat(),
        "seconds": execution.seconds,
        "outcome": execution.outcome.value,
        "args": list(execution.args),
        "kwargs": dict(execution.kwargs),
        "result": execution.result,
        "error": None if execution.error is None else _fault(execution.error),
        "expected": execution.expected,
        "caller": execution.caller,
        "session": execution.session,
        "version": execution.version,
        "fingerprint": execution.fingerprint,
        "whole": execution.whole,
    }


def executions_document(
    target: str, rows: Sequence[Row], *, limit: int, asked: Mapping[str, str]
) -> Document:
    """A page of executions in a line each, newest first.

    Args:
        target: The target.
        rows: The page.
        limit: How many a full page has.
        asked: The other parameters of the page, which the next one repeats.
    """
    document: Document = {
        "target": target,
        "executions": [_execution_line(row.execution) for row in rows],
    }
    if len(rows) >= limit:
        query = "&".join(f"{key}={quote(value, safe='')}" for key, value in asked.items() if value)
        document["next"] = (
            f"{target_uri(target, '/executions')}?{query}{'&' if query else ''}"
            f"cursor={rows[-1].seq}"
        )
    return document


def target_document(view: TargetView) -> Document:
    """One target, and its record in numbers."""
    document: Document = {"name": view.name, "declared": view.target is not None}
    if view.target is not None:
        document |= _declared(view.target)
    if view.summary is not None:
        document["recorded"] = {
            "calls": view.summary.calls,
            "failures": view.summary.failures,
            "last": view.summary.last.isoformat(),
        }
    document["more"] = [
        target_uri(view.name, rest) for rest in ("/executions", "/stats", "/chart", "/versions")
    ]
    return document


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
        "clusters": [
            _renamed(asdict(each), {"error": "recorded_error"}) for each in found.clusters
        ],
        "smallest_inputs": [
            _renamed(asdict(each), {"call": "recorded_call"}) for each in found.smallest
        ],
        "suspects": [asdict(each) for each in found.suspects],
        "around": around_document(found.around),
        "similar": [asdict(each) for each in found.similar],
        "first_line": found.first_line,
        "source": found.source,
    }


def proposal_document(
    proposal: Proposal, files: Sequence[FileTexts], rejection: Rejection | None = None
) -> Document:
    """One proposal, and what it would change."""
    return {
        "id": proposal.id,
        "targets": list(proposal.targets),
        "kind": proposal.kind.value,
        "flags": sorted(flag.value for flag in proposal.flags),
        "origin": proposal.origin,
        "recorded_rationale": proposal.rationale,
        "incident": proposal.incident,
        "at": proposal.at.isoformat(),
        "changed_lines": proposal.changed_lines,
        "change": proposal.change,
        "rejected": None
        if rejection is None
        else {
            "by": rejection.by,
            "at": rejection.at.isoformat(),
            "recorded_reason": rejection.reason,
        },
        "findings": [asdict(each) for each in proposal.findings],
        "files": [_file(each) for each in files],
        "more": [f"mendloop://proposals/{proposal.id}/report"],
    }


def report_document(report: Report) -> Document:
    """One report, whole."""
    return {
        "proposal": report.proposal,
        "change": report.change,
        "report": report_digest(report),
        "verdict": report.verdict.value,
        "checks": [
            {
                "name": each.name,
                "verdict": each.verdict.value,
                "summary": each.summary,
                "numbers": dict(each.numbers),
            }
            for each in report.checks
        ],
        "disagreements": [
            _renamed(
                asdict(each),
                {"call": "recorded_call", "wanted": "recorded_wanted", "got": "recorded_got"},
            )
            for each in report.disagreements
        ],
        "regression_bound": report.regression_bound,
        "oracle": report.oracle,
        "cases": report.cases,
        "sandbox_tier": report.tier,
        "at": report.at.isoformat(),
        "seconds": report.seconds,
    }


def deployment_document(
    deployment: Deployment, watches: Sequence[Watch], files: Sequence[FileTexts]
) -> Document:
    """One deployment, its watches, and what it changed."""
    return {
        "id": deployment.id,
        "kind": deployment.kind.value,
        "progress": deployment.progress.value,
        "targets": list(deployment.targets),
        "proposal": deployment.proposal,
        "undoes": deployment.undoes,
        "at": deployment.at.isoformat(),
        "by": deployment.by,
        "recorded_reason": deployment.reason,
        "conflicts": list(deployment.conflicts),
        "git": None if deployment.git is None else asdict(deployment.git),
        "watches": [_watch(each) for each in watches],
        "files": [_file(each) for each in files],
    }


def versions_document(target: str, view: VersionsView) -> Document:
    """Every version of a target, newest first, and what its file holds."""
    return {
        "target": target,
        "held": view.held,
        "drifted": view.drifted,
        "versions": [
            {**asdict(each), "at": each.at.isoformat(), "in_place": view.in_place(each)}
            for each in view.versions
        ],
    }


def audit_document(entries: Sequence[AuditEntry], *, limit: int) -> Document:
    """A page of the audit log, oldest first."""
    document: Document = {
        "entries": [
            {
                "seq": entry.seq,
                "at": entry.at.isoformat(),
                "event": entry.event,
                "facts": dict(entry.facts),
                "previous": entry.previous,
                "digest": entry.digest,
            }
            for entry in entries
        ]
    }
    if len(entries) >= limit:
        document["next"] = f"mendloop://audit?cursor={entries[-1].seq}"
    return document


def diff(texts: FileTexts) -> str:
    """What a change does to one file, as a unified diff."""
    path = texts.file.path
    lines = unified_diff(
        texts.before.splitlines(keepends=True),
        texts.after.splitlines(keepends=True),
        fromfile="/dev/null" if texts.file.old is None else f"a/{path}",
        tofile="/dev/null" if texts.file.new == NO_FILE else f"b/{path}",
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _execution_line(execution: Execution) -> Document:
    line: Document = {
        "id": execution.id,
        "at": execution.at.isoformat(),
        "seconds": execution.seconds,
        "outcome": execution.outcome.value,
        "recorded_call": clean(shown_call(execution.args, execution.kwargs), _LINE),
    }
    if execution.error is not None:
        line["recorded_error"] = clean(f"{execution.error.type}: {execution.error.message}", _LINE)
    elif execution.outcome is not Outcome.TIMEOUT:  # which has neither
        line["recorded_result"] = clean(shown(execution.result), _LINE)
    if execution.fingerprint:
        line["fingerprint"] = execution.fingerprint
    return line


def _declared(target: Target) -> Document:
    document: Document = {
        "kind": target.kind.value,
        "path": target.path,
        "selector": target.selector,
        "idempotent": target.idempotent,
        "side_effects": sorted(effect.value for effect in target.side_effects),
        "replayable": target.replayable,
        "cases": target.cases,
        "invariants": list(target.invariants),
        "used_by": list(target.used_by),
        "timeout_seconds": target.timeout.total_seconds(),
        "float_tolerance": target.float_tolerance,
        "schema_file": target.schema_file,
        "evaluate": list(target.evaluate),
    }
    if target.range is not None:
        document["range"] = [target.range.low, target.range.high]
    return document


def _file(texts: FileTexts) -> Document:
    file = texts.file
    new = None if file.new == NO_FILE else file.new
    return {"path": file.path, "old": file.old, "new": new, "diff": diff(texts)}


def _watch(watch: Watch) -> Document:
    return {
        "target": watch.target,
        "state": watch.state.value,
        "started": watch.started.isoformat(),
        "version": watch.version,
        "before": {"calls": watch.baseline_calls, "failures": watch.baseline_failures},
        "since": {"calls": watch.calls, "failures": watch.failures},
        "summary": watch.summary,
    }


def _fault(fault: Fault) -> Document:
    return {
        "type": fault.type,
        "message": fault.message,
        "frames": [asdict(frame) for frame in fault.frames],
    }


def _renamed(values: Document, names: Mapping[str, str]) -> Document:
    return {names.get(key, key): value for key, value in values.items()}
