"""The plain form of a world, read back and bounded."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar, cast

from mendloop.model.target import SideEffect
from mendloop.model.value import Encoded
from mendloop.model.world import WORLDLY, Clock, Exchange, FileRead, World

MOST_EXCHANGES: Final = 50
MOST_FILES: Final = 64
MOST_CHARACTERS: Final = 1_200_000
"""Of all texts of a world: half a megabyte of bytes, written as digits, and what is around them."""
_MOST_NAME: Final = 4_000
_MOST_WORD: Final = 200
_MOST_HEADERS: Final = 60
_STATE_CHARACTERS: Final = 3_348
"""Of 2,509 bytes in Base64."""
_MOST_TIME: Final = 253_402_300_799_000_000
"""The end of the year 9999."""
_DAY: Final = 86_400
_STATUS: Final = range(100, 1_000)
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})*")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_METHOD: Final = re.compile(r"[A-Za-z]{1,20}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")

T = TypeVar("T")


def read_world(raw: object) -> World:
    """A world from its plain form.

    Raises:
        ValueError: A part is not what it should be, or too large; the message names it.
    """
    fields = _object(raw, "world", {"kept", "lost", "clock", "random", "exchanges", "files"})
    lost = _object(fields.get("lost", {}), "world.lost", set(WORLDLY))
    world = World(
        kept=frozenset(_each(fields.get("kept", []), "world.kept", len(WORLDLY), _kind)),
        lost={SideEffect(name): _text(why, "world.lost", _MOST_WORD) for name, why in lost.items()},
        clock=None if fields.get("clock") is None else _clock(fields["clock"]),
        random=_chance(fields.get("random", "")),
        exchanges=tuple(
            _each(fields.get("exchanges", []), "world.exchanges", MOST_EXCHANGES, _exchange)
        ),
        files=tuple(_each(fields.get("files", []), "world.files", MOST_FILES, _file)),
    )
    if _characters(world) > MOST_CHARACTERS:
        raise ValueError(f"world has more than {MOST_CHARACTERS} characters")
    return world


def _characters(world: World) -> int:
    asked = sum(len(str(one.asked or "")) + len(str(one.answer)) for one in world.exchanges)
    return asked + sum(len(str(one.content or "")) for one in world.files)


def _clock(raw: object) -> Clock:
    fields = _object(raw, "world.clock", {"at", "offset"})
    return Clock(
        at=_number(fields.get("at"), "world.clock.at", range(_MOST_TIME)),
        offset=_number(fields.get("offset", 0), "world.clock.offset", range(-_DAY + 1, _DAY)),
    )


def _chance(raw: object) -> str:
    text = _text(raw, "world.random", _STATE_CHARACTERS)
    if text and (len(text) != _STATE_CHARACTERS or not _BASE64.fullmatch(text)):
        raise ValueError("world.random must be 2,509 bytes in Base64")
    return text


def _exchange(raw: object) -> Exchange:
    where = "world.exchanges"
    fields = _object(
        raw,
        where,
        {"method", "uri", "hidden", "asked", "status", "reason", "headers", "answer"},
    )
    method = _text(fields.get("method"), f"{where}.method", _MOST_WORD)
    if not _METHOD.fullmatch(method):
        raise ValueError(f"{where}.method must be a word")
    return Exchange(
        method=method,
        uri=_text(fields.get("uri"), f"{where}.uri", _MOST_NAME),
        hidden=tuple(_each(fields.get("hidden", []), f"{where}.hidden", _MOST_HEADERS, _word)),
        asked=_body(fields.get("asked"), f"{where}.asked", opaque=True),
        status=_number(fields.get("status"), f"{where}.status", _STATUS),
        reason=_text(fields.get("reason", ""), f"{where}.reason", _MOST_WORD),
        headers=tuple(_each(fields.get("headers", []), f"{where}.headers", _MOST_HEADERS, _pair)),
        answer=_body(fields.get("answer", ""), f"{where}.answer"),
    )


def _file(raw: object) -> FileRead:
    where = "world.files"
    fields = _object(raw, where, {"path", "content", "digest", "there"})
    digest = _text(fields.get("digest", ""), f"{where}.digest", _MOST_WORD)
    there = fields.get("there", True)
    if (digest and not _DIGEST.fullmatch(digest)) or not isinstance(there, bool):
        raise ValueError(f"{where} must have a SHA-256 as digest, and true or false as there")
    return FileRead(
        path=_text(fields.get("path"), f"{where}.path", _MOST_NAME),
        content=_body(fields.get("content"), f"{where}.content"),
        digest=digest,
        there=there,
    )


def _body(raw: object, where: str, *, opaque: bool = False) -> Encoded:
    """A text, bytes in tagged JSON, or nothing."""
    if raw is None or isinstance(raw, str):
        return raw
    if isinstance(raw, dict) and len(cast("dict[str, object]", raw)) == 1:
        ((tag, content),) = cast("dict[str, object]", raw).items()
        if isinstance(content, str) and (
            (tag == "$b" and _HEX.fullmatch(content)) or (opaque and tag == "$opaque")
        ):
            return {tag: content}
    raise ValueError(f"{where} must be a text, or bytes as digits")


def _object(raw: object, where: str, known: set[Any]) -> Mapping[str, object]:
    if not isinstance(raw, dict):
        raise ValueError(f"{where} must be an object")  # noqa: TRY004  one error for all of it
    fields = cast("dict[object, object]", raw)
    if not fields.keys() <= known:
        raise ValueError(f"{where} has only {', '.join(sorted(known))}")
    return cast("dict[str, object]", fields)


def _each(raw: object, where: str, most: int, read: Callable[[object], T]) -> list[T]:
    if not isinstance(raw, list) or len(cast("list[object]", raw)) > most:
        raise ValueError(f"{where} must be a list of at most {most}")
    return [read(one) for one in cast("Sequence[object]", raw)]


def _kind(raw: object) -> SideEffect:
    if isinstance(raw, str) and raw in WORLDLY:
        return SideEffect(raw)
    raise ValueError(f"world.kept has only {', '.join(sorted(WORLDLY))}")


def _word(raw: object) -> str:
    return _text(raw, "world.exchanges.hidden", _MOST_WORD)


def _pair(raw: object) -> tuple[str, str]:
    if not isinstance(raw, list) or len(cast("list[object]", raw)) != 2:  # noqa: PLR2004  a pair
        raise ValueError("world.exchanges.headers must be pairs of name and value")
    name, value = cast("list[object]", raw)
    where = "world.exchanges.headers"
    return _text(name, where, _MOST_WORD), _text(value, where, _MOST_NAME)


def _text(raw: object, where: str, most: int) -> str:
    if isinstance(raw, str) and len(raw) <= most:
        return raw
    raise ValueError(f"{where} must be a text of at most {most} characters")


def _number(raw: object, where: str, within: range) -> int:
    if isinstance(raw, int) and not isinstance(raw, bool) and raw in within:
        return raw
    raise ValueError(f"{where} must be a whole number that it can be")
