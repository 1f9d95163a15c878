"""From the version in force to another one of the same target, and what goes with it.

One change may have touched several files. Where it is taken back for one target it is taken back
for all, and where it is brought back, too: half of a change was never tested.
"""

from collections.abc import Mapping, Sequence

from mendloop.core.deploy.reversal import Edited
from mendloop.core.deploy.versions import line
from mendloop.model.deployment import Deployment, DeploymentKind, Version
from mendloop.model.ids import DeploymentId, Digest
from mendloop.model.proposal import NO_FILE, FileChange
from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Which versions are left behind, and which are gone through, in this order."""

    undone: tuple[Version, ...]
    """From the one in force on."""
    redone: tuple[Version, ...]
    """Up to the one wanted."""


def way(known: Sequence[Version], wanted: Version) -> Way:
    """The way from the version in force to another: back to what both are built upon, then on.

    Args:
        known: All versions of the target, newest first.
        wanted: One of them.
    """
    back = [_origin(known, version) for version in line(known, known[0])]
    on = [_origin(known, version) for version in line(known, wanted)]
    digests = [version.digest for version in back]
    for steps, version in enumerate(on):
        if version.digest in digests:
            return Way(
                undone=tuple(back[: digests.index(version.digest)]),
                redone=tuple(reversed(on[:steps])),
            )
    return Way(undone=(), redone=(wanted,))


def taken(
    steps: Way, made: Mapping[DeploymentId, Deployment], now: Mapping[str, Digest | None]
) -> tuple[FileChange, ...] | Edited:
    """The changes of files that a way comes to, with all that each deployment on it has touched.

    Args:
        steps: The way.
        made: The deployments of its versions.
        now: What their files hold.

    Returns:
        One change a file; or the file that holds something else, so that nothing is changed.
    """
    files = {path: digest or NO_FILE for path, digest in now.items()}
    moves = [(each, True) for each in steps.undone] + [(each, False) for each in steps.redone]
    for version, back in moves:
        deployment = None if version.deployment is None else made.get(version.deployment)
        if deployment is None or deployment.kind is DeploymentKind.ROLLBACK:
            continue  # one file, which is given what is wanted whatever it holds
        for file in deployment.files:
            old, new = file.old or NO_FILE, file.new
            before, after = (new, old) if back else (old, new)
            if files[file.path] not in {before, after}:
                own = file.path == version.path
                if not own:
                    return Edited(file.path)
            files[file.path] = after
    return tuple(FileChange(path=path, old=now[path], new=digest) for path, digest in files.items())


def _origin(known: Sequence[Version], version: Version) -> Version:
    """The version that one which was brought back stands for."""
    for each in reversed(known):
        if each.digest == version.digest and each.parent == version.parent:
            return each
    return version
