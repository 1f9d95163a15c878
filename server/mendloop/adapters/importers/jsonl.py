"""Executions from a JSON Lines file."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from mendloop.errors import InvalidInput
from mendloop.model.incoming import BadLine, ReadLine

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
        try:
            with path.open("rb") as file:
                number = 0
                while raw := file.readline(_MOST_BYTES + 1):
                    number += 1
                    if len(raw) > _MOST_BYTES:
                        _skip_rest(file)
                        yield BadLine(number, f"longer than {_MOST_BYTES} bytes")
                    elif raw.strip():
                        yield _parsed(number, raw)
        except OSError as error:
            raise InvalidInput(
                f"{path} cannot be read: {error.strerror}.", hint="Name a JSON Lines file."
            ) from error


def _skip_rest(file: IO[bytes]) -> None:
    while (part := file.readline(_MOST_BYTES)) and not part.endswith(b"\n"):
        pass


def _parsed(number: int, raw: bytes) -> ReadLine | BadLine:
    try:
        return ReadLine(number, json.loads(raw.decode("utf-8-sig")))
    except UnicodeDecodeError:
        return BadLine(number, "not UTF-8")
    except RecursionError:
        return BadLine(number, "nested too deep")
    except ValueError as error:
        # the text of the error quotes nothing of the line
        return BadLine(number, f"not JSON: {error.args[0] if error.args else 'unreadable'}"[:200])
