"""Bring executions in from a file, in batches, and count what cannot be read."""

import gc
import json
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Final, Protocol, cast

from mendloop.app.ports import Progress, silent
from mendloop.app.record import Batch, Recorder
from mendloop.errors import InvalidInput
from mendloop.model.incoming import BadLine, LeftOut, ReadLine
from mendloop.noun import dataclass

_BATCH: Final = 8_000
"""Records of one transaction: large enough that what it costs is shared, small in memory."""
_MOST_BYTES: Final = 8 * 1024 * 1024
"""Of the texts of one batch; long records make short batches."""
_MOST_REASONS: Final = 20
_RARELY: Final = 200_000
"""New objects after which Python looks for circles."""


class Format(Protocol):
    """One kind of file."""

    def read(self, path: Path) -> Iterable[ReadLine | BadLine | LeftOut]:
        """Its records, one by one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What became of a file."""

    read: int
    new: int
    refused: int
    left_out: int
    """Calls that are told of, but are no executions: denied, interrupted, or never ended."""
    reasons: tuple[str, ...]
    """Of the first refused lines, with their numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """Reads files of executions."""

    recorder: Recorder
    formats: Mapping[str, Format]

    async def bring(self, path: Path, *, form: str, progress: Progress = silent) -> Brought:
        """Bring one file in. Doing so twice changes nothing the second time.

        So an import that was killed is simply begun again.

        Raises:
            InvalidInput: The file cannot be read, or the format is unknown.
        """
        if form not in self.formats:
            raise InvalidInput(
                f"There is no format {form[:50]!r}.", hint=f"Known: {', '.join(self.formats)}."
            )
        with rarely_collected():
            return await self._bring(path, form, progress)

    async def _bring(self, path: Path, form: str, progress: Progress) -> Brought:
        read = new = refused = left_out = 0
        reasons: list[str] = []
        for lines in _batches(self.formats[form].read(path)):
            told = [line for line in lines if not isinstance(line, LeftOut)]
            batch = self.recorder.read(told, origin=path.name)
            new += await self.recorder.take(batch, mark=None) or 0
            left_out += len(lines) - len(told)
            read += sum(isinstance(line, ReadLine) for line in told)
            refused += len(batch.aside)
            reasons.extend(_reasons(batch, _MOST_REASONS - len(reasons)))
            await progress(read, 0, f"{read} records")
        return Brought(
            read=read, new=new, refused=refused, left_out=left_out, reasons=tuple(reasons)
        )


def _batches(
    lines: Iterable[ReadLine | BadLine | LeftOut],
) -> Iterator[list[ReadLine | BadLine | LeftOut]]:
    batch: list[ReadLine | BadLine | LeftOut] = []
    size = 0
    for line in lines:
        if isinstance(line, ReadLine):
            batch.append(named(line))
            size += len(line.text or b"")
        else:
            batch.append(line)
        if len(batch) >= _BATCH or size >= _MOST_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


@contextmanager
def rarely_collected() -> Generator[None]:
    """While many records are read, let Python look for circles of objects rarely.

    Records are trees: counting references frees them at once. The search for circles among all
    those that are alive would take a fifth of the time.
    """
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], _RARELY), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def named(line: ReadLine) -> ReadLine:
    """A record that names itself by its content, where its writer gave it no id."""
    given: object = line.record
    if not isinstance(given, dict):
        return line
    record = cast("dict[str, object]", given)
    if record.get("id") is not None:
        return line
    text = line.text
    if text is None:
        try:
            text = json.dumps(record, sort_keys=True, default=str).encode()
        except (RecursionError, ValueError):  # the reader says what is the matter with it
            return line
    digest = blake2b(text.strip(), digest_size=12)
    return line._replace(record={**record, "id": f"j-{digest.hexdigest()}"})


def _reasons(batch: Batch, most: int) -> list[str]:
    return [f"line {each.position}: {each.reason}" for each in batch.aside[: max(0, most)]]
