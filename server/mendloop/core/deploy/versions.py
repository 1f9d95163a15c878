"""The numbered contents of a target's file, as they follow from one more deployment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mendloop.model.deployment import Deployment, DeploymentKind, Version
from mendloop.model.ids import Digest, TargetName
from mendloop.model.proposal import NO_FILE

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


def next_versions(
    known: Sequence[Version], step: Step, deployment: Deployment
) -> tuple[Version, ...]:
    """The versions to add.

    The first of a target is what stood there before. What somebody else has written since the
    newest one becomes a version too, so that it can be had back. The parent of a version is the
    one that taking it back leads to; that of a restored one is the parent of what was restored.

    Args:
        known: All versions of the target, newest first.
        step: What is done.
        deployment: By what.
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
    )
    return (*found, added)


def ancestors(known: Sequence[Version]) -> Iterator[Version]:
    """What taking back leads to from the newest version, again and again.

    Args:
        known: All versions of one target, newest first.
    """
    by_number = {version.number: version for version in known}
    parent = known[0].parent if known else None
    while parent is not None and parent in by_number:
        version = by_number.pop(parent)
        yield version
        parent = version.parent


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
        ),
    )


def _parent(history: Sequence[Version], step: Step, deployment: Deployment) -> int | None:
    if deployment.kind is DeploymentKind.DEPLOY:
        return history[0].number
    for version in (*ancestors(history), *history):
        if version.digest == step.new:
            return version.parent
    return history[0].number
