"""Texts that strangers wrote, made fit to stand in an answer that a model reads."""

import json
import unicodedata
from typing import Any, Final

_ODD: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories of what is not seen, or changes how other text looks."""
_FILLERS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters that show as nothing."""
_SELECTORS: Final = (
    range(0x180B, 0x1810),
    range(0xFE00, 0xFE0F),  # U+FE0F itself asks for an emoji, and is common
    range(0xE0100, 0xE01F0),
)
"""Variation selectors: a row of them can carry a hidden message."""


def clean(text: str, most: int) -> str:
    """A text on one line, with everything unseen written out, at most about so many characters.

    A line end becomes a backslash and an ``n``, an override of the direction its number in six
    characters. What was left out is counted at the end.
    """
    written = _escaped(text[: most + 1], keep="")
    if len(text) <= most and len(written) <= most:
        return written
    return f"{written[:most]}... ({len(text)} characters in all)"


def block(text: str, most: int) -> tuple[str, int]:
    """The first whole lines of a text, with everything unseen written out.

    Returns:
        The lines, at most so many characters of them, and how many lines were left out.
    """
    lines = text.split("\n")
    kept: list[str] = []
    room = most
    for line in lines:
        written = _escaped(line[: most + 1], keep="\t")
        if len(written) > room:
            break
        kept.append(written)
        room -= len(written) + 1
    return "\n".join(kept), len(lines) - len(kept)


def shown(text: str) -> str:
    """A text whole, lines and all, with everything unseen written out."""
    return _escaped(text, keep="\n\r\t")


def compact(value: Any) -> str:
    """A value as JSON on one line. What is not seen is escaped, so that nothing is lost."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if written.isascii() and written.isprintable():
        return written
    # json leaves DEL as it is, even where it escapes all that is not ASCII
    return "".join(_escape(c) if _is_odd(c) else c for c in written)


def _escape(character: str) -> str:
    return "\\u007f" if character == "\x7f" else json.dumps(character)[1:-1]


def _escaped(text: str, *, keep: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in keep or not _is_odd(c) else _name(c) for c in text)


def _is_odd(character: str) -> bool:
    code = ord(character)
    return (
        unicodedata.category(character) in _ODD
        or character in _FILLERS
        or any(code in selectors for selectors in _SELECTORS)
    )


def _name(character: str) -> str:
    short = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    if short is not None:
        return short
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004  four digits
