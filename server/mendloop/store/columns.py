"""How values stand in columns, and come back as they were.

Times are whole microseconds since 1970 in UTC: exact, eight bytes in every index, and their order
is the order of time. Text in the tables is for people to read only through this program, so that
nothing is lost by it.
"""

import json
from datetime import UTC, datetime, timedelta
from math import nan
from typing import Any, Final

from mendloop.model.value import Encoded

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_SMALLEST: Final = -(2**63)
_LARGEST: Final = 2**63 - 1


def put_time(at: datetime) -> int:
    """A time, which must be aware, in microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def get_time(microseconds: int) -> datetime:
    """The time back, in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


def put_text(text: str) -> str:
    """A text that SQLite can hold, a different one for each different text.

    UTF-8 has no lone surrogates, and SQLite's functions stop at NUL: a text with either is kept
    as a JSON string. So is one that begins with a quotation mark, as those do.
    """
    return text if _plain(text) else json.dumps(text)


def get_text(kept: str) -> str:
    """The text back."""
    return str(json.loads(kept)) if kept.startswith('"') else kept


def put_optional(text: str | None) -> str | None:
    """A text, or NULL."""
    return None if text is None else put_text(text)


def get_optional(kept: str | None) -> str | None:
    """The text or ``None`` back."""
    return None if kept is None else get_text(kept)


def put_bound(number: int) -> int:
    """A number to compare with: what lies beyond 64 bits lies beyond every row."""
    return max(_SMALLEST, min(number, _LARGEST))


def get_real(kept: float | None) -> float:
    """A float back: SQLite turns NaN into NULL, and gives some whole ones back as ints."""
    return nan if kept is None else float(kept)


def put_json(value: object) -> str:
    """The text of lists, dicts, texts and numbers, in ASCII, so that lone surrogates survive."""
    return json.dumps(value, separators=(",", ":"))


def get_json(kept: str) -> Any:
    """What was put; whoever asks knows its shape."""
    return json.loads(kept)


def put_value(value: Encoded) -> str:
    """The text of a recorded value; the order of its keys is kept, for replay may depend on it.

    Raises:
        ValueError: It holds NaN or infinity, which stand in tags (``model.value``).
    """
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _plain(text: str) -> bool:
    if text.startswith('"') or "\0" in text:
        return False
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)
