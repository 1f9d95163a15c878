"""Read a repository's history; the commands used here touch neither the index nor the files."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from mendloop.adapters.git_run import Git
from mendloop.model.past import Commit

_MOST_SUBJECT: Final = 200
_FORMAT: Final = "--format=%x1e%H%x1f%ct%x1f%s"
_LOG: Final = (
    "log", "--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-color", "--no-notes",
    "--no-decorate", "--no-patch", _FORMAT,
)  # fmt: skip


class GitPast:
    """The history of a workspace that is, or lies in, a repository."""

    def __init__(self, root: Path) -> None:
        """Look at one workspace; it need not be a repository."""
        self._git = Git(root)

    def known(self) -> bool:
        """Whether the workspace lies in a repository that git reads."""
        return self._ask("rev-parse", "--is-inside-work-tree").strip() == b"true"

    def head(self, path: str) -> str | None:
        """A file's text as it was last committed; ``None`` where it never was, or is too large."""
        text = self._ask("cat-file", "blob", f"HEAD:./{path}")
        return text.decode(errors="replace") if text else None

    def lines(self, path: str, first: int, last: int, *, most: int) -> tuple[Commit, ...]:
        """The newest commits that touched some lines, as they are counted in the last commit."""
        return _commits(self._ask(*_LOG, f"-n{most}", f"-L{first},{last}:{path}"))

    def commits(self, paths: Sequence[str], *, most: int) -> tuple[Commit, ...]:
        """The newest commits that touched any of some files."""
        return _commits(self._ask(*_LOG, f"-n{most}", "HEAD", "--", *paths)) if paths else ()

    def _ask(self, *arguments: str) -> bytes:
        """What git says; nothing where it fails, takes too long or says too much."""
        said = self._git.run(*arguments)
        return said.text if said.code == 0 else b""


def _commits(said: bytes) -> tuple[Commit, ...]:
    found: list[Commit] = []
    for part in said.decode(errors="replace").split("\x1e")[1:]:
        match part.split("\n", 1)[0].split("\x1f"):
            case [commit, seconds, subject] if seconds.isdigit():
                found.append(
                    Commit(
                        id=commit,
                        at=datetime.fromtimestamp(int(seconds), UTC),
                        subject=subject[:_MOST_SUBJECT],
                    )
                )
            case _:
                pass
    return tuple(found)
