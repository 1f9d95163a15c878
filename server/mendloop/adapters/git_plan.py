"""What a deployment means for the entries of a commit, or why it cannot be told.

A commit of a deployment holds what HEAD holds, and the deployed bytes of its files. So HEAD must
hold what those files held before: else the commit would carry somebody's uncommitted edit. Git may
keep a file in another form than it has in the working tree. Of these forms only the one with other
line ends is followed, and it is read off what HEAD holds, without running any filter; a file with
another is left alone.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from mendloop.adapters.git_run import Git
from mendloop.model.ids import Digest
from mendloop.model.proposal import NO_FILE, FileChange
from mendloop.noun import dataclass

_ATTRIBUTES: Final = ("filter", "ident", "working-tree-encoding", "text", "eol", "crlf")
_OTHER_FORMS: Final = _ATTRIBUTES[:3]
_PLAIN: Final = frozenset({"100644", "100755"})
_NEW: Final = "100644"
_NONE: Final = frozenset({"unspecified", "unset"})


class Leave(Exception):
    """The commit cannot be made; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of the commit."""

    path: str
    """Relative to the top of the repository."""
    mode: str
    old: str
    """The name of the object in HEAD; empty where there is none."""
    new: str
    """The name of the object to be; empty where the file goes."""


@dataclass(frozen=True, slots=True)
class Planner:
    """Reads what HEAD says of the files; writes the objects of the new contents."""

    git: Git
    """In the top folder."""
    top: Path
    head: str
    bytes_of: Callable[[Digest], bytes]

    def entries(self, files: Sequence[tuple[str, FileChange]]) -> tuple[Entry, ...]:
        """The entries of the commit.

        Args:
            files: What was deployed, by its path from the top of the repository.

        Raises:
            Leave: A file is not as it must be.
        """
        paths = [path for path, _ in files]
        self._inside(paths)
        known, attributes = self._known(paths), self._attributes(paths)
        return tuple(
            self._entry(path, file, known.get(path), attributes.get(path, {}))
            for path, file in files
        )

    def _entry(
        self,
        path: str,
        file: FileChange,
        known: tuple[str, str] | None,
        attributes: Mapping[str, str],
    ) -> Entry:
        form = next((each for each in _OTHER_FORMS if attributes.get(each) not in _NONE), None)
        if form is not None:
            raise Leave(f"{path} has the git attribute `{form}`, which the loop does not apply.")
        mode, old = known or (_NEW, "")
        if mode not in _PLAIN:
            raise Leave(f"{path} is no plain file in the last commit.")
        before = None if file.old in {None, NO_FILE} else self.bytes_of(Digest(str(file.old)))
        as_text = self._as_text(attributes)
        if before is None:
            if known is not None:
                raise Leave(f"{path} is in the last commit, but was not in the workspace.")
            self._not_ignored(path)
            ends = as_text
        else:
            ends = self._other_ends(path, before, old, as_text=as_text)
        new = "" if file.new == NO_FILE else self._kept(self.bytes_of(file.new), ends=ends)
        return Entry(path=path, mode=mode, old=old, new=new)

    def _other_ends(self, path: str, before: bytes, old: str, *, as_text: bool) -> bool:
        """Whether line ends are to be made plain, as they are in what HEAD holds."""
        if old and self._name(before) == old:
            return as_text and b"\r\n" not in before
        if old and b"\r\n" in before and self._name(_plain(before)) == old:
            return True
        raise Leave(f"{path} had changes that were not committed before it was deployed upon.")

    def _as_text(self, attributes: Mapping[str, str]) -> bool:
        """Whether git would make line ends plain, going by what the repository says."""
        if attributes.get("text") == "unset":
            return False
        asked = (
            attributes.get("text") in {"set", "auto"},
            attributes.get("eol") in {"lf", "crlf"},
            attributes.get("crlf") in {"set", "input"},
        )
        if any(asked):
            return True
        return self.git.run("config", "--get", "core.autocrlf").line in {"true", "input"}

    def _kept(self, content: bytes, *, ends: bool) -> str:
        return self._name(_plain(content) if ends else content, "-w")

    def _name(self, content: bytes, *flags: str) -> str:
        said = self.git.run("hash-object", *flags, "--no-filters", "--stdin", given=content)
        if said.code != 0:
            raise Leave("git could not keep the content in the repository.")
        return said.line

    def _inside(self, paths: Sequence[str]) -> None:
        """Make sure that each path lies in this repository, and not in one below it."""
        for path in paths:
            if path.startswith("..") or not path.isprintable():
                raise Leave("A file lies outside the repository, or has an odd name.")
            for folder in list(Path(path).parents)[:-1]:
                if (self.top / folder / ".git").exists() or self._kind(folder) == "commit":
                    raise Leave(f"{path} lies in another repository, in {folder}.")

    def _kind(self, folder: Path) -> str:
        return self.git.run("cat-file", "-t", f"{self.head}:{folder.as_posix()}").line

    def _known(self, paths: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        said = self.git.run("ls-tree", "-z", "--full-tree", self.head, "--", *paths)
        if said.code != 0:
            raise Leave("git could not read the last commit.")
        found: dict[str, tuple[str, str]] = {}
        for line in filter(None, os.fsdecode(said.text).split("\0")):
            about, _, path = line.partition("\t")
            mode, _, name = about.split(" ")
            found[path] = (mode, name)
        return found

    def _attributes(self, paths: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        said = self.git.run("check-attr", "-z", *_ATTRIBUTES, "--", *paths)
        if said.code != 0:
            raise Leave("git could not read the attributes of the files.")
        parts = os.fsdecode(said.text).split("\0")
        found: dict[str, dict[str, str]] = {}
        for path, name, value in zip(parts[0::3], parts[1::3], parts[2::3], strict=False):
            found.setdefault(path, {})[name] = value
        return found

    def _not_ignored(self, path: str) -> None:
        # this command alone refuses to be told that a path is no pattern; it reads none anyway
        said = self.git.run(
            *("check-ignore", "-q", "--no-index", "--", f"./{path}"),
            env={"GIT_LITERAL_PATHSPECS": "0"},
        )
        if said.code != 1:
            raise Leave(f"{path} is ignored by the repository.")


def _plain(content: bytes) -> bytes:
    return content if b"\0" in content else content.replace(b"\r\n", b"\n")
