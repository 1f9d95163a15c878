"""The fields of a record, each read and checked by itself.

Every function takes the whole record and raises ``Malformed``, which names the field, where what
stands there cannot be what it should.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from mendloop.core.record import quick
from mendloop.core.record.texts import MOST_NAME, hidden, one_line
from mendloop.core.record.values import Malformed, encoded, is_array, is_object
from mendloop.model.execution import Outcome, Source
from mendloop.model.ids import Digest, ExecutionId, TargetName
from mendloop.model.value import Encoded
from mendloop.model.world import World
from mendloop.model.world_reading import read_world

_ID: Final = re.compile(r"[\w.:-]{1,100}", re.ASCII)
_DIGITS: Final = 64
_DIGEST: Final = re.compile(rf"[0-9a-f]{{{_DIGITS}}}")
_MOST_SECONDS: Final = 2**53
_SHARED: Final[tuple[str, ...]] = ("caller", "session", "version", "source", "whole", "function")
_MOST_FUNCTION: Final = 400
"""Characters of ``function``: a path within the workspace and a qualified name."""


def target(record: Mapping[str, object]) -> TargetName:
    """Which target was called."""
    given = record.get("target")
    if not isinstance(given, str) or not given:
        raise Malformed("target must be the name of a target, such as pricing.quote.")
    if len(given) > MOST_NAME:
        raise Malformed(f"target must have at most {MOST_NAME} characters.")
    if hidden(given) or any(character.isspace() for character in given):
        raise Malformed("target must not hold spaces, control or invisible characters.")
    return TargetName(given)


def outcome(record: Mapping[str, object]) -> Outcome:
    """How the call ended."""
    given = record.get("outcome")
    if isinstance(given, str) and given in quick.OUTCOMES:
        return quick.OUTCOMES[given]
    raise Malformed(f"outcome must be one of {', '.join(Outcome)}.")


def identity(record: Mapping[str, object], new_id: Callable[[], str]) -> ExecutionId:
    """The name that the record gives itself, or a new one."""
    given = record.get("id")
    if given is None:
        return ExecutionId(new_id())
    if isinstance(given, str) and _ID.fullmatch(given):
        return ExecutionId(given)
    raise Malformed("id must have 1 to 100 letters, digits or any of `.`, `:`, `-`, `_`.")


def at(record: Mapping[str, object], now: datetime) -> datetime:
    """When the call began; now where the record does not say."""
    given = record.get("at")
    if given is None:
        return now
    if not isinstance(given, str):
        raise Malformed("at must be a time as text, such as 2026-11-21T01:19:16.134Z.")
    try:
        local = datetime.fromisoformat(given if given.isascii() else "")
        if local.tzinfo is None:
            raise Malformed("at must say its time zone: end it with Z for UTC.")
        utc = local.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Malformed("at must be a time such as 2026-11-21T01:19:16.134Z.") from error
    if utc > now + quick.AHEAD:
        raise Malformed("at lies more than a day in the future.")
    if utc < quick.FIRST:
        raise Malformed("at lies before 1970.")
    return utc


def seconds(record: Mapping[str, object]) -> float:
    """How long it took; 0 where the record does not say."""
    given = record.get("seconds", 0)
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        raise Malformed("seconds must be a number.")
    if not 0 <= given < _MOST_SECONDS:  # so is NaN refused, and an integer of any length
        raise Malformed("seconds must be a finite number, 0 or more.")
    return float(given)


def args(record: Mapping[str, object]) -> tuple[Encoded, ...]:
    """The positional arguments."""
    given = record.get("args")
    if given is None:
        return ()
    if not is_array(given):
        raise Malformed("args must be a list.")
    return tuple(encoded(value, f"args[{place}]") for place, value in enumerate(given))


def kwargs(record: Mapping[str, object]) -> dict[str, Encoded]:
    """The named arguments."""
    given = record.get("kwargs")
    if given is None:
        return {}
    if not is_object(given):
        raise Malformed("kwargs must be an object.")
    read: dict[str, Encoded] = {}
    for key, value in given.items():
        if not isinstance(key, str) or not key or len(key) > MOST_NAME or hidden(key):
            raise Malformed("kwargs must have names that could be those of arguments.")
        read[key] = encoded(value, f"kwargs.{key}")
    return read


def name(record: Mapping[str, object], key: str) -> str | None:
    """A name that people see, such as the caller's, on one line."""
    given = record.get(key)
    if given is None:
        return None
    if not isinstance(given, str):
        raise Malformed(f"{key} must be a text.")
    return one_line(given, most=MOST_NAME) or None


def version(record: Mapping[str, object]) -> Digest | None:
    """The digest of the file that ran."""
    given = record.get("version")
    if given is None:
        return None
    if isinstance(given, str) and len(given) == _DIGITS and _is_digest(given):
        return Digest(given)
    raise Malformed("version must be the SHA-256 of the file that ran, in 64 hexadecimal digits.")


def source(record: Mapping[str, object]) -> Source:
    """Who saw the call."""
    given = record.get("source")
    if given is None:
        return Source.IMPORT
    if isinstance(given, str) and given in quick.SOURCES:
        return quick.SOURCES[given]
    raise Malformed(f"source must be one of {', '.join(Source)}.")


def function(record: Mapping[str, object]) -> None:
    """Look at the name of the code that ran."""
    given = record.get("function")
    if given is None:
        return
    if not isinstance(given, str):
        raise Malformed("function must be a text, such as tools/pricing.py:quote.")
    if len(given) > _MOST_FUNCTION:
        raise Malformed(f"function must have at most {_MOST_FUNCTION} characters.")
    if hidden(given):
        raise Malformed("function must not hold control or invisible characters.")


def whole(record: Mapping[str, object]) -> bool:
    """Whether the writer kept all of the values."""
    given = record.get("whole", True)
    if isinstance(given, bool):
        return given
    raise Malformed("whole must be true or false.")


def world(record: Mapping[str, object]) -> World | None:
    """What the call saw of the world."""
    given = record.get("world")
    if given is None:
        return None
    try:
        return read_world(given)
    except ValueError as error:
        raise Malformed(f"{error}.") from error


def shared(*given: object) -> tuple[str | None, str | None, Digest | None, Source, bool]:
    """What many records have in common.

    Args:
        given: What stands under caller, session, version, source, whole and function.

    Returns:
        Caller, session, version, source and whole; ``function`` is only looked at.

    Raises:
        Malformed: One of them cannot be what it should.
    """
    record: dict[str, object] = dict(zip(_SHARED, given, strict=True))
    function(record)
    return (
        name(record, "caller"),
        name(record, "session"),
        version(record),
        source(record),
        whole(record),
    )


shared_again: Final = lru_cache(maxsize=2_048, typed=True)(shared)  # typed: 1 is not True
"""The same, remembered: only for short texts. What has parts is a ``TypeError``."""


@lru_cache(maxsize=256)
def _is_digest(text: str) -> bool:
    return _DIGEST.fullmatch(text) is not None
