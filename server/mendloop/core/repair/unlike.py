"""Why two lines that look alike are not the same: in words, where a reader could not see it."""

import re
import unicodedata
from typing import Final

_QUOTES: Final = str.maketrans("\u2018\u2019\u201c\u201d\u2032\u2033", "''\"\"'\"")
_DASHES: Final = str.maketrans("\u2010\u2011\u2012\u2013\u2014\u2212", "------")
_NUMBERED: Final = re.compile(r"\s*\d{1,6}\s*(?:[:|\u2192]|\t)\s?")
_LEFT_OUT: Final = re.compile(r"\s*(?:#|//|<!--)?\s*(?:\.\.\.|\u2026)")


def difference(has: str, wanted: str) -> str:
    """What tells a line of a file and a line of a change apart, in a sentence; empty for no more.

    Args:
        has: The line as it stands.
        wanted: The line as the change has it.
    """
    here, there = has.rstrip("\r\n"), wanted.rstrip("\r\n")
    if _NUMBERED.sub("", there, count=1).strip() == here.strip() != there.strip():
        return " Line numbers are no part of the file: leave them out."
    if said := _not_copied(here, there):
        return said
    if here.split() == there.split():
        return _blanks(here, there)
    if _plain(here).split() == _plain(there).split():
        return " They differ in characters that look alike: quotes, dashes or blanks."
    if here.lower().split() == there.lower().split():
        return " They differ in upper and lower case only."
    return ""


def _not_copied(here: str, there: str) -> str:
    """What stands in the change for text of the file, in a sentence."""
    if _LEFT_OUT.match(there) and not _LEFT_OUT.match(here):
        return " Nothing may be left out by an ellipsis: copy every line."
    if "\\n" in there and "\\n" not in here:
        return " A backslash and an n are no line end: send line ends as they are."
    return ""


def _blanks(here: str, there: str) -> str:
    """Which blanks differ."""
    indents = [line[: len(line) - len(line.lstrip())] for line in (here, there)]
    if indents[0] == indents[1]:
        return " They differ in blanks only."
    told = [_counted(each) for each in indents]
    return f" They differ in blanks only: the file indents by {told[0]}, the change by {told[1]}."


def _counted(indent: str) -> str:
    parts = [
        f"{count} {name}{'' if count == 1 else 's'}"
        for name, count in (("tab", indent.count("\t")), ("space", indent.count(" ")))
        if count
    ]
    return " and ".join(parts) or "nothing"


def _plain(text: str) -> str:
    """A text with one form of each character that has several."""
    return unicodedata.normalize("NFKC", text).translate(_QUOTES).translate(_DASHES)
