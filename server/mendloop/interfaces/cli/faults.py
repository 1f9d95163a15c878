"""What happens when the fault is ours: one line for the person, all of it for the log."""

import logging
import secrets
import sys
from pathlib import Path
from types import TracebackType
from typing import Final

_MOST_BYTES: Final = 1024 * 1024


class FaultLog:
    """Where unexpected failures are written, once the state folder is known."""

    def __init__(self) -> None:
        """Know no folder yet."""
        self._folder: Path | None = None

    def keep_in(self, folder: Path) -> None:
        """Write to ``errors.log`` in a folder that only the user can read."""
        self._folder = folder

    def report(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Say that something broke, as ``sys.excepthook`` does.

        The text of the error is not shown: it may quote a recorded value.
        """
        reference = secrets.token_hex(4)
        where = "nowhere, because the state folder is not known"
        if self._folder is not None:
            path = self._folder / "errors.log"
            where = str(path) if _written(path, reference, (kind, error, trace)) else "nowhere"
        sys.stderr.write(
            f"mendloop: a fault of the program, not of the call ({kind.__name__}). "
            f"Reference {reference}; the details are in {where}.\n"
        )


def _written(
    path: Path,
    reference: str,
    what: tuple[type[BaseException], BaseException, TracebackType | None],
) -> bool:
    from logging.handlers import (  # noqa: PLC0415  loads sockets and pickle, for this only
        RotatingFileHandler,
    )

    try:
        handler = RotatingFileHandler(path, maxBytes=_MOST_BYTES, backupCount=1, encoding="utf-8")
    except OSError:
        return False  # the caller tells that the details are nowhere
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log = logging.getLogger("mendloop.faults")
    log.propagate = False
    log.addHandler(handler)
    log.critical("failure %s", reference, exc_info=what)
    handler.close()
    log.removeHandler(handler)
    return True


FAULTS: Final = FaultLog()
"""The process has one ``sys.excepthook``, so there is one of these."""
