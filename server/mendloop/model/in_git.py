"""What became of a deployment in the workspace's repository."""

from enum import StrEnum

from mendloop.noun import dataclass


class GitMode(StrEnum):
    """What is done where the workspace is a repository."""

    OFF = "off"
    COMMIT = "commit"
    """Files are changed, and then committed."""
    BRANCH = "branch"
    """No file is changed: a branch is made, for a person to merge."""


class GitState(StrEnum):
    """How far it has come."""

    WANTED = "wanted"
    """Still to be done; where a crash came between, recovery does it."""
    MADE = "made"
    LEFT = "left"
    """Not done, for a reason that is on record; the deployment stands all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitRecord:
    """The commit of one deployment."""

    mode: GitMode
    state: GitState = GitState.WANTED
    branch: str = ""
    """The short name of the branch that holds it."""
    commit: str = ""
    """The name of the commit, in hexadecimal digits."""
    why: str = ""
    """Why it was left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A commit that is there."""

    branch: str
    commit: str


@dataclass(frozen=True, slots=True)
class Left:
    """A commit that was not made."""

    why: str
    """One sentence; its subject is the file or the repository."""
