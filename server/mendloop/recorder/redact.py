"""Take secrets out of texts and values before they leave the process, or are kept.

Three ways to know one: its exact value (the caller names those of the environment), its published
format, and the name it stands under. What replaces it is ``<redacted:xxxxxxxx>``, the start of an
HMAC-SHA-256 under the installation's own key: the same secret has the same placeholder, so that
equal stays equal, and nobody without the key can try passwords against it.
"""

from __future__ import annotations

import hmac
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, cast

from mendloop.recorder.glance import suspicious
from mendloop.recorder.patterns import PART, TOKEN, likely_key, sure_key, user_and_password

SHORTEST: int = 8
"""A shorter value is as likely to be an everyday word, and is not searched for."""

_PLACEHOLDER: re.Pattern[str] = re.compile(r"(<redacted:[0-9a-f]{8}>)")
_UNRESERVED: frozenset[int] = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
)
_WORD: re.Pattern[str] = re.compile(r"\S{8,}")
_LONGEST_NAME: int = 200
_NO_SECRETS: tuple[object, ...] = (None, True, False, "", [], {})

_ESCAPE: re.Pattern[str] = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_NEEDLESS: re.Pattern[str] = re.compile(r"\\(?:/|u00[2-7])")
"""Escapes of characters that JSON need not escape: a secret could be written in them."""
_PLAIN: re.Pattern[str] = re.compile(r"[!#-\[\]-~]+")
"""Characters that stand for themselves in JSON, and survive any cleaning of spaces."""


class Redactor:
    """Knows some secrets by value and all others by how they look."""

    def __init__(self, secrets: Collection[str], *, key: bytes) -> None:
        """Prepare the search.

        Args:
            secrets: Values that must never be kept; those shorter than ``SHORTEST`` are ignored.
            key: What the placeholders are keyed with; never kept beside the records.
        """
        self._key = key
        forms = {form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret)}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._exact = re.compile("|".join(map(re.escape, longest_first))) if forms else None
        self._marks = _marks(forms)

    def text(self, text: str) -> str:
        """The text without secrets. Doing it twice changes nothing more."""
        while (cleaned := self._once(text)) != text:
            text = cleaned  # a replacement may lay bare the next one; each makes the rest shorter
        return text

    def value(self, value: Any) -> Any:
        """Tagged JSON without secrets."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            fields = cast("dict[str, object]", value)
            return self._tagged(fields) if len(fields) == 1 else self.fields(fields)
        if isinstance(value, list):
            return self._parts(cast("list[object]", value))
        if isinstance(value, int) and not isinstance(value, bool):
            return self._number(value)
        return value

    def fields(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Values under their names, without secrets."""
        clean: dict[str, Any] = {}
        for name, value in fields.items():  # no comprehension: two interpreter frames a level
            secret = self._under(name, value)
            clean[self.text(name)] = self.value(value) if secret is None else secret
        return clean

    def clear(self, text: str) -> bool:
        """Whether a text, or a whole text of JSON, surely has no secret in it.

        It is quick and careful: where it says ``True``, ``text`` and ``value`` would change nothing
        of it; where it says ``False``, somebody must look. So bytes, which hide what they hold, are
        never clear, nor are letters that were escaped without need.
        """
        if "$" in text and '"$b"' in text:
            return False
        if self._exact is not None and self._known(text):
            return False
        if "\\" in text:
            if _NEEDLESS.search(text) is not None:
                return False
            text = _ESCAPE.sub("\x01", text)  # neither a letter nor a space, as what it stands for
        return not suspicious(text)

    def _known(self, text: str) -> bool:
        """Whether one of the exact values may be in a text."""
        return any(map(text.__contains__, self._marks))

    def _once(self, text: str) -> str:
        if "<redacted:" not in text:
            return self._piece(text)
        pieces = _PLACEHOLDER.split(text)
        return "".join(p if _PLACEHOLDER.fullmatch(p) else self._piece(p) for p in pieces)

    def _piece(self, text: str) -> str:
        if len(text) < SHORTEST:
            return text
        if self._exact is not None and self._known(text):
            text = self._exact.sub(self._whole, text)
        if not suspicious(text):
            return text
        text = TOKEN.sub(self._whole, text)
        for name, pattern in PART:
            text = pattern.sub(self._basic if name == "basic" else self._part, text)
        return text

    def _whole(self, match: re.Match[str]) -> str:
        return self._placeholder(match[0])

    def _part(self, match: re.Match[str]) -> str:
        secret = match["secret"]
        if "<redacted:" in secret:
            return match[0]
        start, end = match.start("secret") - match.start(), match.end("secret") - match.start()
        return f"{match[0][:start]}{self._placeholder(secret)}{match[0][end:]}"

    def _basic(self, match: re.Match[str]) -> str:
        return self._part(match) if user_and_password(match["secret"]) else match[0]

    def _placeholder(self, secret: str) -> str:
        digest = hmac.digest(self._key, secret.encode("utf-8", "surrogatepass"), "sha256")
        return f"<redacted:{digest.hex()[:8]}>"

    def _number(self, value: int) -> Any:
        if self._exact is None or abs(value) < 10 ** (SHORTEST - 1):
            return value
        text = str(value)
        return self._placeholder(text) if self._exact.fullmatch(text) else value

    def _tagged(self, value: dict[str, object]) -> dict[str, Any]:
        """An object of one key, which may be a tag."""
        digits, pairs, graph = value.get("$b"), value.get("$d"), value.get("$graph")
        if isinstance(digits, str):
            return {"$b": self._bytes(digits)}
        if isinstance(pairs, list):
            return {"$d": self._pairs(cast("list[object]", pairs))}
        if isinstance(graph, list):
            return {"$graph": self._graph(cast("list[object]", graph))}
        return self.fields(value)

    def _graph(self, content: list[object]) -> list[object]:
        """Objects, whose attributes are named in a table beside them."""
        if len(content) != 3 or not all(map(_rows, content[:2])):  # noqa: PLR2004  as all graphs
            return self._parts(content)
        shapes, objects = cast("list[list[list[object]]]", content[:2])
        clean: list[object] = []
        for entry in objects:
            clean.append(self._entry(entry, shapes))  # noqa: PERF401  as above
        return [self._parts(cast("list[object]", shapes)), clean, self.value(content[2])]

    def _entry(self, entry: list[object], shapes: list[list[object]]) -> list[object]:
        head, *parts = entry or [None]
        if head == "dict":
            return [head, *self._pairs(parts)]
        if type(head) is not int or not 0 <= head < len(shapes):
            return self._parts(entry)
        clean: list[object] = [head]
        for name, part in zip(shapes[head][1:], parts):
            secret = self._under(name, part) if isinstance(name, str) else None
            clean.append(self.value(part) if secret is None else secret)
        return clean

    def _pairs(self, pairs: list[object]) -> list[object]:
        clean: list[object] = []
        for pair in pairs:
            if isinstance(pair, list):
                clean.append(self._pair(cast("list[object]", pair)))
            else:
                clean.append(self.value(pair))
        return clean

    def _pair(self, pair: list[object]) -> list[object]:
        if len(pair) != 2 or not isinstance(pair[0], str):  # noqa: PLR2004  a pair
            return self._parts(pair)
        name, value = pair
        secret = self._under(pair[0], value)
        return [self.value(name), self.value(value) if secret is None else secret]

    def _parts(self, parts: list[object]) -> list[object]:
        clean: list[object] = []
        for part in parts:
            clean.append(self.value(part))  # noqa: PERF401  as above
        return clean

    def _under(self, name: str, value: object) -> str | None:
        """What is kept for a value because of its name; ``None`` where its name tells nothing."""
        sure, likely = _telling(name) if len(name) <= _LONGEST_NAME else _name(name)
        if not (sure or likely):
            return None
        if isinstance(value, str) and _PLACEHOLDER.fullmatch(value):
            return value
        if sure and value not in _NO_SECRETS:
            return self._placeholder(value if isinstance(value, str) else _canonical(value))
        if likely and isinstance(value, str) and _WORD.fullmatch(value):
            return self._placeholder(value)
        return None

    def _bytes(self, digits: str) -> str:
        """The hexadecimal digits of bytes, which may be a text with a secret in it."""
        try:
            text = bytes.fromhex(digits).decode("latin-1")
        except ValueError:
            return digits
        cleaned = self.text(text)
        return digits if cleaned == text else cleaned.encode("latin-1").hex()


def _rows(part: object) -> bool:
    return isinstance(part, list) and all(
        isinstance(row, list) for row in cast("list[object]", part)
    )


def _name(name: str) -> tuple[bool, bool]:
    """Whether a name says that a secret surely, or likely, stands under it."""
    return sure_key(name), likely_key(name)


_telling = lru_cache(maxsize=2_048)(_name)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _forms(secret: str) -> set[str]:
    """How a secret may be written: as it is, in a URL, in JSON, in Base64."""
    raw = secret.encode("utf-8", "surrogatepass")
    escaped = "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in raw)
    forms = {secret, escaped, json.dumps(secret)[1:-1], repr(secret)[1:-1]}
    forms |= {encode(raw).decode("ascii").rstrip("=") for encode in (b64encode, urlsafe_b64encode)}
    return forms


def _marks(forms: set[str]) -> tuple[str, ...]:
    """A part of each form that is in every JSON text in which the form is.

    It is empty, and so in every text, where all of a form would be escaped.
    """
    longest = {max(_PLAIN.findall(form), key=len, default="") for form in forms}
    return tuple(
        sorted(mark for mark in longest if not any(o != mark and o in mark for o in longest))
    )
