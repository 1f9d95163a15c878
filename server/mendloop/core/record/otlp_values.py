"""Values and attributes as OpenTelemetry's JSON has them, made into plain ones.

An OTLP value is an object with one key that says its kind; see ``opentelemetry/proto/common/v1``.
"""

from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Final

from mendloop.core.record.values import TOO_DEEP, Malformed, is_array, is_object

_MOST_DEPTH: Final = 60
_MOST_ATTRIBUTES: Final = 1_000
_MOST_DIGITS: Final = 20
_SPECIAL: Final[Mapping[str, float]] = {
    "NaN": float("nan"),
    "Infinity": float("inf"),
    "-Infinity": float("-inf"),
}


def attributes(raw: object) -> dict[str, object]:
    """The attributes of a span, a log record or a resource; of two with one name the last.

    Raises:
        Malformed: They are none.
    """
    return _pairs(raw, "attributes", _MOST_DEPTH)


def any_value(raw: object, depth: int = _MOST_DEPTH) -> object:
    """One value, as plain JSON; bytes get their tag, and a kind that is not known is nothing.

    Raises:
        Malformed: It is not of the kind it says.
    """
    if raw is None:
        return None
    if not is_object(raw):
        raise Malformed("An attribute's value must be an object such as {stringValue: ...}.")
    if depth == 0:
        return TOO_DEEP
    for kind, read in _KINDS.items():
        if raw.get(kind) is not None:
            return read(raw[kind], depth - 1)
    return None


def whole_number(raw: object, where: str) -> int:
    """An integer, which JSON may hold as a text.

    Raises:
        Malformed: It is none, or beyond 64 bits.
    """
    if isinstance(raw, str) and len(raw) <= _MOST_DIGITS and raw.lstrip("-").isdecimal():
        raw = _parsed(raw, where)
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or not -(2**63) <= raw < 2**64:
        raise Malformed(f"{where} must be a whole number of 64 bits.")
    return raw


def text(raw: object, where: str) -> str:
    """A text; one that is missing is empty.

    Raises:
        Malformed: It is something else.
    """
    if raw is None:
        return ""
    if not isinstance(raw, str):
        raise Malformed(f"{where} must be a text.")
    return raw


def items(raw: object, where: str) -> list[object]:
    """A list; one that is missing is empty.

    Raises:
        Malformed: It is something else.
    """
    if raw is None:
        return []
    if not is_array(raw):
        raise Malformed(f"{where} must be a list.")
    return raw


def _parsed(raw: str, where: str) -> int:
    try:
        return int(raw)
    except ValueError as error:
        raise Malformed(f"{where} must be a whole number of 64 bits.") from error


def _pairs(raw: object, where: str, depth: int) -> dict[str, object]:
    read: dict[str, object] = {}
    for pair in items(raw, where)[:_MOST_ATTRIBUTES]:
        if not is_object(pair) or not isinstance(key := pair.get("key", ""), str):
            raise Malformed(f"{where} must be a list of objects with a key and a value.")
        read[key] = any_value(pair.get("value"), depth)
    return read


def _string(raw: object, _depth: int) -> object:
    return text(raw, "stringValue")


def _bool(raw: object, _depth: int) -> object:
    if isinstance(raw, bool):
        return raw
    raise Malformed("boolValue must be true or false.")


def _int(raw: object, _depth: int) -> object:
    return whole_number(raw, "intValue")


def _double(raw: object, _depth: int) -> object:
    if isinstance(raw, str) and raw in _SPECIAL:
        return _SPECIAL[raw]
    if isinstance(raw, bool) or not isinstance(raw, (int, float)) or abs(raw) >= 2**1024:
        if isinstance(raw, float):
            return raw
        raise Malformed("doubleValue must be a number.")
    return float(raw)


def _array(raw: object, depth: int) -> object:
    if not is_object(raw):
        raise Malformed("arrayValue must be an object with values.")
    values: list[object] = []
    for value in items(raw.get("values"), "arrayValue.values"):
        values.append(any_value(value, depth))  # noqa: PERF401  two frames a level are enough
    return values


def _map(raw: object, depth: int) -> object:
    if not is_object(raw):
        raise Malformed("kvlistValue must be an object with values.")
    return _pairs(raw.get("values"), "kvlistValue.values", depth)


def _bytes(raw: object, _depth: int) -> object:
    try:
        return {"$b": b64decode(text(raw, "bytesValue"), validate=True).hex()}
    except ValueError as error:
        raise Malformed("bytesValue must be base64.") from error


_KINDS: Final[Mapping[str, Callable[[object, int], object]]] = {
    "stringValue": _string,
    "boolValue": _bool,
    "intValue": _int,
    "doubleValue": _double,
    "arrayValue": _array,
    "kvlistValue": _map,
    "bytesValue": _bytes,
}
