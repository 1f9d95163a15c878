"""What a candidate's processes say, checked before any of it is believed.

All of it comes from where untrusted code runs: every frame may be forged, cut or endless.
"""

import json
import math
from collections.abc import Callable
from itertools import chain
from typing import Any, Final, cast

from mendloop.model.execution import Fault, Frame
from mendloop.model.graph import fault as graph_fault
from mendloop.model.observation import Crashed, NotRun, Raised, Returned, Seen
from mendloop.model.settled import settled_apart
from mendloop.model.value import MOST_DEPTH, Encoded
from mendloop.noun import dataclass

TOO_LARGE: Final = Crashed("output too large")
MALFORMED: Final = Crashed("malformed answer")
HEADER: Final = 4
OVERHEAD: Final = 256 * 1024
"""How much more than a value an answer may take: its lines, mostly."""
_MOST_NAME: Final = 200
_MOST_TEXT: Final = 2_000
_MOST_FRAMES: Final = 20
_MOST_LINES: Final = 20_000
_MOST_LINE: Final = 1_000_000_000
_LARGEST_INT: Final = 1 << 53


class MalformedError(ValueError):
    """The text is not what our own code would have sent."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One case, as told from inside."""

    number: int
    seen: Seen
    seconds: float
    lines: frozenset[int]
    peak_bytes: int


def _refuse(_: str) -> Any:
    raise MalformedError


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse)


def _is_list(raw: Any) -> bool:
    return isinstance(raw, list)


def _nothing() -> list[Any]:
    raise MalformedError


def parse(text: bytes) -> Answer:
    """One answer.

    Raises:
        MalformedError: The text is not what our own code would have sent.
    """
    try:
        raw: Any = _DECODER.decode(text.decode("ascii"))
        number, seconds = raw["i"], raw["s"]
        lines = raw.get("l", [])
        peak = raw.get("p", 0)
        if type(number) is not int or type(seconds) not in (int, float):
            raise MalformedError
        seen = _SEEN[raw["k"]](raw)
        if b'"$graph"' in text and isinstance(seen, Returned):
            seen = Returned(settled_apart(seen.value))
        return Answer(number, seen, _seconds(seconds), _lines(lines), _bytes(peak))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise MalformedError from error


def _seconds(value: float) -> float:
    if not math.isfinite(value) or value < 0:
        raise MalformedError
    return float(value)


def _bytes(raw: Any) -> int:
    if type(raw) is not int or not 0 <= raw <= _LARGEST_INT:
        raise MalformedError
    return raw


def _lines(raw: Any) -> frozenset[int]:
    if not _is_list(raw) or len(raw) > _MOST_LINES:
        raise MalformedError
    if not all(type(line) is int and 0 <= line < _MOST_LINE for line in raw):
        raise MalformedError
    return frozenset(raw)


def _returned(raw: Any) -> Seen:
    return Returned(checked(raw["v"]))


def _raised(raw: Any) -> Seen:
    return Raised(fault(raw["f"]))


def _not_run(raw: Any) -> Seen:
    return NotRun(_text(raw["w"], _MOST_TEXT))


def _large(_: Any) -> Seen:
    return TOO_LARGE


_SEEN: Final[dict[str, Callable[[Any], Seen]]] = {
    "returned": _returned,
    "raised": _raised,
    "not_run": _not_run,
    "large": _large,
}


def _text(raw: Any, most: int) -> str:
    if type(raw) is not str or len(raw) > most:
        raise MalformedError
    # Half a surrogate pair cannot be written down as UTF-8 later.
    return raw.encode("utf-8", "replace").decode("utf-8")


def fault(raw: Any) -> Fault:
    """One exception, as told from inside.

    Raises:
        MalformedError: It is not what our own code would have sent.
    """
    try:
        frames = raw["frames"]
        if len(frames) > _MOST_FRAMES:
            raise MalformedError
        return Fault(
            type=_text(raw["type"], _MOST_NAME),
            message=_text(raw["message"], _MOST_TEXT),
            frames=tuple(_frame(*frame) for frame in frames),
        )
    except (KeyError, TypeError) as error:
        raise MalformedError from error


def loaded(text: bytes) -> Fault | None:
    """Whether a program was imported: why not, where it was not.

    Raises:
        MalformedError: The text is not what our own code would have sent.
    """
    try:
        raw: Any = _DECODER.decode(text.decode("ascii"))
        return None if raw["loaded"] is True else fault(raw["fault"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise MalformedError from error


def probes(text: bytes) -> dict[str, str]:
    """What our own code found by trying, before any other had run.

    Raises:
        MalformedError: It is no text by name.
    """
    try:
        raw: Any = json.loads(text)
        return {_text(name, _MOST_NAME): _text(seen, _MOST_NAME) for name, seen in raw.items()}
    except (ValueError, AttributeError) as error:
        raise MalformedError from error


def _frame(file: Any, line: Any, function: Any) -> Frame:
    if type(line) is not int or not 0 <= line < _MOST_LINE:
        raise MalformedError
    return Frame(file=_text(file, _MOST_NAME), line=line, function=_text(function, _MOST_NAME))


def checked(value: Any) -> Encoded:
    """A value in tagged JSON, if it is one: bounded, finite, and of the closed set of tags.

    Raises:
        MalformedError: It is not.
    """
    level: list[Any] = [value]
    for _ in range(MOST_DEPTH + 2):
        level = list(chain.from_iterable(map(_parts, level)))
        if not level:
            return cast("Encoded", value)  # every part of it has been looked at
    raise MalformedError


def _parts(value: Any) -> list[Any]:
    """What lies directly in a value that is sound itself."""
    whole: Any = value
    match value:
        case None | bool() | str():
            return []
        case int():
            return [] if -_LARGEST_INT <= value <= _LARGEST_INT else _nothing()
        case float():
            return [] if math.isfinite(value) else _nothing()
        case list():
            parts: list[Any] = whole
            return parts
        case dict():
            return _members(whole)
        case _:
            return _nothing()


def _members(value: dict[str, Any]) -> list[Any]:
    if not any(key.startswith("$") for key in value):
        return list(value.values())
    if len(value) != 1:
        raise MalformedError
    ((tag, content),) = value.items()
    look = _CONTENT.get(tag)
    return look(content) if look is not None else _nothing()


def _a_text(content: Any) -> list[Any]:
    if type(content) is not str:
        raise MalformedError
    return []


def _a_list(content: Any) -> list[Any]:
    if not _is_list(content):
        raise MalformedError
    parts: list[Any] = content
    return parts


def _pairs(content: Any) -> list[Any]:
    pairs = _a_list(content)
    if not all(type(pair) is list and len(pair) == 2 for pair in pairs):  # noqa: PLR2004  a pair
        raise MalformedError
    return pairs


def _two(content: Any) -> list[Any]:
    parts = _a_list(content)
    return parts if len(parts) == 2 else _nothing()  # noqa: PLR2004  a pair


def _two_texts(content: Any) -> list[Any]:
    return [part for text in _two(content) for part in _a_text(text)]


def _named_fields(content: Any) -> list[Any]:
    name, fields = _two(content)
    if type(fields) is not dict:
        raise MalformedError
    return [*_a_text(name), *fields.values()]


def _graph(content: Any) -> list[Any]:
    if graph_fault(content):
        raise MalformedError
    return _a_list(content)


def _reference(content: Any) -> list[Any]:
    return [] if type(content) is int and content >= 0 else _nothing()


_CONTENT: Final[dict[str, Callable[[Any], list[Any]]]] = {
    **dict.fromkeys(("$t", "$s", "$fs"), _a_list),
    **dict.fromkeys(("$b", "$i", "$f", "$opaque", "$datetime", "$date", "$time"), _a_text),
    **dict.fromkeys(("$timedelta", "$decimal", "$uuid", "$path"), _a_text),
    **dict.fromkeys(("$c", "$enum"), _two_texts),
    "$d": _pairs,
    "$dataclass": _named_fields,
    "$graph": _graph,
    "$ref": _reference,
}
