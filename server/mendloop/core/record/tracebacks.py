"""Python tracebacks as text, read back: what was raised, and the lines that led there."""

import re
from collections.abc import Iterator
from typing import Final

from mendloop.noun import dataclass

_MOST_TEXT: Final = 64_000
"""Characters from the end of a text that are looked at: the end says what was raised."""
_MOST_FRAMES: Final = 20
_START: Final = "Traceback (most recent call last)"
_MARGIN: Final = re.compile(r"[ ]*[|+][ -]?")
"""What stands before each line of an exception group."""
_FRAME: Final = re.compile(r'\s+File "([^"\n]{1,1000})", line (\d{1,9})(?:, in (\S[^\n]{0,299}))?')
_RAISED: Final = re.compile(r"([A-Za-z_][\w.<>]{0,299})(?::\s?(.*))?")
_CAUSE: Final = "The above exception was the direct cause"
_CONTEXT: Final = "During handling of the above exception"
_WRAPPERS: Final = frozenset({"ToolError", "UnexpectedToolError"})
"""Exceptions by which a framework says that a tool failed: the cause is what matters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """One exception of a traceback."""

    type: str
    """Without its module."""
    message: str
    frames: tuple[tuple[str, int, str], ...]
    """File, line and function; outermost first."""
    caused: bool
    """Whether it was raised from the one before it."""


def read_traceback(text: str) -> Raised | None:
    """What a traceback says was raised; ``None`` where the text has none.

    Of a chain it is the last exception, or its cause where the last is a framework's wrapping.
    """
    if _START not in text:
        return None
    chain = list(_blocks(text[-_MOST_TEXT:].splitlines()))
    while len(chain) > 1 and chain[-1].caused and chain[-1].type in _WRAPPERS:
        chain.pop()
    return chain[-1] if chain else None


def class_name(name: str) -> str:
    """A class without its module: ``builtins.KeyError`` and ``f.<locals>.KeyError`` alike."""
    return name.rpartition(".")[2] or name


def _blocks(lines: list[str]) -> Iterator[Raised]:
    frames: list[tuple[str, int, str]] = []
    inside = caused = False
    for place, raw in enumerate(lines):
        line = _MARGIN.sub("", raw, count=1) if raw.lstrip().startswith(("|", "+")) else raw
        if _START in line:
            inside, frames = True, []
        elif line.startswith((_CAUSE, _CONTEXT)):
            caused = line.startswith(_CAUSE)
        elif inside and (frame := _FRAME.fullmatch(line)):
            frames.append((frame[1], int(frame[2]), frame[3] or "<module>"))
        elif inside and (raised := _RAISED.fullmatch(line)):
            inside = False
            yield Raised(
                type=class_name(raised[1]),
                message="\n".join([raised[2] or "", *_more(lines, place + 1)]),
                frames=tuple(frames[-_MOST_FRAMES:]),
                caused=caused,
            )


def _more(lines: list[str], start: int) -> Iterator[str]:
    """The rest of a message that has more than one line."""
    for line in lines[start:]:
        if not line.strip() or _START in line:
            return
        yield line
