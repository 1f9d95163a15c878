"""Python's compiled copies of a source file."""

import os
from contextlib import suppress
from pathlib import Path


def drop_bytecode(source: Path) -> None:
    """Delete what Python has compiled of a source, so that nobody runs the old code.

    Best effort: the time stamp that a new source gets makes Python compile it again anyway, except
    where bytecode is told never to be checked.
    """
    if source.suffix != ".py":
        return
    with suppress(OSError):
        cache = os.open(source.parent / "__pycache__", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            for name in os.listdir(cache):  # noqa: PTH208  the folder is open already: nobody swaps it
                if name.startswith(f"{source.stem}.") and name.endswith(".pyc"):
                    with suppress(OSError):
                        os.unlink(name, dir_fd=cache)
        finally:
            os.close(cache)
