"""The server, as a process that must not outlive its relay."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from typing import Final

from mendloop.noun import dataclass

_DIE_WITH_PARENT: Final = 1
"""``PR_SET_PDEATHSIG`` of prctl(2)."""
NOT_FOUND: Final = 127
NOT_STARTED: Final = 126
"""Exit codes of a shell for a command that is not there, or cannot be run."""


@dataclass(frozen=True, slots=True)
class Server:
    """The process, and our ends of its pipes."""

    process: "subprocess.Popen[bytes]"
    to: int
    """What is written here it reads."""
    says: int
    """What it writes is read here."""


def start_server(command: Sequence[str], mask: set[signal.Signals]) -> Server:
    """Start it with pipes before and behind it; what it says to standard error passes by.

    Args:
        command: The program and its arguments.
        mask: Which signals it shall have blocked: those that we had when we were started.

    Raises:
        OSError: It cannot be started.
    """
    theirs_in, to = os.pipe2(os.O_CLOEXEC)
    says, theirs_out = os.pipe2(os.O_CLOEXEC)
    process = subprocess.Popen(  # noqa: S603  whose whole job it is
        command,
        stdin=theirs_in,
        stdout=theirs_out,
        # no other thread yet, so nothing that it could wait for in the child is held
        preexec_fn=_before(mask),  # noqa: PLW1509
    )
    os.close(theirs_in)
    os.close(theirs_out)
    return Server(process, to, says)


def _before(mask: set[signal.Signals]) -> Callable[[], None]:
    relay = os.getpid()
    prctl = ctypes.CDLL(None).prctl

    def before() -> None:
        prctl(_DIE_WITH_PARENT, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != relay:  # it died before the line above
            os._exit(NOT_STARTED)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    return before


def told(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"the server ended with exit code {code}"
    try:
        return f"the server was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"the server was ended by signal {-code}"
