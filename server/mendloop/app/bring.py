"""Bring executions in from a file, in batches, and count what cannot be read."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol, cast

from mendloop.app.ports import Progress, silent
from mendloop.app.record import Recorder
from mendloop.model.incoming import BadLine, ReadLine

_BATCH: Final = 500
_MOST_REASONS: Final = 20


class Format(Protocol):
    """One kind of file."""

    def read(self, path: Path) -> Iterable[ReadLine | BadLine]:
        """Its records, one by one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What became of a file."""

    read: int
    new: int
    refused: int
    reasons: tuple[str, ...]
    """Of the first refused lines, with their numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """Reads files of executions."""

    recorder: Recorder
    jsonl: Format

    async def bring(self, path: Path, *, progress: Progress = silent) -> Brought:
        """Bring one JSON Lines file in. Doing so twice changes nothing the second time.

        Raises:
            InvalidInput: The file cannot be read.
        """
        read = new = refused = 0
        reasons: list[str] = []
        batch: list[tuple[int, object]] = []

        async def keep() -> None:
            nonlocal new, refused
            recorded = await self.recorder.record([record for _, record in batch])
            new += recorded.new
            refused += len(recorded.refused)
            reasons.extend(
                f"line {batch[each.position][0]}: {each.reason}" for each in recorded.refused
            )
            batch.clear()

        for line in self.jsonl.read(path):
            match line:
                case BadLine(number=number, reason=reason):
                    refused += 1
                    reasons.append(f"line {number}: {reason}")
                case ReadLine(number=number, record=record):
                    read += 1
                    batch.append((number, _with_id(record)))
            if len(batch) >= _BATCH:
                await keep()
                await progress(read, 0, f"{read} records")
        await keep()
        return Brought(read=read, new=new, refused=refused, reasons=tuple(reasons[:_MOST_REASONS]))


def _with_id(record: object) -> object:
    """A record that names itself by its content, where its writer gave it no id."""
    if not isinstance(record, dict):
        return record
    known = cast("dict[str, object]", record)
    if known.get("id") is not None:
        return known
    text = json.dumps(known, sort_keys=True).encode()
    return {**known, "id": f"j-{sha256(text).hexdigest()[:24]}"}
