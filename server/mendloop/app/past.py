"""What the services need of a version history, where the workspace has one."""

from collections.abc import Sequence
from typing import Protocol

from mendloop.model.past import Commit


class Past(Protocol):
    """The history of the workspace's files. All methods block for a few seconds at the most."""

    def known(self) -> bool:
        """Whether there is a history."""
        ...

    def head(self, path: str) -> str | None:
        """A file's text as it was last committed; ``None`` where it never was."""
        ...

    def lines(self, path: str, first: int, last: int, *, most: int) -> tuple[Commit, ...]:
        """The newest commits that touched some lines, as they are counted in the last commit."""
        ...

    def commits(self, paths: Sequence[str], *, most: int) -> tuple[Commit, ...]:
        """The newest commits that touched any of some files."""
        ...
