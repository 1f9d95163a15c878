"""What is proposed, tested, deployed and on record."""

from collections.abc import Sequence
from dataclasses import asdict
from difflib import unified_diff

from mendloop.app.views import FileTexts, VersionsView
from mendloop.interfaces.answers.base import Document, renamed
from mendloop.model.approval import Rejection
from mendloop.model.audit import AuditEntry
from mendloop.model.deployment import Deployment, Watch
from mendloop.model.proposal import NO_FILE, Proposal
from mendloop.model.report import Report, report_digest


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
            renamed(
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
