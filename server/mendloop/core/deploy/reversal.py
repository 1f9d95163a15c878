"""What taking something back means, file by file."""

from collections.abc import Mapping, Sequence

from mendloop.model.deployment import Deployment, DeploymentKind, Progress
from mendloop.model.ids import Digest
from mendloop.model.proposal import NO_FILE, FileChange
from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True)
class Edited:
    """A file holds neither what was deployed nor what was there before."""

    path: str


def reversal(
    deployment: Deployment, now: Mapping[str, Digest | None]
) -> tuple[FileChange, ...] | Edited:
    """The change that takes a deployment back.

    Args:
        deployment: What to take back.
        now: What its files hold; ``None`` where there is none.

    Returns:
        One change a file, from what it holds to what it held; the same twice where somebody has
        put it back already.
    """
    changes: list[FileChange] = []
    for file in deployment.files:
        held = now[file.path]
        if (held or NO_FILE) not in {file.new, file.old or NO_FILE}:
            return Edited(file.path)
        changes.append(FileChange(path=file.path, old=held, new=file.old or NO_FILE))
    return tuple(changes)


def in_force(
    deployments: Sequence[Deployment], now: Mapping[str, Digest | None], *, at: str | None = None
) -> Deployment | None:
    """The newest deployment whose work is in place, and was not taken back.

    Args:
        deployments: Those of a target, newest first.
        now: What the files hold that they touch.
        at: Look at this one file only: others may have been changed since.
    """
    committed = [each for each in deployments if each.progress is Progress.COMMITTED]
    undone = {each.undoes for each in committed}
    for each in committed:
        if each.kind is DeploymentKind.DEPLOY and each.id not in undone:
            files = [file for file in each.files if at in {None, file.path}]
            if files and all((now[file.path] or NO_FILE) == file.new for file in files):
                return each
    return None
