"""Lines as an editor counts them, and the place in a file that is nearest to some of them."""

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

from mendloop.noun import dataclass

BOM: Final = "\ufeff"
MOST_SHOWN: Final = 80
"""Characters of a line that a message quotes."""

_COMMON: Final = 50
"""A line that occurs more often than this says nothing about the place."""
_CLOSE: Final = 0.6
_MOST_COMPARED: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """The place that some lines resemble most. Line numbers count from 1."""

    line: int
    differs_at: int
    has: str
    """The file's line where the first difference is; empty past its end."""
    wanted: str


def split_lines(text: str) -> list[str]:
    r"""Split after each ``\n`` and nowhere else, keeping the ends.

    ``str.splitlines`` also splits at form feeds and other marks that may stand inside a line.
    """
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def line_end(text: str) -> str | None:
    """The line end that all lines of a text share; ``None`` if they differ or there is none."""
    ends = text.count("\n")
    windows = text.count("\r\n")
    if ends == 0 or 0 < windows < ends:
        return None
    return "\r\n" if windows else "\n"


def bracket_depth(text: str) -> int:
    """How deep brackets nest at most. Those in texts and comments count too: it is a bound."""
    depth = deepest = 0
    for mark in re.findall(r"[()\[\]{}]", text):
        depth = max(depth + (1 if mark in "([{" else -1), 0)
        deepest = max(deepest, depth)
    return deepest


def shown(line: str) -> str:
    """A line as a message quotes it: without its end, shortened, nothing unprintable."""
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line.rstrip())
    return (
        clean if len(clean) <= MOST_SHOWN else clean[: MOST_SHOWN - 1] + "\N{HORIZONTAL ELLIPSIS}"
    )


def nearest(lines: Sequence[str], wanted: Sequence[str]) -> Near | None:
    """Where `wanted` comes nearest to standing in `lines`; ``None`` where nothing resembles it.

    Each line that both have, blanks aside, votes for the start that would put it in its place.
    """
    start = _voted(lines, wanted)
    if start is None:
        start = _resembling(lines, wanted)
    if start is None:
        return None
    offset = next(
        (at for at, line in enumerate(wanted) if _line(lines, start + at) != line.rstrip()), 0
    )
    return Near(
        line=max(start, 0) + 1,
        differs_at=max(start + offset, 0) + 1,
        has=_line(lines, start + offset),
        wanted=wanted[offset].rstrip() if wanted else "",
    )


def _line(lines: Sequence[str], at: int) -> str:
    return lines[at].rstrip() if 0 <= at < len(lines) else ""


def _voted(lines: Sequence[str], wanted: Sequence[str]) -> int | None:
    places: dict[str, list[int]] = {}
    for at, line in enumerate(lines):
        if key := line.strip():
            places.setdefault(key, []).append(at)
    votes: Counter[int] = Counter()
    for at, line in enumerate(wanted):
        here = places.get(line.strip(), [])
        if len(here) <= _COMMON:
            votes.update(place - at for place in here)
    if not votes:
        return None
    return min(votes, key=lambda start: (-votes[start], start))


def _resembling(lines: Sequence[str], wanted: Sequence[str]) -> int | None:
    at, first = next(((at, w.strip()) for at, w in enumerate(wanted) if w.strip()), (0, ""))
    if not first:
        return None
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(first[:MOST_SHOWN])
    best, best_ratio = None, _CLOSE
    for place, line in enumerate(lines[:_MOST_COMPARED]):
        matcher.set_seq1(line.strip()[:MOST_SHOWN])
        if matcher.quick_ratio() > best_ratio and (ratio := matcher.ratio()) > best_ratio:
            best, best_ratio = place - at, ratio
    return best
