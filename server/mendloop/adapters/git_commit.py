"""Commit exactly the files of a deployment, and touch nothing else that is the user's.

The tree is built in an index of our own, from what HEAD holds. The branch moves by compare-and-swap
while git's lock on the user's index is held, and the user's index then gets the same entries:
whatever else is staged there stays as it is. No hook and no filter runs, and nothing is signed: a
program that the repository names would run with the rights of the loop.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from mendloop.adapters.git_index import Left as LeftOver
from mendloop.adapters.git_index import end, held
from mendloop.adapters.git_place import Place, attempt, place_of, short
from mendloop.adapters.git_plan import Entry, Leave, Planner
from mendloop.app.permit import Permit
from mendloop.model.action import Action
from mendloop.model.deployment import Deployment
from mendloop.model.ids import Digest
from mendloop.model.in_git import Left, Made
from mendloop.model.proposal import change_digest

_NAME, _ADDRESS = "Mendloop", "mendloop@localhost"


class GitRepository:
    """The repository that the workspace is, or lies in."""

    def __init__(
        self,
        root: Path,
        scratch: Path,
        *,
        bytes_of: Callable[[Digest], bytes],
        real: Callable[[str], str],
        patience: float,
    ) -> None:
        """Work for one workspace; it need not be a repository.

        Args:
            root: The workspace.
            scratch: A folder of ours, made and emptied as need be; one process uses it at a time.
            bytes_of: Finds the bytes of a digest.
            real: Where a path of the workspace leads to, links followed.
            patience: Seconds to wait for somebody else's lock.
        """
        self._root = root
        self._scratch = scratch
        self._bytes_of = bytes_of
        self._real = real
        self._patience = patience

    def commit(self, permit: Permit, deployment: Deployment, message: str) -> Made | Left:
        """Commit what is in place, on the branch that is checked out; done before, it is found.

        Call it only while the lock on deployments is held.
        """
        permit.spend(Action.COMMIT, change_digest(deployment.files))
        return attempt(lambda: self._commit(deployment, message))

    def hand_over(
        self, permit: Permit, deployment: Deployment, message: str, branch: str
    ) -> Made | Left:
        """Make a new branch that holds HEAD and the deployment; nothing else is touched."""
        permit.spend(Action.DEPLOY, change_digest(deployment.files))
        return attempt(lambda: self._branch(deployment, message, branch))

    def hindrance(self, deployment: Deployment, branch: str) -> str:
        """Why a deployment could not be handed over as a branch; empty where it could."""

        def look() -> str:
            place = place_of(self._root)
            self._entries(place, deployment, place.head())
            if place.git.run("rev-parse", "--verify", "-q", f"refs/heads/{branch}").code == 0:
                raise Leave(f"There is a branch {branch} already.")
            return ""

        found = attempt(look)
        return found.why if isinstance(found, Left) else found

    def handed_over(self, deployment: Deployment, branch: str) -> Made | None:
        """The branch that was made for a deployment, if it was."""
        ref = f"refs/heads/{branch}"
        commit = attempt(lambda: place_of(self._root).commit_of(deployment.id, ref, most=1))
        return Made(branch=branch, commit=commit) if isinstance(commit, str) and commit else None

    def _commit(self, deployment: Deployment, message: str) -> Made | Left:
        place = place_of(self._root)
        branch = place.branch()
        known = place.commit_of(deployment.id, "HEAD")
        self._end(place, deployment, known)
        if known:
            return Made(branch=short(branch), commit=known)
        place.quiet()
        with held(place.folder, deployment.id, patience=self._patience) as lock:
            # under the lock, so that nobody switches branches meanwhile
            branch, head = place.branch(), place.head()
            entries = self._entries(place, deployment, head)
            lock.write(self._index(place, lock.index(), entries))
            commit = self._make(place, deployment, message, head, entries)
            self._move(place, deployment, branch, commit, head)
            lock.put()
        return Made(branch=short(branch), commit=commit)

    def _branch(self, deployment: Deployment, message: str, branch: str) -> Made | Left:
        place = place_of(self._root)
        head = place.head()
        entries = self._entries(place, deployment, head)
        commit = self._make(place, deployment, message, head, entries)
        self._move(place, deployment, f"refs/heads/{branch}", commit, "0" * len(head))
        return Made(branch=branch, commit=commit)

    def _entries(self, place: Place, deployment: Deployment, head: str) -> tuple[Entry, ...]:
        top = place.top.resolve()
        files = [
            (os.path.relpath(self._root / self._real(file.path), top), file)
            for file in deployment.files
        ]
        entries = Planner(place.git, top, head, self._bytes_of).entries(files)
        if all(entry.old == entry.new for entry in entries):
            raise Leave("The last commit holds these bytes already.")
        return entries

    def _make(
        self,
        place: Place,
        deployment: Deployment,
        message: str,
        head: str,
        entries: Sequence[Entry],
    ) -> str:
        """Make the commit; no branch holds it yet."""
        index = self._drawer() / "tree"
        place.ask("read-tree", head, index=index)
        place.ask("update-index", "-z", "--index-info", given=_lines(entries, head), index=index)
        tree = place.ask("write-tree", "--missing-ok", index=index)
        said = place.git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", head, tree)
        changed = set(filter(None, os.fsdecode(said.text).split("\0")))
        if said.code != 0 or changed != {each.path for each in entries if each.old != each.new}:
            raise Leave("The commit would have held more than the deployment.")
        arguments = ("commit-tree", "--no-gpg-sign", tree, "-p", head, "-F", "-")
        env, text = _signed_as(deployment.at), message.encode(errors="replace")
        commit = place.git.run(*arguments, given=text, off=place.off, env=env)
        if commit.code != 0:
            raise Leave("`git commit-tree` failed.")
        return commit.line

    def _index(self, place: Place, now: bytes, entries: Sequence[Entry]) -> bytes:
        """The user's index with the entries changed, and everything else as it is there.

        Raises:
            Leave: Changes to one of the files are staged.
        """
        index = self._drawer() / "index"
        index.write_bytes(now)
        changed: list[Entry] = []
        for entry in entries:
            mode, name = self._staged(place, index, entry)
            if name not in {entry.old, entry.new}:
                raise Leave(f"Changes to {entry.path} are staged.")
            changed.append(Entry(path=entry.path, mode=mode, old=name, new=entry.new))
        head = next(entry.old or entry.new for entry in entries)
        place.ask("update-index", "-z", "--index-info", given=_lines(changed, head), index=index)
        return index.read_bytes()

    def _staged(self, place: Place, index: Path, entry: Entry) -> tuple[str, str]:
        said = place.ask("ls-files", "-s", "-z", "--", entry.path, index=index)
        rows = [row.partition("\t")[0].split(" ") for row in said.split("\0") if row]
        match rows:
            case []:
                return entry.mode, ""
            case [[mode, name, "0"]]:
                return mode, name
            case _:
                raise Leave(f"{entry.path} is in conflict.")

    def _move(
        self, place: Place, deployment: Deployment, branch: str, commit: str, head: str
    ) -> None:
        """Let a branch hold the commit, where it holds what is expected at that very moment."""
        said = place.git.run(
            *("update-ref", "-m", f"mendloop: {deployment.id}", branch, commit, head),
            off=place.off,
            env=_signed_as(deployment.at),
        )
        if said.code != 0:
            raise Leave(f"{short(branch)} was moved or is locked by somebody else.")

    def _end(self, place: Place, deployment: Deployment, known: str) -> None:
        """End what a crash has left of the lock on the index."""
        if end(place.folder, deployment.id, finish=bool(known)) is not LeftOver.LOST or not known:
            return
        # somebody has taken our lock away by hand after the branch had moved
        entries = self._entries(place, deployment, f"{known}^")
        with held(place.folder, deployment.id, patience=self._patience) as lock:
            lock.write(self._index(place, lock.index(), entries))
            lock.put()

    def _drawer(self) -> Path:
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._scratch.mkdir(mode=0o700, parents=True)
        return self._scratch


def _lines(entries: Sequence[Entry], like: str) -> bytes:
    """Entries as ``update-index --index-info`` reads them.

    Args:
        entries: What is to be changed.
        like: The name of any object, for its length.
    """
    lines = [
        f"{each.mode} {each.new}\t{each.path}" if each.new else f"0 {'0' * len(like)}\t{each.path}"
        for each in entries
    ]
    return b"".join(os.fsencode(line) + b"\0" for line in lines)


def _signed_as(at: datetime) -> dict[str, str]:
    """By whom and when: the same deployment upon the same commit makes the same commit again."""
    when = f"{int(at.timestamp())} +0000"
    return {
        "GIT_AUTHOR_NAME": _NAME,
        "GIT_AUTHOR_EMAIL": _ADDRESS,
        "GIT_AUTHOR_DATE": when,
        "GIT_COMMITTER_NAME": _NAME,
        "GIT_COMMITTER_EMAIL": _ADDRESS,
        "GIT_COMMITTER_DATE": when,
    }
