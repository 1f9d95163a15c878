"""The first process of a sandbox's own namespaces, as the server sees it from outside."""

import json
import os
import select
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

_SPACES: Final = {
    "pid": "no processes in common",
    "net": "no network in common",
    "ipc": "no shared memory in common",
    "uts": "no host name in common",
    "mnt": "no mounts in common",
}
_MOST: Final = 4096


class FirstProcess:
    """It; when it ends, the kernel ends all the others before it is gone."""

    def __init__(self, information: int) -> None:
        """Take over the descriptor from which bubblewrap tells its number."""
        self._information = information
        self._pid = 0
        self._held: int | None = None

    def in_common(self) -> dict[str, str]:
        """Of each namespace whether the sandbox has its own: ``denied`` where it has."""
        self._take_hold()
        return {probe: self._compared(name) for name, probe in _SPACES.items()}

    def _take_hold(self) -> None:
        """Hear its number, if it has been told by now, and hold it so that no other can be it."""
        if self._held is not None or not select.select([self._information], [], [], 0)[0]:
            return
        # without its number nothing is held, and the probes say that it is unclear
        with suppress(OSError, ValueError, KeyError, TypeError):
            told: Any = json.loads(os.read(self._information, _MOST))
            self._pid = int(told["child-pid"])
            self._held = os.pidfd_open(self._pid)

    def _compared(self, name: str) -> str:
        try:
            ours, theirs = (
                Path(f"/proc/{pid}/ns/{name}").readlink() for pid in ("self", self._pid)
            )
        except OSError as error:
            return f"unclear: {error.strerror}"
        return "denied" if ours != theirs else "the server's own"

    def seen(self, path: Path) -> Path:
        """Where the server sees what lies at a path inside."""
        return Path(f"/proc/{self._pid}/root{path}")

    def end(self, seconds: float) -> None:
        """End it and all in its namespaces, and wait until they are gone."""
        self._take_hold()
        if self._held is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            signal.pidfd_send_signal(self._held, signal.SIGKILL)
        select.select([self._held], [], [], seconds)

    def close(self) -> None:
        """Let go of it."""
        os.close(self._information)
        if self._held is not None:
            os.close(self._held)
            self._held = None
