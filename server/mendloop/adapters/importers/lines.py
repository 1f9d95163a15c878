"""Lines of JSON from a file of any size, one in memory at a time."""

import json
from collections.abc import Iterator
from io import BufferedReader
from typing import IO, Final, cast

from pydantic_core import from_json

from mendloop.adapters.importers.opening import DamagedError
from mendloop.model.incoming import BadLine, ReadLine

_BOM: Final = b"\xef\xbb\xbf"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_MOST_REASON: Final = 200
_EXCERPT: Final = 1_000
"""Bytes of a bad line that are shown on: enough to find the secrets in what is kept of them."""
_MOST_BLANK: Final = 1_000_000
"""Empty lines in a row, which a bomb has and no log."""


def json_lines(file: BufferedReader, most: int) -> Iterator[ReadLine | BadLine]:
    """Every line of a file but the empty ones.

    Args:
        file: The file.
        most: Bytes of a line; a longer one is skipped.
    """
    number = blank = 0
    try:
        if is_utf_16(file.peek(4)[:4]):
            yield BadLine(1, "the file is UTF-16: convert it to UTF-8")
            return
        while raw := file.readline(most + 1):
            number += 1
            if len(raw) > most:
                _skip_rest(file, raw)
                yield BadLine(number, f"longer than {most} bytes", excerpt=_start(raw))
            elif text := raw.strip(b" \t\r\n\0").removeprefix(_BOM):
                blank = 0
                yield parsed(number, text)
            elif (blank := blank + 1) >= _MOST_BLANK:
                yield BadLine(
                    number, f"{_MOST_BLANK} empty lines: the rest of the file is not read"
                )
                return
    except DamagedError as damaged:
        yield BadLine(number + 1, str(damaged))


def parsed(number: int, text: bytes) -> ReadLine | BadLine:
    """One line.

    pydantic's parser takes half the time; what it refuses goes to the one of the standard library,
    which knows lone surrogates and deeper nesting, and says better what is wrong.
    """
    try:
        return ReadLine(number, from_json(text, cache_strings="keys"), text)
    except ValueError:
        pass
    try:
        return ReadLine(number, cast("object", json.loads(text.decode())), text)
    except UnicodeDecodeError:
        reason = "not UTF-8"
    except RecursionError:
        reason = "nested too deep"
    except json.JSONDecodeError as error:
        # the text of the error quotes nothing of the line
        reason = f"not JSON: {error.msg} (column {error.colno})"[:_MOST_REASON]
    except ValueError:
        reason = "not JSON: a number has too many digits"
    return BadLine(number, reason, excerpt=_start(text))


def is_utf_16(start: bytes) -> bool:
    """Whether a file begins as JSON in UTF-16 does: with its mark and a half of an ASCII letter.

    The mark alone is a line that is not UTF-8; those after it are read.
    """
    marked = start.startswith(_UTF_16) and b"\0" in start[2:4]
    return marked or start[:2] in {b"{\0", b"\0{"}


def _start(text: bytes) -> str:
    return text[:_EXCERPT].decode("utf-8", "replace")


def _skip_rest(file: IO[bytes], raw: bytes) -> None:
    part = raw
    while part and not part.endswith(b"\n"):
        part = file.readline(1 << 20)
