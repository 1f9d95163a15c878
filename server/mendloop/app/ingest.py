"""Take in what recorders have left in the spool: exactly once, whoever reads, whatever is killed.

The rows and how far the file was read are kept in one transaction, so that a kill at any point
repeats nothing and forgets nothing. Where two servers read one file, the mark of the second no
longer fits, and it goes on where the first stopped. A file goes when all of it is kept and nobody
can write to it any more. The spool itself is the buffer: whoever writes never waits for a reader.
"""

from collections.abc import Iterator, Mapping
from typing import Final, Protocol

import anyio
import anyio.to_thread

from mendloop.app.bring import named
from mendloop.app.record import Batch, Recorder
from mendloop.model.incoming import BadLine, ReadLine
from mendloop.model.rollup import Mark
from mendloop.noun import dataclass
from mendloop.store.history import History

_PART: Final = 2 * 1024 * 1024
"""Bytes that are read at once."""
_TURNS: Final = 1_000_000
"""More files than this are left for the next time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One file of the spool."""

    name: str
    size: int
    finished: bool
    """Whether nobody can write to it any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some whole lines of a segment."""

    lines: tuple[ReadLine | BadLine, ...]
    after: int
    """The first byte behind them."""


class Spool(Protocol):
    """The folder into which recorders write."""

    def segments(self) -> tuple[Segment, ...]:
        """Its files, the oldest first."""
        ...

    def read(self, segment: Segment, start: int, most: int) -> Part | None:
        """Whole lines from a byte on; ``None`` where there is none yet, or the file is gone.

        Of a finished segment, what follows the last line end is a line that was cut off.
        """
        ...

    def remove(self, name: str) -> None:
        """Remove a file that was read to its end."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What one look at the spool has brought."""

    new: int
    aside: int
    """Lines that could not be read; they are in quarantine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingester:
    """Reads the spool."""

    history: History
    recorder: Recorder
    spool: Spool
    busy: anyio.Lock

    async def catch_up(self) -> Ingested:
        """Take in all that lies there now.

        Raises:
            Unavailable: The history cannot be written; nothing is lost, and nothing was removed.
        """
        async with self.busy:  # one at a time in this process; others are told by their marks
            segments = await anyio.to_thread.run_sync(self.spool.segments)
            if not segments:
                return Ingested(new=0, aside=0)
            marks = await self.history.marks()
            new = aside = 0
            for segment in segments[:_TURNS]:
                brought = await self._segment(segment, marks.get(segment.name, 0))
                new, aside = new + brought.new, aside + brought.aside
            await self._forget(segments, marks)
        return Ingested(new=new, aside=aside)

    async def _segment(self, segment: Segment, start: int) -> Ingested:
        new = aside = 0
        while part := await anyio.to_thread.run_sync(self.spool.read, segment, start, _PART):
            mark = Mark(name=segment.name, before=start, after=part.after)
            kept = await self._take(part, segment, mark)
            if kept is None:
                start = (await self.history.marks()).get(segment.name, 0)
                continue
            new, aside, start = new + kept.new, aside + kept.aside, part.after
        if segment.finished and start >= segment.size:
            await anyio.to_thread.run_sync(self.spool.remove, segment.name)
            await self.history.forget(segment.name)
        return Ingested(new=new, aside=aside)

    async def _take(self, part: Part, segment: Segment, mark: Mark) -> Ingested | None:
        lines = [named(line) if isinstance(line, ReadLine) else line for line in part.lines]
        batch: Batch = self.recorder.read(lines, origin=segment.name)
        new = await self.recorder.take(batch, mark=mark)
        return None if new is None else Ingested(new=new, aside=len(batch.aside))

    async def _forget(self, segments: tuple[Segment, ...], marks: Mapping[str, int]) -> None:
        """Drop the marks of files that are gone: a crash came between the two."""
        here = {segment.name for segment in segments}
        for name in _gone(marks, here):
            await self.history.forget(name)


def _gone(marks: Mapping[str, int], here: set[str]) -> Iterator[str]:
    """No file of the spool has a colon in its name; marks of other sorts have."""
    return (name for name in marks if ":" not in name and name not in here)
