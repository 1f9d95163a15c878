"""The spool on disk: files of JSON lines, each written by one process that may be killed."""

import os
import re
from pathlib import Path
from typing import Final

from pydantic_core import from_json

from mendloop.adapters.clock import SystemClock
from mendloop.app.ingest import Part, Segment
from mendloop.model.incoming import BadLine, ReadLine
from mendloop.noun import dataclass

_NAME: Final = re.compile(
    r"(?P<stem>(?P<pid>\d{1,10})-(?P<ticks>\d{1,20})-[\w-]{1,80})\.(?P<kind>open|jsonl)"
)
_KINDS: Final = (".open", ".jsonl")
"""While it is written, and when it is whole."""
_STILL: Final = 300.0
"""Seconds without a write after which a file is taken for left, where its writer is gone. A writer
in another container looks gone from here while it lives; it finds a removed file by itself, and
begins another."""
_LONGEST: Final = 8 * 1024 * 1024
"""Bytes of a line; recorders write shorter ones."""
_TICKS: Final = 19
"""Where /proc/PID/stat has the start of the process, counted behind its name."""


@dataclass(frozen=True, slots=True)
class SpoolFolder:
    """A folder of segments, each named as its file without the ending. Other files are let be."""

    folder: Path

    def segments(self) -> tuple[Segment, ...]:
        """Its files, the oldest first; none where there is no folder."""
        try:
            with os.scandir(self.folder) as entries:
                found = [each for entry in entries if (each := _segment(entry)) is not None]
        except (FileNotFoundError, NotADirectoryError):
            return ()
        return tuple(segment for _, segment in sorted(found, key=lambda each: each[0]))

    def read(self, segment: Segment, start: int, most: int) -> Part | None:
        """Whole lines from a byte on; ``None`` where there is none yet, or the file is gone."""
        data = self._bytes(segment.name, start, most)
        end = data.rfind(b"\n") + 1
        if not end and len(data) == most:
            data = self._bytes(segment.name, start, _LONGEST)
            end = data.rfind(b"\n") + 1
        if end:
            return Part(lines=_lines(data[:end], start), after=start + end)
        if len(data) >= _LONGEST:
            reason = f"longer than {_LONGEST} bytes"
        elif data and segment.finished:
            reason = "cut off when its writer died"
        else:
            return None
        return Part(
            lines=(BadLine(start, reason, excerpt=_excerpt(data)),), after=start + len(data)
        )

    def remove(self, name: str) -> None:
        """Remove a file that was read to its end."""
        for kind in _KINDS:
            (self.folder / f"{name}{kind}").unlink(missing_ok=True)

    def _bytes(self, name: str, start: int, most: int) -> bytes:
        for kind in _KINDS:  # it is renamed once, in this order
            try:
                descriptor = os.open(
                    self.folder / f"{name}{kind}", os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
                )
            except FileNotFoundError:
                continue
            try:
                return os.pread(descriptor, most, start)
            finally:
                os.close(descriptor)
        return b""


def _segment(entry: os.DirEntry[str]) -> tuple[float, Segment] | None:
    match = _NAME.fullmatch(entry.name)
    if match is None or not entry.is_file(follow_symlinks=False):
        return None
    whole = match["kind"] == "jsonl"
    try:
        gone = whole or _gone(match["pid"], int(match["ticks"]))
        state = os.stat(entry.path, follow_symlinks=False)  # noqa: PTH116  after the look at its writer
    except FileNotFoundError:  # renamed or read to its end meanwhile: seen again at the next look
        return None
    finished = whole or (gone and SystemClock().now().timestamp() - state.st_mtime > _STILL)
    return state.st_mtime, Segment(name=match["stem"], size=state.st_size, finished=finished)


def _lines(data: bytes, start: int) -> tuple[ReadLine | BadLine, ...]:
    lines: list[ReadLine | BadLine] = []
    for raw in data.split(b"\n"):
        if raw.strip():
            lines.append(_line(start, raw))
        start += len(raw) + 1
    return tuple(lines)


def _line(place: int, raw: bytes) -> ReadLine | BadLine:
    try:
        return ReadLine(place, from_json(raw), raw)
    except UnicodeDecodeError:
        return BadLine(place, "not UTF-8", excerpt=_excerpt(raw))
    except ValueError as error:
        return BadLine(place, f"not JSON: {error}"[:200], excerpt=_excerpt(raw))


def _excerpt(raw: bytes) -> str:
    return raw[:400].decode("utf-8", "replace")


def _gone(pid: str, ticks: int) -> bool:
    """Whether a process has ended, as far as can be seen from here."""
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return Path("/proc/self/stat").exists() or not _signalled(int(pid))
    except OSError:
        return False
    begun = int(text.rpartition(b")")[2].split()[_TICKS])
    return ticks not in {0, begun}


def _signalled(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
