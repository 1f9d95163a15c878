"""The short way from a parsed record to an execution, for records that have nothing odd in them.

It takes only what the careful way would take unchanged, and leaves all else to that. The two ways
give equal executions.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, cast

from mendloop.core.record.texts import MOST_NAME, hidden
from mendloop.model.execution import Fault, Outcome, Source
from mendloop.model.value import MOST_CHARACTERS

OUTCOMES: Final[Mapping[object, Outcome]] = {outcome.value: outcome for outcome in Outcome}
SOURCES: Final[Mapping[object, Source]] = {source.value: source for source in Source}

AHEAD: Final = timedelta(days=1)
"""Clocks of other machines may go before ours by this much."""
FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)

_EXACT: Final = 2**53
_DEEPEST: Final = 40
"""Levels of a value that is still taken for an everyday one."""
_ESCAPED: Final = 12
"""Characters of JSON that one character may need."""
_OTHER: Final = 30
"""Characters of JSON that a number, a word or the marks around a part may need."""
_NUMBERS: Final = frozenset({int, float})
_WORDS: Final = frozenset({bool, type(None)})
_SHORT: Final = 10_000
"""Bytes of a record whose values cannot be too large: a number may be written out six times as
long as it stood there (``1e15``), and nothing else grows."""
_OPENED: Final = 150
"""Lists and objects in a record whose values cannot be too deep."""
_LONG_NUMBER: Final = "0" * 16
_LARGE_NUMBER: Final = "0e000"
_MARKS: Final = bytes.maketrans(b"123456789+E{\\\x7f", b"0000000000e[$$")
_OF_NUMBERS: Final = b"0123456789.-"
_BEFORE_NUMBERS: Final = b" \t\r\n,:["


def moment(given: object, now: datetime) -> datetime | None:
    """A time in UTC that lies in the allowed span."""
    if type(given) is not str or not given.isascii():
        return None
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        return None
    if at.tzinfo is not UTC or not FIRST <= at <= now + AHEAD:
        return None
    return at


def plain(text: bytes) -> bool:
    """Whether a JSON text surely has only values that are kept exactly as they are.

    There is no tag in it, no escaped letter, nothing that is not ASCII, and no number that is not
    finite or not exact; and it is neither long nor deep. A few searches for fixed bytes take less
    than a walk over the values.
    """
    if len(text) > _SHORT or not text.isascii():
        return False
    marks = text.translate(_MARKS).decode("ascii")
    if "$" in marks or _LONG_NUMBER in marks or marks.count("[") > _OPENED:
        return False
    if b"NaN" in text or b"Infinity" in text:
        return False
    return not _overflowing(text, marks)


def _overflowing(text: bytes, marks: str) -> bool:
    """Whether a number may have an exponent of three digits; what stands in texts has not."""
    at = marks.find(_LARGE_NUMBER)
    while at >= 0:
        if text[: at + 1].rstrip(_OF_NUMBERS)[-1:] in _BEFORE_NUMBERS:
            return True
        at = marks.find(_LARGE_NUMBER, at + 1)
    return False


def everyday(record: Mapping[str, Any], *, sure: bool = False) -> bool:
    """Whether the values of a call are kept exactly as they are: no tag, nothing odd or large.

    Args:
        record: The record.
        sure: Whether ``plain`` has said so of the text that it was parsed from.
    """
    args, kwargs = record.get("args"), record.get("kwargs")
    if record.get("expected") is not None:
        return False
    if args is not None and type(args) is not list:
        return False
    if kwargs is not None and type(kwargs) is not dict:
        return False
    try:
        if not sure and _size([args, kwargs, record.get("result")]) > MOST_CHARACTERS:
            return False
        return not kwargs or _arguments(cast("dict[str, object]", kwargs))
    except TypeError:  # a name in some object is no text
        return False


def duration(given: object) -> float | None:
    """Seconds, where they are given as everybody gives them."""
    return given if type(given) is float and 0.0 <= given < _EXACT else None


def agree(outcome: Outcome, fault: Fault | None, result: object) -> bool:
    """Whether it is as plain as can be how the call ended."""
    if fault is None:
        return outcome is Outcome.OK
    return outcome is Outcome.ERROR and result is None


def target_name(name: object) -> bool:
    """Whether a value is a text that could name a target."""
    return type(name) is str and 0 < len(name) <= MOST_NAME and _visible(name)


@lru_cache(maxsize=4_096)
def _visible(name: str) -> bool:
    return not hidden(name) and not any(character.isspace() for character in name)


def _arguments(kwargs: dict[str, object]) -> bool:
    """Whether every name could be that of an argument."""
    return len("".join(kwargs)) <= MOST_NAME and all(map(_argument, kwargs))


@lru_cache(maxsize=4_096)
def _argument(name: str) -> bool:
    return name != "" and not hidden(name)


def _size(level: list[Any]) -> int:
    """An upper bound of the characters that the JSON of some values has, level by level.

    It is more than may be kept where there is anything unusual among them.
    """
    size = 0
    names: list[str] = []
    for _ in range(_DEEPEST):
        below: list[Any] = []
        for part in level:
            kind = part.__class__
            if kind is str:
                size += _ESCAPED * len(part)
            elif kind is dict:
                names += part
                below += part.values()
            elif kind is list:
                below += part
            elif kind not in _WORDS and not (kind in _NUMBERS and -_EXACT <= part <= _EXACT):
                return MOST_CHARACTERS + 1
        if not below:
            return size + _named("".join(names))
        size += _OTHER * len(below)
        level = below
    return MOST_CHARACTERS + 1


def _named(names: str) -> int:
    return MOST_CHARACTERS + 1 if "$" in names else _ESCAPED * len(names)
