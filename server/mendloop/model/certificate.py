"""What was tested, by what, and how it came out: one statement that can be checked later.

The form is that of an in-toto Statement, version 1 (https://in-toto.io/Statement/v1): the changed
files by their digests, and a predicate of our own. It is written as canonical JSON (RFC 8785), so
that one content has one text and one digest. It bears no signature: whoever approves a change
signs for its digest.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Any, Final, cast

import rfc8785

from mendloop.model.ids import Digest, ProposalId, digest_of
from mendloop.model.proposal import FileChange, Proposal, change_digest
from mendloop.model.report import Check, Report, Verdict, report_digest
from mendloop.model.value import Encoded
from mendloop.noun import dataclass

STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "urn:mendloop:change-certificate:v1"
MOST_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Certified:
    """What a certificate says, as far as it can be checked."""

    proposal: ProposalId
    files: tuple[FileChange, ...]
    verdict: str
    digest: Digest
    """Of the certificate itself."""
    faults: tuple[str, ...]
    """What does not fit together within it; empty where all does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoCertificate:
    """Something else, or damaged beyond reading."""

    reason: str


def certificate(proposal: Proposal, report: Report, *, policy: Digest, version: str) -> bytes:
    """The certificate of one test.

    Args:
        proposal: What was tested.
        report: How it came out.
        policy: The digest of the policy in force.
        version: The version of this program.
    """
    files = sorted(proposal.files, key=lambda file: file.path)
    predicate: dict[str, Encoded] = {
        "proposal": proposal.id,
        "change": proposal.change,
        "targets": list(proposal.targets),
        "kind": proposal.kind.value,
        "flags": [*sorted(flag.value for flag in proposal.flags)],
        "origin": proposal.origin,
        "changed_lines": proposal.changed_lines,
        "base": [
            {"name": file.path, "digest": None if file.old is None else {"sha256": file.old}}
            for file in files
        ],
        "findings": [
            {"rule": one.rule, "path": one.path, "line": one.line, "blocks": one.blocks}
            for one in proposal.findings
        ],
        "verdict": report.verdict.value,
        "oracle": report.oracle,
        "regression_bound": report.regression_bound,
        "checks": [_check(each) for each in report.checks],
        "cases": report.cases,
        "policy": policy,
        "sandbox": {"tier": report.tier},
        "report": report_digest(report),
        "at": report.at.isoformat(),
        "seconds": report.seconds,
        "mendloop": version,
    }
    return _text(
        {
            "_type": STATEMENT,
            "subject": [{"name": file.path, "digest": {"sha256": file.new}} for file in files],
            "predicateType": PREDICATE,
            "predicate": predicate,
        }
    )


def read_certificate(content: bytes) -> Certified | NoCertificate:
    """Read a certificate, a stranger's text, and see whether its parts fit together.

    Args:
        content: The bytes of a file; one line end after the certificate is allowed.
    """
    body = content.removesuffix(b"\n")
    if len(body) > MOST_BYTES:
        return NoCertificate(reason=f"it is longer than {MOST_BYTES} bytes")
    try:
        raw = cast("dict[str, Any]", json.loads(body))
        canonical = _text(raw) == body
        return _certified(raw, digest_of(body), canonical=canonical)
    except (ValueError, RecursionError):
        return NoCertificate(reason="it is no JSON")
    except (KeyError, TypeError, AttributeError):
        return NoCertificate(reason="it lacks what a certificate holds")


def _certified(raw: Mapping[str, Any], digest: Digest, *, canonical: bool) -> Certified:
    predicate = raw["predicate"]
    base = {str(one["name"]): one["digest"] for one in predicate["base"]}
    files = tuple(
        FileChange(
            path=str(one["name"]),
            old=None if base[one["name"]] is None else Digest(str(base[one["name"]]["sha256"])),
            new=Digest(str(one["digest"]["sha256"])),
        )
        for one in raw["subject"]
    )
    wrong = {
        "it is not written in the canonical form": not canonical,
        "it is another type of statement": (raw["_type"], raw["predicateType"])
        != (STATEMENT, PREDICATE),
        "the digest of the change is not that of its files": change_digest(files)
        != predicate["change"],
        "the digest of the report is not that of its checks": report_digest(_report(predicate))
        != predicate["report"],
    }
    return Certified(
        proposal=ProposalId(str(predicate["proposal"])),
        files=files,
        verdict=str(predicate["verdict"]),
        digest=digest,
        faults=tuple(fault for fault, holds in wrong.items() if holds),
    )


def _report(predicate: Mapping[str, Any]) -> Report:
    return Report(
        proposal=ProposalId(str(predicate["proposal"])),
        change=Digest(str(predicate["change"])),
        verdict=Verdict(predicate["verdict"]),
        checks=tuple(
            Check(
                name=str(one["name"]),
                verdict=Verdict(one["verdict"]),
                summary=str(one["summary"]),
                numbers={},
            )
            for one in predicate["checks"]
        ),
        disagreements=(),
        regression_bound=None,
        oracle=str(predicate["oracle"]),
        cases=Digest(str(predicate["cases"])),
        tier=str(predicate["sandbox"]["tier"]),
        at=datetime.fromisoformat(predicate["at"]),
        seconds=0.0,
    )


def _check(check: Check) -> dict[str, Encoded]:
    return {
        "name": check.name,
        "verdict": check.verdict.value,
        "summary": check.summary,
        "numbers": {
            name: value if isfinite(value) else str(value) for name, value in check.numbers.items()
        },
    }


def _text(statement: Mapping[str, Any]) -> bytes:
    """The canonical bytes.

    Raises:
        ValueError: It holds what canonical JSON cannot.
    """
    return rfc8785.dumps(cast("Any", statement))
