"""Failures by five minutes, packed: of each target and kind how many.

What failed within five minutes is one text of bytes, with one entry for each target and kind
(``ENTRY``). The entries are sorted by target and then by kind; the first eight bytes of one, read
as a number, are its place in that order. Targets and kinds stand as numbers that the store gives.
"""

from bisect import bisect_left
from collections.abc import Mapping
from struct import Struct, calcsize, iter_unpack
from typing import Final

from mendloop.model.ids import TargetName
from mendloop.noun import dataclass

WIDTH: Final = 300
"""Seconds."""
ENTRY: Final = "<III"
"""kind, target, failures."""
SIZE: Final = calcsize(ENTRY)
"""Bytes of an entry."""

_SORTED: Final = Struct("<QI")
"""The same bytes: the place, failures."""
_HIGH: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The failures of all targets by five minutes."""

    since: int
    """Seconds since 1970: what failed earlier was not read, or let go."""
    starts: tuple[int, ...]
    """Of the five minutes in which anything failed, in seconds since 1970; oldest first."""
    bodies: tuple[bytes, ...]
    """What failed in each."""
    targets: Mapping[int, TargetName]
    """By their numbers in the bodies."""
    fingerprints: Mapping[int, str]


def place(target: int, kind: int) -> int:
    """Where the entry of a target and kind, by their numbers, stands in the order of all."""
    return target << _HIGH | kind


def add(body: bytes, changes: Mapping[int, int]) -> bytes:
    """A body with more failures of some targets and kinds, or less.

    Args:
        body: Sorted entries.
        changes: By ``place``. What comes to nothing is left out.
    """
    pieces: list[bytes] = []
    entries = range(len(body) // SIZE)
    done = 0

    def at(entry: int) -> int:
        found: int = _SORTED.unpack_from(body, entry * SIZE)[0]
        return found

    for wanted in sorted(changes):
        entry = bisect_left(entries, wanted, lo=done, key=at)
        pieces.append(body[done * SIZE : entry * SIZE])
        done, count = entry, changes[wanted]
        if entry < len(entries):
            there, failures = _SORTED.unpack_from(body, entry * SIZE)
            if there == wanted:
                done, count = entry + 1, count + failures
        if count > 0:
            pieces.append(_SORTED.pack(wanted, count))
    pieces.append(body[done * SIZE :])
    return b"".join(pieces)


def kinds_in(body: bytes) -> set[int]:
    """The numbers of the kinds in a body."""
    return {kind for kind, _, _ in iter_unpack(ENTRY, body)}
