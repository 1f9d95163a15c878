"""What has been proposed for one incident, as JSON values."""

from collections.abc import Sequence
from typing import Any

from mendloop.app.attempts import Attempt


def attempts_document(attempts: Sequence[Attempt]) -> list[dict[str, Any]]:
    """One line a proposal."""
    return [_line(each) for each in attempts]


def _line(attempt: Attempt) -> dict[str, Any]:
    proposal, report = attempt.proposal, attempt.report
    line: dict[str, Any] = {
        "id": proposal.id,
        "origin": proposal.origin,
        "kind": proposal.kind.value,
        "files": len(proposal.files),
        "changed_lines": proposal.changed_lines,
        "verdict": "not tested" if report is None else report.verdict.value,
    }
    if report is not None:
        line |= {
            "oracle": report.oracle,
            "disagreements": len(report.disagreements),
            "regression_bound": report.regression_bound,
        }
    if attempt.stale:
        line["stale"] = True
    if attempt.cluster is not None:
        line["cluster"] = attempt.cluster
    return line
