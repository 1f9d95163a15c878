"""Files from elsewhere, opened: plain or gzip, and never more of them than they may unpack to."""

import io
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from gzip import GzipFile
from pathlib import Path
from typing import IO, Any, Final

from typing_extensions import override

from mendloop.errors import InvalidInput

_GZIP: Final = b"\x1f\x8b"
_BUFFER: Final = 1 << 20
_FREE: Final = 64 << 20
"""Bytes that any file may unpack to."""
_RATIO: Final = 300
"""How many times its size a larger one may. Logs reach 50; deflate ends at 1,032."""


class DamagedError(Exception):
    """The file ends here, though not by itself; the message says why."""


class _Unpacked(io.RawIOBase):
    """The bytes in a gzip file, as many as there may be."""

    def __init__(self, packed: IO[bytes], size: int) -> None:
        self._file = GzipFile(fileobj=packed, mode="rb")
        self._left = max(_FREE, _RATIO * size)

    @override
    def readable(self) -> bool:
        """Always."""
        return True

    @override
    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer.

        Raises:
            DamagedError: The data is no gzip from here on, or unpacks to too much.
        """
        try:
            data = self._file.read1(
                len(buffer)
            )  # not read, which gives nothing where part is damaged
        except (EOFError, OSError, zlib.error) as error:
            raise DamagedError("the gzip data is damaged from here on") from error
        self._left -= len(data)
        if self._left < 0:
            raise DamagedError(f"the gzip data unpacks to more than {_RATIO} times its size")
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def opened(path: Path, *, hint: str) -> Generator[io.BufferedReader]:
    """The bytes of a file; of a gzip file, which is known by its first two, those in it.

    Args:
        path: The file.
        hint: What to do where it cannot be read.

    Raises:
        InvalidInput: It cannot be read.
    """
    try:
        raw: io.BufferedReader = io.BufferedReader(path.open("rb", buffering=0), _BUFFER)
        with raw as file:
            if file.peek(2)[:2] == _GZIP:
                yield io.BufferedReader(_Unpacked(file, path.stat().st_size), _BUFFER)
            else:
                yield file
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}.", hint=hint) from error
