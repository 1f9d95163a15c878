"""Records on their way in, before anybody has looked at what they say."""

from typing import NamedTuple

from mendloop.noun import dataclass


class ReadLine(NamedTuple):
    """One record of a file: a tuple, for millions of them are made, in a quarter of the time."""

    number: int
    """Of the line, from 1; of the message where the file has no lines."""
    record: object
    text: bytes | None = None
    """The JSON text that ``record`` was parsed from, where it is exactly that."""
    file: str = ""
    """Which file of a folder; empty where one file was named."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A place in a file that could not be read."""

    number: int
    reason: str
    file: str = ""
    excerpt: str = ""
    """How it begins, as it stood there: untrusted."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A call that a file tells of and that is no execution: it was denied, or never ended."""

    number: int
    reason: str
    file: str = ""
