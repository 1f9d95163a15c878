"""A change put in place, how far it has come, and its watch."""

from datetime import datetime
from enum import StrEnum

from mendloop.model.ids import DeploymentId, Digest, ProposalId, TargetName
from mendloop.model.in_git import GitRecord
from mendloop.model.proposal import FileChange
from mendloop.noun import dataclass


class Progress(StrEnum):
    """How far the transaction of files has come. Only ``COMMITTED`` is in place.

    PREPARED -> APPLYING -> COMMITTED;  APPLYING -> UNDONE;  PREPARED -> ABORTED
    PREPARED -> HANDED_OVER -> COMMITTED where a person brings the bytes in by a branch
    """

    PREPARED = "prepared"
    APPLYING = "applying"
    COMMITTED = "committed"
    UNDONE = "undone"
    ABORTED = "aborted"
    HANDED_OVER = "handed_over"
    """A branch holds it; no file of the workspace was touched."""

    @property
    def unfinished(self) -> bool:
        """Whether recovery has something to do."""
        return self in {Progress.PREPARED, Progress.APPLYING}


class DeploymentKind(StrEnum):
    """Which way it went."""

    DEPLOY = "deploy"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One transaction of files."""

    id: DeploymentId
    kind: DeploymentKind
    targets: tuple[TargetName, ...]
    files: tuple[FileChange, ...]
    proposal: ProposalId | None
    """The proposal deployed; ``None`` for a rollback."""
    undoes: DeploymentId | None
    """The deployment that a rollback takes back."""
    progress: Progress
    at: datetime
    by: str
    """``agent``, ``monitor``, ``person``."""
    reason: str
    conflicts: tuple[str, ...] = ()
    """Files that somebody else changed meanwhile, and that were left alone."""
    git: GitRecord | None = None
    """Its commit, where one was wanted."""


class Result(StrEnum):
    """What has come of a deployment so far."""

    FAILED = "failed"
    """It was taken back, by whomever, or its check failed."""
    HEALTHY = "healthy"
    """Its watch has ended well."""
    PENDING = "pending"
    """It is being made, or watched."""
    UNCLEAR = "unclear"
    """Nobody watched it, or the watch was replaced before it was clear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One deployment, and what came of it."""

    deployment: DeploymentId
    at: datetime
    result: Result
    ended: datetime
    """When it failed; for others when it was made."""


class WatchState(StrEnum):
    """What the monitor has come to."""

    WATCHING = "watching"
    HEALTHY = "healthy"
    ROLLED_BACK = "rolled_back"
    ENDED = "ended"
    """Taken back by somebody else, or replaced by a later deployment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """The watch over one target of one deployment."""

    deployment: DeploymentId
    target: TargetName
    state: WatchState
    started: datetime
    version: Digest
    """The digest of the target's file as deployed: other versions' calls do not count."""
    baseline_calls: int
    baseline_failures: int
    calls: int
    failures: int
    cursor: int
    """The number of the last execution that was judged."""
    evidence: str
    """The state of the sequential test, as JSON."""
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One content that a target's file has had under this loop's care."""

    number: int
    """Counts up from 1 for each target; 1 is what stood there before the first deployment."""
    target: TargetName
    path: str
    digest: Digest
    parent: int | None
    deployment: DeploymentId | None
    at: datetime
    by: str
    report: Digest | None = None
    """The digest of the report on which it was deployed; ``None`` where it was not tested."""
    selector: str = ""
    """What of the file the target was, as in ``Target.selector``."""
