"""Single records, and lists of them."""

import re
from collections.abc import Sequence
from typing import Final

from rich.console import RenderableType
from rich.text import Text

from mendloop.app.views import FileTexts, VersionsView
from mendloop.core.stats.words import seconds as duration
from mendloop.interfaces.cli.render.console import facts, head, section, table
from mendloop.interfaces.cli.render.diff import diff
from mendloop.interfaces.cli.render.looks import numbers
from mendloop.interfaces.cli.render.next_step import next_step
from mendloop.interfaces.cli.render.words import short, word
from mendloop.model.audit import AuditEntry
from mendloop.model.deployment import Deployment, Watch
from mendloop.model.execution import Execution
from mendloop.model.in_git import GitRecord, GitState
from mendloop.model.incident import Incident
from mendloop.model.proposal import NO_FILE
from mendloop.model.shown import shown, shown_call
from mendloop.model.value import Encoded, canonical
from mendloop.store.history import Row

_DIGEST: Final = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")
Parts = tuple[RenderableType | None, ...]


def execution_parts(execution: Execution) -> Parts:
    """One call, whole."""
    error = execution.error
    known = execution.expected is not None
    return (
        head(execution.id, word(execution.outcome), execution.target),
        facts(
            (
                ("at", execution.at.isoformat()),
                ("seconds", execution.seconds),
                ("call", shown_call(execution.args, execution.kwargs)),
                ("result", shown(execution.result) if error is None else None),
                ("expected", shown(execution.expected) if known else None),
                ("error", None if error is None else f"{error.type}: {error.message}"),
                ("caller", execution.caller),
                ("session", execution.session),
                ("version", execution.version),
                ("fingerprint", execution.fingerprint),
                ("kept whole", "yes" if execution.whole else "no: it cannot be replayed"),
            )
        ),
        *section(
            "traceback, the last call last",
            table(
                ("file", "line", "function"),
                ((each.file, each.line, each.function) for each in error.frames) if error else (),
            ),
        ),
    )


def history_parts(rows: Sequence[Row]) -> Parts:
    """Calls of one target, newest first."""
    return (
        table(
            ("id", "at", "outcome", "took", "call", "gave"),
            (
                (
                    each.id,
                    each.at.isoformat(timespec="seconds"),
                    word(each.outcome),
                    duration(each.seconds),
                    shown_call(each.args, each.kwargs),
                    _gave(each),
                )
                for each in (row.execution for row in rows)
            ),
        )
        or Text("no such calls are recorded"),
    )


def incident_parts(incident: Incident) -> Parts:
    """One incident; its diagnosis is shown as ``investigate`` does."""
    finding, until = incident.finding, incident.muted_until
    return (
        head(incident.id, word(finding.kind), finding.target, incident.state.value),
        facts(
            (
                ("summary", finding.summary),
                ("others", ", ".join(finding.others)),
                ("priority", finding.priority),
                ("opened", incident.opened.isoformat(timespec="seconds")),
                ("updated", incident.updated.isoformat(timespec="seconds")),
                ("came back", f"{incident.reopened} times" if incident.reopened else None),
                ("muted until", None if until is None else until.isoformat(timespec="seconds")),
                ("ended", incident.ended),
                ("numbers", numbers(finding.numbers)),
                ("fingerprints", ", ".join(finding.fingerprints)),
            )
        ),
    )


def in_git(deployment: Deployment) -> str | None:
    """The commit of a deployment, or why there is none."""
    match deployment.git:
        case GitRecord(state=GitState.MADE, commit=commit, branch=branch):
            return f"{commit[:12]} on {branch}"
        case GitRecord(state=GitState.LEFT, why=why):
            return f"not committed: {why}"
        case GitRecord():
            return "to be committed: `mendloop recover` does it"
        case None:
            return None


def deployment_parts(
    deployment: Deployment, watches: Sequence[Watch], files: Sequence[FileTexts]
) -> Parts:
    """One deployment, its watches, and what it changed."""
    return (
        head(deployment.id, deployment.kind.value, word(deployment.progress)),
        facts(
            (
                ("targets", ", ".join(deployment.targets)),
                ("proposal", deployment.proposal),
                ("undoes", deployment.undoes),
                ("at", deployment.at.isoformat(timespec="seconds")),
                ("by", deployment.by),
                ("reason", deployment.reason),
                ("left alone", ", ".join(deployment.conflicts)),
                ("git", in_git(deployment)),
            )
        ),
        *section(
            "watch",
            table(
                ("target", "state", "before", "since", "summary"),
                (
                    (
                        each.target,
                        word(each.state),
                        f"{each.baseline_failures} of {each.baseline_calls} failed",
                        f"{each.failures} of {each.calls} failed",
                        each.summary,
                    )
                    for each in watches
                ),
            ),
        ),
        *(part for file in files for part in (Text(""), diff(file))),
    )


def versions_parts(target: str, view: VersionsView) -> Parts:
    """Every version of a target, newest first."""
    return (
        table(
            ("version", "", "at", "by", "from", "deployment", "report", "path", "content"),
            (
                (
                    each.number,
                    Text("in place") if view.in_place(each) else Text(""),
                    each.at.isoformat(timespec="seconds"),
                    each.by,
                    each.parent,
                    each.deployment,
                    short(each.report),
                    each.path,
                    "no file" if each.digest == NO_FILE else short(each.digest),
                )
                for each in view.versions
            ),
        )
        or Text("nothing was deployed to it yet"),
        *(_drift_parts(target, view) if view.drifted else ()),
    )


def _drift_parts(target: str, view: VersionsView) -> Parts:
    gone = view.held == NO_FILE
    what = "is gone" if gone else "was changed outside the loop"
    kept = "" if gone else f"mendloop adopt {target}, or "
    return (
        Text(""),
        head("drifted", f"its file {what}: the newest version is not the one in force"),
        *next_step(f"{kept}mendloop restore {target}"),
    )


def audit_parts(entries: Sequence[AuditEntry]) -> Parts:
    """Entries of the audit log, oldest first."""
    return (
        table(
            ("entry", "at", "event", "facts"),
            (
                (
                    each.seq,
                    each.at.isoformat(timespec="seconds"),
                    each.event,
                    " ".join(f"{name}={_fact(fact)}" for name, fact in each.facts.items()),
                )
                for each in entries
            ),
        )
        or Text("nothing was done yet"),
    )


def _fact(value: Encoded) -> str:
    """A fact of the audit log; digests cut short, as everywhere a person reads them."""
    return _DIGEST.sub(lambda found: found[1], canonical(value))


def _gave(execution: Execution) -> str:
    if execution.error is not None:
        return f"{execution.error.type}: {execution.error.message}"
    return shown(execution.result)
