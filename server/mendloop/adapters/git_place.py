"""The repository that the workspace is, or lies in: where it is, and how it stands."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

from mendloop.adapters.git_index import Busy
from mendloop.adapters.git_plan import Leave
from mendloop.adapters.git_run import Git
from mendloop.core.deploy.commit_message import deployment_of
from mendloop.model.ids import DeploymentId
from mendloop.model.in_git import Left
from mendloop.noun import dataclass

T = TypeVar("T")

_SECONDS: Final = 20.0
_LOOK_BACK: Final = 500
"""So many of the newest commits are searched for one that was made before a crash."""
_HEADS: Final = "refs/heads/"
_UNDER_WAY: Final = {
    "MERGE_HEAD": "A merge",
    "CHERRY_PICK_HEAD": "A cherry-pick",
    "REVERT_HEAD": "A revert",
    "rebase-merge": "A rebase",
    "rebase-apply": "A rebase",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A repository, and the working tree of it."""

    top: Path
    folder: Path
    """What git keeps for this working tree."""
    git: Git
    off: tuple[str, ...]
    """What is to be switched off besides."""

    def ask(self, *arguments: str, given: bytes | None = None, index: Path | None = None) -> str:
        """What git says, which must not fail.

        Raises:
            Leave: It fails.
        """
        env = {} if index is None else {"GIT_INDEX_FILE": str(index)}
        said = self.git.run(*arguments, given=given, off=self.off, env=env)
        if said.code != 0:
            raise Leave(f"`git {arguments[0]}` failed.")
        return said.line

    def branch(self) -> str:
        """The branch that is checked out, by its full name.

        Raises:
            Leave: There is none.
        """
        said = self.git.run("symbolic-ref", "-q", "HEAD")
        if said.code != 0 or not said.line.startswith(_HEADS):
            raise Leave("No branch is checked out (HEAD is detached).")
        return said.line

    def head(self) -> str:
        """The last commit.

        Raises:
            Leave: There is none.
        """
        said = self.git.run("rev-parse", "--verify", "-q", "HEAD^{commit}")
        if said.code != 0:
            raise Leave("The branch that is checked out has no commit yet.")
        return said.line

    def quiet(self) -> None:
        """Make sure that nothing is half done that a commit would get into.

        Raises:
            Leave: Something is.
        """
        for name, what in _UNDER_WAY.items():
            if (self.folder / name).exists():
                raise Leave(f"{what} is under way in the repository.")

    def commit_of(self, deployment: DeploymentId, where: str, *, most: int = _LOOK_BACK) -> str:
        """The commit of a deployment among the newest, told by its trailer; else nothing."""
        said = self.git.run(
            "log", "--no-show-signature", "--no-notes", "--format=%H%n%B%x00", f"-n{most}", where
        )
        for each in said.text.decode(errors="replace").split("\0") if said.code == 0 else ():
            commit, _, message = each.strip().partition("\n")
            if deployment_of(message) == deployment:
                return commit
        return ""


def place_of(root: Path) -> Place:
    """The repository of a folder.

    Raises:
        Leave: There is none that git reads.
    """
    git = Git(root, seconds=_SECONDS)
    if not git.there:
        raise Leave("There is no git on this machine.")
    said = git.run("rev-parse", "--show-toplevel", "--absolute-git-dir")
    match os.fsdecode(said.text).splitlines() if said.code == 0 else []:
        case [top, folder]:
            there = Git(Path(top), seconds=_SECONDS)
            return Place(Path(top), Path(folder), there, tuple(_hooks_off(there)))
        case _:
            raise Leave(
                "git reads no repository here, or one that belongs to somebody else"
                " (`git status` says more)."
            )


def short(branch: str) -> str:
    """The name of a branch as people use it."""
    return branch.removeprefix(_HEADS)


def attempt(work: Callable[[], T]) -> T | Left:
    """Do something, or say why it was left; nothing is half done then."""
    try:
        return work()
    except Leave as why:
        return Left(str(why))
    except Busy:
        return Left("Another git holds the index of the repository (index.lock).")
    except OSError as error:
        return Left(f"The repository cannot be written ({error.strerror}).")


def _hooks_off(git: Git) -> Iterator[str]:
    """The settings that switch off hooks which the configuration itself names (git 2.54 on)."""
    said = git.run("config", "-z", "--name-only", "--get-regexp", r"^hook\.")
    for key in os.fsdecode(said.text).split("\0") if said.code == 0 else ():
        name = key.removeprefix("hook.").rpartition(".")[0]
        if "=" in name:
            raise Leave("The configuration of the repository names a hook that stays on.")
        if name:
            yield f"hook.{name}.enabled=false"
