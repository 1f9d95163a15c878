"""Read a repository's history through a bounded git that runs nothing else.

A repository's own configuration may name programs: pagers, hooks, diff drivers, file monitors,
signature checkers, remote helpers. Each is switched off on the command line or in the environment,
which git heeds before the configuration; the commands used here read objects, and touch neither the
index nor the files.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Timer
from typing import Final

from mendloop.model.past import Commit

_SECONDS: Final = 3.0
_MOST_BYTES: Final = 1024 * 1024
_MOST_SUBJECT: Final = 200
_FORMAT: Final = "--format=%x1e%H%x1f%ct%x1f%s"
_CLEAN: Final = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_PAGER": "cat",
    "HOME": os.devnull,
    "LC_ALL": "C",
}
_OFF: Final = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.pager=cat", "core.sshCommand=false",
    "core.attributesFile=/dev/null", "core.alternateRefsCommand=false", "diff.external=",
    "log.showSignature=false", "gpg.program=false", "gpg.ssh.program=false",
    "protocol.allow=never", "credential.helper=", "safe.bareRepository=explicit",
    "submodule.recurse=false", "gc.auto=0", "maintenance.auto=false", "log.mailmap=false",
)  # fmt: skip
_LOG: Final = (
    "log", "--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-color", "--no-notes",
    "--no-decorate", "--no-patch", _FORMAT,
)  # fmt: skip


class GitPast:
    """The history of a workspace that is, or lies in, a repository."""

    def __init__(self, root: Path) -> None:
        """Look at one workspace; it need not be a repository."""
        self._root = root
        self._git = shutil.which("git", path=os.defpath) or ""

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
        if not self._git:
            return b""
        switched = [part for setting in _OFF for part in ("-c", setting)]
        try:
            process = subprocess.Popen(  # noqa: S603  a program of the system, with all switched off
                [self._git, "--no-pager", *switched, *arguments],
                cwd=self._root,
                env={"PATH": os.defpath, **_CLEAN},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            return b""
        return _bounded(process)


def _bounded(process: subprocess.Popen[bytes]) -> bytes:
    """What a process says, unless it takes too long, says too much, or fails."""
    timer = Timer(_SECONDS, _end, (process,))
    timer.start()
    try:
        said = b"" if process.stdout is None else process.stdout.read(_MOST_BYTES + 1)
        if len(said) > _MOST_BYTES:
            _end(process)
        process.wait()
    finally:
        timer.cancel()
        _end(process)
        if process.stdout is not None:
            process.stdout.close()
    return said if process.returncode == 0 and len(said) <= _MOST_BYTES else b""


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill it and what it started, unless it has ended."""
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


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
