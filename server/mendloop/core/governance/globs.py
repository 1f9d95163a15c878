"""Which paths a list of patterns covers."""

import re
from collections.abc import Iterable
from fnmatch import translate
from functools import cache


def covered_by(path: str, patterns: Iterable[str]) -> str | None:
    """The first pattern that covers a path, or a folder above it; ``None`` where none does.

    ``*`` and ``?`` stay within one part of a path, ``**`` stands for any number of parts. Upper
    and lower case are the same: on some disks they are. A path that climbs (``..``) is covered by
    any pattern, for where it leads cannot be told from its text.
    """
    parts = [part.casefold() for part in path.replace("\\", "/").split("/")]
    parts = [part for part in parts if part not in {"", "."}]
    for pattern in patterns:
        if ".." in parts or _matches(tuple(parts), pattern.casefold()):
            return pattern
    return None


def named_by(name: str, pattern: str) -> bool:
    """Whether a pattern covers a target's name; ``*`` stands for any characters, dots too."""
    return _part(pattern.casefold()).match(name.casefold()) is not None


def _matches(parts: tuple[str, ...], pattern: str) -> bool:
    wanted = tuple(part for part in pattern.split("/") if part not in {"", "."})
    return any(_whole(parts[:end], wanted) for end in range(1, len(parts) + 1))


def _whole(parts: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Whether every part is matched, by the usual table: patterns come from users too."""
    reached = {0}
    for want in wanted:
        if want == "**":
            reached = set(range(min(reached, default=len(parts) + 1), len(parts) + 1))
        else:
            fits = _part(want)
            reached = {at + 1 for at in reached if at < len(parts) and fits.match(parts[at])}
    return len(parts) in reached


@cache
def _part(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern))
