"""Records on their way in, before anybody has looked at what they say."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One line of a file that could be parsed."""

    number: int
    record: object


@dataclass(frozen=True, slots=True)
class BadLine:
    """One line that could not."""

    number: int
    reason: str
