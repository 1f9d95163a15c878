"""Texts that a stranger wrote, made fit to be shown on one screen with ours."""

import re
import unicodedata
from typing import Final

MOST_NAME: Final = 200
"""Characters of a name: of a target, a caller, an exception."""
MOST_MESSAGE: Final = 2_000
"""Characters of an error message that are kept."""

_SPACES: Final = "\n\t"
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories of what changes how other text looks, or cannot be stored."""
_LAST_WORD: Final = re.compile(r"\s\S*\Z")


def hidden(text: str) -> bool:
    """Whether a one-line text holds control, direction or invisible characters."""
    if text.isascii():
        return not text.isprintable()
    return not text.isprintable() or any(_odd(character) for character in text)


def shown(text: str) -> str:
    """The text without those characters; line ends and tabs stay."""
    if text.isprintable() and text.isascii():
        return text
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in plain if c in _SPACES or not _odd(c))


def one_line(text: str, *, most: int) -> str:
    """The text on one line, at most so many characters."""
    if len(text) <= most and text.isascii() and text.isprintable() and " " not in text:
        return text
    return " ".join(shown(text[: 4 * most]).split())[:most]


def cut(message: str, *, most: int = MOST_MESSAGE) -> str:
    """The start of a message, shown, cut between two words.

    Half a word at the end could be half a secret, which no pattern would know any more.
    """
    text = shown(message[: most + 1])
    if len(message) <= most:
        return text
    whole = _LAST_WORD.sub("", text[:most])
    return f"{whole} ..." if whole else "..."


def _odd(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN
