"""Executions from a JSON Lines file, plain or gzip."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mendloop.adapters.importers.lines import json_lines
from mendloop.adapters.importers.opening import opened
from mendloop.model.incoming import BadLine, ReadLine
from mendloop.noun import dataclass

_MOST_BYTES: Final = 4 * 1024 * 1024
"""Of one line: longer than anything that a recorder writes."""


@dataclass(frozen=True, slots=True)
class JsonLines:
    """Reads files line by line, so that a file may be of any size."""

    def read(self, path: Path) -> Iterator[ReadLine | BadLine]:
        """Every line of a file but the empty ones.

        Raises:
            InvalidInput: The file cannot be read.
        """
        with opened(path, hint="Name a JSON Lines file.") as file:
            yield from json_lines(file, _MOST_BYTES)
