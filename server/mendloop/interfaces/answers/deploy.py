"""A change that was put in place or taken back, and the emergency stop."""

from typing import Final, Self

from pydantic import Field
from typing_extensions import override

from mendloop.app.views import WentBy
from mendloop.interfaces.answers.base import (
    Answer,
    Part,
    Size,
    call,
    first,
    fitted,
    more_than,
    name,
    names,
    short_links,
    target_uri,
)
from mendloop.interfaces.answers.text import clean
from mendloop.model.deployment import Deployment, DeploymentKind, Progress
from mendloop.model.in_git import GitMode, GitRecord, GitState
from mendloop.model.proposal import NO_FILE
from mendloop.model.stop import Stopped

_MOST_TOGETHER: Final = 5
_MOST_WHY: Final = 200


class FileLine(Part):
    """One file, by the digests of its contents."""

    path: str
    old: str | None = Field(default=None, description="Absent: the file was new.")
    new: str | None = Field(default=None, description="Absent: the file is gone.")


class DeploymentAnswer(Answer):
    """One transaction of files."""

    deployment: str
    kind: DeploymentKind
    progress: Progress = Field(description="Only `committed` is in place.")
    targets: list[str]
    files: list[FileLine]
    files_left_out: int | None = None
    conflicts: list[str] | None = Field(
        default=None, description="Changed by somebody meanwhile; left alone."
    )
    proposal: str | None = None
    undoes: str | None = None
    at: str
    by: str
    recorded_reason: str
    more: list[str]
    next: str

    @classmethod
    def of(cls, deployment: Deployment, went_by: WentBy | None = None) -> Self:
        """From the model's own, and the standing approval by which it went."""
        return fitted(lambda size: cls._sized(deployment, size, went_by))

    @classmethod
    def _sized(cls, done: Deployment, size: Size, went_by: WentBy | None) -> Self:
        return cls(
            deployment=done.id,
            kind=done.kind,
            progress=done.progress,
            targets=names(done.targets, size),
            files=[
                FileLine(
                    path=name(each.path),
                    old=each.old,
                    new=None if each.new == NO_FILE else each.new,
                )
                for each in first(done.files, size)
            ],
            files_left_out=more_than(done.files, size),
            conflicts=names(done.conflicts, size) or None,
            proposal=done.proposal,
            undoes=done.undoes,
            at=done.at.isoformat(timespec="seconds"),
            by=name(done.by),
            recorded_reason=clean(done.reason, size.text),
            more=short_links(
                f"mendloop://deployments/{done.id}",
                *(target_uri(target, "/versions") for target in done.targets[:1]),
            ),
            next=_by(went_by) + _next(done),
        )

    @override
    def links(self) -> tuple[str, ...]:
        """The resources named in ``more``."""
        return tuple(self.more)


class StopAnswer(Answer):
    """Nothing changes anything until a person resumes."""

    stopped: bool = True
    at: str
    by: str
    recorded_reason: str
    next: str

    @classmethod
    def of(cls, stopped: Stopped) -> Self:
        """From the model's own."""
        return fitted(
            lambda size: cls(
                at=stopped.at.isoformat(timespec="seconds"),
                by=name(stopped.by),
                recorded_reason=clean(stopped.reason, size.text),
                next="Tell a person, who can run `mendloop resume`. rollback still works.",
            )
        )


def _by(went_by: WentBy | None) -> str:
    if went_by is None:
        return ""
    return f"It went by the standing approval {went_by.id} of {name(went_by.by)}. "


def _next(done: Deployment) -> str:
    if done.progress is Progress.HANDED_OVER:
        return _merge(done)
    if done.progress is not Progress.COMMITTED:
        return "Nothing is in place of this. status()"
    if done.conflicts:
        return "Tell a person which files were left alone, and why."
    if done.kind is DeploymentKind.ROLLBACK:
        target = {"target": name(done.targets[0])} if done.targets else {}
        together = ""
        if len(done.files) > 1:
            others = ", ".join(name(each) for each in done.targets[:_MOST_TOGETHER])
            together = f"One change had changed {others} together, so all went back. "
        return f"{_in_git(done)}{together}{call('investigate', **target)} before another change"
    return (
        f"{_in_git(done)}Every call is judged from now on; it is taken back when it got worse. "
        f"{call('rollback', deployment=done.id)[:-1]}, reason=...) does so at once."
    )


def _merge(done: Deployment) -> str:
    branch = name(done.git.branch) if done.git is not None else ""
    return (
        f"No file was touched: the branch {branch} holds it. A person runs "
        f"`git push -u origin {branch}` and opens a pull request. It is watched from when its "
        "bytes are in the workspace."
    )


def _in_git(done: Deployment) -> str:
    match done.git:
        case GitRecord(state=GitState.MADE, mode=GitMode.COMMIT, commit=commit, branch=branch):
            return f"Committed as {commit[:12]} on {name(branch)}. "
        case GitRecord(state=GitState.LEFT, why=why):
            return f"In place, but not committed: {clean(why, _MOST_WHY)} "
        case GitRecord(state=GitState.WANTED):
            return "In place; `mendloop recover` commits it. "
        case _:
            return ""
