"""Executions from Claude Code's transcripts: one file, or a folder of them."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

from mendloop.adapters.importers.lines import json_lines
from mendloop.adapters.importers.opening import opened
from mendloop.core.record.transcript import Transcript
from mendloop.errors import InvalidInput
from mendloop.model.incoming import BadLine, LeftOut, ReadLine
from mendloop.noun import dataclass

_MOST_BYTES: Final = 16 * 1024 * 1024
"""Of one line: results with pictures in them are long."""
_SUFFIXES: Final = (".jsonl", ".jsonl.gz")
_HINT: Final = "Name a transcript, or a folder of them such as ~/.claude/projects."

Line: TypeAlias = ReadLine | BadLine | LeftOut


@dataclass(frozen=True, slots=True)
class Transcripts:
    """Reads what Claude Code has written down of its sessions."""

    def read(self, path: Path) -> Iterator[Line]:
        """Every call in a transcript; in all of a folder, those of subagents too, where it is one.

        A file of a folder that cannot be read is one bad line.

        Raises:
            InvalidInput: The file cannot be read, or the folder has no transcript.
        """
        if not path.is_dir():
            yield from _calls(path)
            return
        found = False
        for file in _files(path):
            found = True
            name = file.relative_to(path).as_posix()
            yield from (_of(name, line) for line in _tried(file))
        if not found:
            raise InvalidInput(f"{path} holds no transcript.", hint=_HINT)


def _of(file: str, line: Line) -> Line:
    if isinstance(line, ReadLine):
        return line._replace(file=file)
    return replace(line, file=file)


def _files(folder: Path) -> Iterator[Path]:
    """The transcripts below a folder, in order; links are not followed."""
    for place, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(place, name) for name in sorted(names) if name.endswith(_SUFFIXES))


def _tried(path: Path) -> Iterable[Line]:
    if not path.is_file():
        return
    try:
        yield from _calls(path)
    except InvalidInput as error:
        yield BadLine(0, error.message)


def _calls(path: Path) -> Iterator[Line]:
    transcript = Transcript()
    with opened(path, hint=_HINT) as file:
        for line in json_lines(file, _MOST_BYTES):
            match line:
                case BadLine():
                    yield line
                case ReadLine(number=number, record=record):
                    yield from transcript.feed(number, record)
    yield from transcript.end()
