"""Run git so that it runs nothing else.

A repository's own configuration may name programs: pagers, hooks, diff drivers, filters, file
monitors, signature checkers, remote helpers. Each is switched off on the command line or in the
environment, which git heeds before the configuration; the user's own configuration and the
machine's are not read.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import Final

from mendloop.noun import dataclass

_SECONDS: Final = 3.0
_MOST_BYTES: Final = 1024 * 1024
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
    "core.splitIndex=false", "commit.gpgSign=false", "i18n.commitEncoding=UTF-8",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """How one run of git went."""

    code: int
    """What it ended with; negative where it was ended, or said too much."""
    text: bytes

    @property
    def line(self) -> str:
        """What it said, where that is one line."""
        return os.fsdecode(self.text).rstrip("\n")


_NOTHING: Final = Said(-1, b"")


class Git:
    """A bounded git in one folder."""

    def __init__(self, folder: Path, *, seconds: float = _SECONDS) -> None:
        """Work in a folder; it need not be in a repository.

        Args:
            folder: Where.
            seconds: How long one run may take.
        """
        self._folder = folder
        self._seconds = seconds
        self._git = shutil.which("git", path=os.defpath) or ""

    @property
    def there(self) -> bool:
        """Whether git is installed."""
        return bool(self._git)

    def run(
        self,
        *arguments: str,
        given: bytes | None = None,
        off: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> Said:
        """Run it once.

        Args:
            arguments: What it is to do.
            given: What it reads.
            off: Further settings, as ``key=value``.
            env: Further variables.
        """
        if not self._git:
            return _NOTHING
        switched = [part for setting in (*_OFF, *off) for part in ("-c", setting)]
        try:
            process = subprocess.Popen(  # noqa: S603  a program of the system, with all switched off
                [self._git, "--no-pager", *switched, *arguments],
                cwd=self._folder,
                env={"PATH": os.defpath, **_CLEAN, **(env or {})},
                stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            return _NOTHING  # as where there is no git: whoever asked says what it does without
        return _bounded(process, given, self._seconds)


def _bounded(process: subprocess.Popen[bytes], given: bytes | None, seconds: float) -> Said:
    """What a process says, unless it takes too long or says too much."""
    timer = Timer(seconds, _end, (process,))
    timer.start()
    try:
        _feed(process, given)
        said = b"" if process.stdout is None else process.stdout.read(_MOST_BYTES + 1)
        if len(said) > _MOST_BYTES:
            _end(process)
        process.wait()
    finally:
        timer.cancel()
        _end(process)
        if process.stdout is not None:
            process.stdout.close()
    return Said(process.returncode, said) if len(said) <= _MOST_BYTES else _NOTHING


def _feed(process: subprocess.Popen[bytes], given: bytes | None) -> None:
    """Give it all it reads; none of the commands used here answers before it has read that."""
    if given is not None and process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.write(given)
        with suppress(BrokenPipeError):
            process.stdin.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it and what it started, unless it has ended; gently, for it holds locks."""
    for number, patience in ((signal.SIGTERM, 1.0), (signal.SIGKILL, None)):
        if process.poll() is not None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
