"""The numbered contents of a target's file, as they follow from one more deployment."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from mendloop.model.deployment import Deployment, DeploymentKind, Version
from mendloop.model.drift import TrackedFile
from mendloop.model.ids import Digest, TargetName
from mendloop.model.proposal import NO_FILE
from mendloop.noun import dataclass

PERSON: Final = "person"
"""Who wrote a version that was adopted."""
UNKNOWN: Final = "unknown"
"""Who wrote what was there before the first deployment, or between two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one deployment does to the file of one target."""

    target: TargetName
    path: str
    old: Digest | None
    new: Digest
    meant: bool
    """Whether the deployment is of this target, and not only of another in the same file."""
    selector: str = ""
    """What of the file the target is."""


def next_versions(
    known: Sequence[Version], step: Step, deployment: Deployment, report: Digest | None = None
) -> tuple[Version, ...]:
    """The versions to add.

    The first of a target is what stood there before. What somebody else has written since the
    newest one becomes a version too, so that it can be had back. The parent of a version is the
    one that taking it back leads to; that of a restored one is the parent of what was restored.

    Args:
        known: All versions of the target, newest first.
        step: What is done.
        deployment: By what.
        report: The digest of the report on which it was let through.
    """
    found = _found(known, step, deployment)
    history = [*found, *known]
    current = history[0]
    if step.new == current.digest and not step.meant:
        return found
    added = replace(
        current,
        number=current.number + 1,
        path=step.path,
        digest=step.new,
        parent=_parent(history, step, deployment),
        deployment=deployment.id,
        at=deployment.at,
        by=deployment.by,
        report=report,
        selector=step.selector,
    )
    return (*found, added)


def adopted(
    known: Sequence[Version], file: TrackedFile, target: TargetName, *, by: str, at: datetime
) -> tuple[Version, ...]:
    """The versions to add where a file's present content is accepted as a target's own.

    Args:
        known: All versions of the target, newest first.
        file: The file as it was last found.
        target: One that is declared in it.
        by: Who accepts it.
        at: When.
    """
    first = Version(
        number=1,
        target=target,
        path=file.path,
        digest=file.expected,
        parent=None,
        deployment=None,
        at=at,
        by=UNKNOWN,
        selector=file.targets[target],
    )
    before = known[0] if known else first
    added = replace(first, number=before.number + 1, digest=file.held, parent=before.number, by=by)
    return (added,) if known else (first, added)


def ancestors(known: Sequence[Version]) -> Iterator[Version]:
    """What taking back leads to from the newest version, again and again.

    Args:
        known: All versions of one target, newest first.
    """
    return iter(line(known, known[0])[1:] if known else ())


def line(known: Sequence[Version], version: Version) -> tuple[Version, ...]:
    """A version, what it was built upon, and so on.

    Args:
        known: All versions of the target, newest first.
        version: One of them.
    """
    by_number = {each.number: each for each in known}
    found: list[Version] = []
    at: Version | None = version
    while at is not None:
        found.append(at)
        at = None if at.parent is None else by_number.pop(at.parent, None)
    return tuple(found)


def _found(known: Sequence[Version], step: Step, deployment: Deployment) -> tuple[Version, ...]:
    """What was found in place, where it is no known version."""
    digest = step.old or NO_FILE
    if known and known[0].digest == digest:
        return ()
    before = known[0].number if known else None
    return (
        Version(
            number=(before or 0) + 1,
            target=step.target,
            path=step.path,
            digest=digest,
            parent=before,
            deployment=None,
            at=deployment.at,
            by=UNKNOWN,
            selector=step.selector,
        ),
    )


def _parent(history: Sequence[Version], step: Step, deployment: Deployment) -> int | None:
    if deployment.kind is DeploymentKind.DEPLOY:
        return history[0].number
    for version in (*ancestors(history), *history):
        if version.digest == step.new:
            return version.parent
    return history[0].number
