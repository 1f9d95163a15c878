"""What the commit of a deployment says.

Whoever reads it later looks for trailers in its last paragraph. So nothing that an agent wrote may
stand there, or could be taken for one: recorded text is quoted, above, line by line.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from mendloop.model.deployment import Deployment, DeploymentKind
from mendloop.model.ids import Digest
from mendloop.model.proposal import change_digest

DEPLOYMENT: Final = "Mendloop-Deployment"
"""The trailer by which a commit is found again."""
_MOST_SUBJECT: Final = 72
_MOST_LINES: Final = 20
_MOST_LINE: Final = 200
_UNSEEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def commit_message(
    deployment: Deployment,
    *,
    report: Digest | None = None,
    approved_by: Sequence[str] = (),
    reverts: str = "",
) -> str:
    """The message, whose last paragraph holds the trailers.

    Args:
        deployment: What was done.
        report: The digest of the report that it was let through on.
        approved_by: Names and keys of those who have approved it.
        reverts: The commit of the deployment that a rollback takes back, where it has one.
    """
    parts = [_subject(deployment), _quoted(deployment.reason)]
    if reverts:
        parts.append(f"This reverts commit {reverts}.")
    parts.append("\n".join(_trailers(deployment, report, approved_by)))
    return "\n\n".join(part for part in parts if part) + "\n"


def deployment_of(message: str) -> str:
    """The deployment that the trailers of a commit name; empty where they name none."""
    last = message.strip().rsplit("\n\n", 1)[-1]
    for line in last.splitlines():
        name, colon, value = line.partition(": ")
        if colon and name == DEPLOYMENT:
            return value.strip()
    return ""


def _subject(deployment: Deployment) -> str:
    verb = "Take back" if deployment.kind is DeploymentKind.ROLLBACK else "Fix"
    names = ", ".join(deployment.targets) or ", ".join(file.path for file in deployment.files)
    subject = _plain(f"{verb} {names}")
    return subject if len(subject) <= _MOST_SUBJECT else subject[: _MOST_SUBJECT - 3] + "..."


def _trailers(
    deployment: Deployment, report: Digest | None, approved_by: Sequence[str]
) -> Iterator[str]:
    yield f"{DEPLOYMENT}: {_plain(deployment.id)}"
    if deployment.proposal is not None:
        yield f"Mendloop-Proposal: {_plain(deployment.proposal)}"
    yield f"Mendloop-Change: {change_digest(deployment.files)}"
    if report is not None:
        yield f"Mendloop-Report: {report}"
    if deployment.undoes is not None:
        yield f"Mendloop-Reverts: {_plain(deployment.undoes)}"
    yield f"Mendloop-By: {_plain(deployment.by)}"
    for name in approved_by:
        yield f"Approved-by: {_plain(name)}"


def _quoted(text: str) -> str:
    lines = [_plain(line) for line in text.strip().splitlines()]
    return "\n".join(f"> {line[:_MOST_LINE]}".rstrip() for line in lines[:_MOST_LINES])


def _plain(text: str) -> str:
    return _UNSEEN.sub(" ", text)
