"""Deployments of given contents, and leave for them, below the services."""

from dataclasses import replace

from mendloop.adapters.blobs import DiskBlobs
from mendloop.app.permit import Permit
from mendloop.model.action import Action
from mendloop.model.deployment import Deployment, DeploymentKind, Progress
from mendloop.model.ids import DeploymentId, digest_of
from mendloop.model.proposal import NO_FILE, FileChange, change_digest
from tests.store.nouns import DEPLOYMENT


def change(path: str, old: bytes | None, new: bytes | None) -> FileChange:
    return FileChange(
        path=path,
        old=None if old is None else digest_of(old),
        new=NO_FILE if new is None else digest_of(new),
    )


def deployment(*files: FileChange, name: str = "d-1") -> Deployment:
    return replace(DEPLOYMENT, id=DeploymentId(name), files=files, progress=Progress.APPLYING)


def rollback(*files: FileChange) -> Deployment:
    return replace(deployment(*files, name="d-2"), kind=DeploymentKind.ROLLBACK, proposal=None)


def leave(action: Action, wanted: Deployment) -> Permit:
    return Permit._issue(action, change_digest(wanted.files))  # pyright: ignore[reportPrivateUsage]


def keep(blobs: DiskBlobs, *contents: bytes) -> None:
    for content in contents:
        blobs.put(content)
