"""Real repositories for the tests, and a git that behaves as a person's does."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

_ENV = {
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"],
    "HOME": os.devnull, "GIT_EDITOR": "true",
}  # fmt: skip


@dataclass(frozen=True)
class Repository:
    """A working tree."""

    folder: Path

    def git(self, *arguments: str, check: bool = True) -> str:
        """Run git as the user would, hooks, filters and all."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=_ENV,
            check=False,
            capture_output=True,
            encoding="utf-8",
        )
        assert not check or done.returncode == 0, (arguments, done.stderr)
        return done.stdout.rstrip("\n")

    def write(self, path: str, content: bytes) -> None:
        """Write a file, whose folder is made if need be."""
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_bytes(content)

    def commit(self, subject: str) -> str:
        """Commit all there is."""
        self.git("add", "-A")
        self.git("commit", "-qm", subject)
        return self.head()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def held(self, path: str, commit: str = "HEAD") -> bytes | None:
        """What a commit holds of a file."""
        done = subprocess.run(
            ["git", "cat-file", "blob", f"{commit}:{path}"],
            cwd=self.folder,
            env=_ENV,
            check=False,
            capture_output=True,
        )
        return done.stdout if done.returncode == 0 else None

    def status(self) -> list[str]:
        """What ``git status`` says, the branch left out."""
        return self.git("status", "--porcelain", "--", ".").splitlines()

    def changed(self, commit: str = "HEAD") -> list[str]:
        """The files that a commit changed."""
        return self.git(
            "diff-tree", "-r", "--name-only", "--no-commit-id", "--root", commit
        ).splitlines()

    def trailers(self, commit: str = "HEAD") -> dict[str, str]:
        """The trailers of a commit, as git reads them."""
        text = self.git("log", "-n1", "--format=%(trailers:only,unfold)", commit)
        return dict(line.split(": ", 1) for line in text.splitlines() if line)

    def sound(self) -> None:
        """Whatever was done, the repository is whole and nobody's lock is left."""
        self.git("fsck", "--strict", "--no-dangling")
        folder = Path(self.git("rev-parse", "--absolute-git-dir"))
        assert not list(folder.glob("mendloop-*"))
        assert not list(folder.rglob("*.lock"))


def begin(folder: Path) -> Repository:
    """Make a repository of a folder, and commit all that lies there."""
    made = Repository(folder)
    made.git("init", "-q", "-b", "main")
    made.git("config", "user.name", "A Person")
    made.git("config", "user.email", "person@example.org")
    made.commit("first")
    return made


def shaped(folder: Path, shape: str) -> Repository:
    """Make the workspace in a folder a working tree of another shape."""
    place = folder / "workspace"
    match shape:
        case "subfolder":
            whole = Repository(folder)
            begin(place)
            (place / ".git").rename(folder / ".git")
            whole.git("add", "workspace")
            whole.git("commit", "-qm", "in a folder")
        case "sparse":
            whole = begin(place)
            whole.write("far/away.txt", b"far\n")
            whole.commit("far")
            whole.git("sparse-checkout", "set", "--cone", "--sparse-index", "prompts", "tools")
            assert not (place / "far").exists()
        case "worktree":
            begin(place)
            place.rename(folder / "origin")
            Repository(folder / "origin").git("worktree", "add", "-q", str(place), "-b", "side")
        case _:
            begin(place)
            place.rename(folder / "origin")
            outer = Repository(folder)
            outer.git("init", "-q")
            files = ("-c", "protocol.file.allow=always")
            outer.git(*files, "submodule", "add", "-q", str(folder / "origin"), "workspace")
    return Repository(place)
