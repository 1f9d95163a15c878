"""Take secrets out of an execution before it is kept.

Three ways to know one: its exact value (the caller names those of the environment), its published
format, and the name it stands under. What replaces it is ``<redacted:xxxxxxxx>``, the start of an
HMAC-SHA-256 under the installation's own key: the same secret has the same placeholder, so that
equal stays equal, and nobody without the key can try passwords against it.
"""

import hmac
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from mendloop.core.record.patterns import (
    PART,
    TOKEN,
    WORTH_A_LOOK,
    likely_key,
    sure_key,
    user_and_password,
)
from mendloop.model.execution import Execution, Fault
from mendloop.model.value import Encoded, canonical

SHORTEST: Final = 8
"""A shorter value is as likely to be an everyday word, and is not searched for."""

_PLACEHOLDER: Final = re.compile(r"(<redacted:[0-9a-f]{8}>)")
_UNRESERVED: Final = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
)
_WORD: Final = re.compile(r"\S{8,}")


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

    def clean(self, execution: Execution) -> Execution:
        """The execution without secrets.

        It is no longer ``whole`` where something in its values was replaced. A fingerprint that
        was taken before is left as it is.
        """
        args = tuple(self._value(value) for value in execution.args)
        kwargs = self._fields(execution.kwargs)
        result = self._value(execution.result)
        expected = self._value(execution.expected)
        before = (execution.args, execution.kwargs, execution.result, execution.expected)
        return replace(
            execution,
            args=args,
            kwargs=kwargs,
            result=result,
            expected=expected,
            error=None if execution.error is None else self._fault(execution.error),
            caller=None if execution.caller is None else self.text(execution.caller),
            session=None if execution.session is None else self.text(execution.session),
            whole=execution.whole and (args, kwargs, result, expected) == before,
        )

    def text(self, text: str) -> str:
        """The text without secrets. Doing it twice changes nothing more."""
        while (cleaned := self._once(text)) != text:
            text = cleaned  # a replacement may lay bare the next one; each makes the rest shorter
        return text

    def _once(self, text: str) -> str:
        if "<redacted:" not in text:
            return self._piece(text)
        pieces = _PLACEHOLDER.split(text)
        return "".join(p if _PLACEHOLDER.fullmatch(p) else self._piece(p) for p in pieces)

    def _piece(self, text: str) -> str:
        if self._exact is not None:
            text = self._exact.sub(self._whole, text)
        if WORTH_A_LOOK.search(text) is None:
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

    def _fault(self, fault: Fault) -> Fault:
        return replace(fault, type=self.text(fault.type), message=self.text(fault.message))

    def _value(self, value: Encoded) -> Encoded:
        match value:
            case str():
                return self.text(value)
            case dict():
                return self._object(value)
            case list():
                return [self._value(part) for part in value]
            case int() | float() if not isinstance(value, bool):
                return self._number(value)
            case _:
                return value

    def _number(self, value: float) -> Encoded:
        if self._exact is None or abs(value) < 10 ** (SHORTEST - 1):
            return value
        text = str(value)
        return self._placeholder(text) if self._exact.fullmatch(text) else value

    def _object(self, value: Mapping[str, Encoded]) -> Encoded:
        match value:
            case {"$b": str(digits)} if len(value) == 1:
                return {"$b": self._bytes(digits)}
            case {"$d": list(pairs)} if len(value) == 1:
                return {"$d": [self._pair(pair) for pair in pairs]}
            case _:
                return self._fields(value)

    def _fields(self, fields: Mapping[str, Encoded]) -> dict[str, Encoded]:
        return {self.text(name): self._under(name, value) for name, value in fields.items()}

    def _pair(self, pair: Encoded) -> Encoded:
        match pair:
            case [str(name), value]:
                return [self.text(name), self._under(name, value)]
            case _:
                return self._value(pair)

    def _under(self, name: str, value: Encoded) -> Encoded:
        """A value that stands under a name."""
        if isinstance(value, str) and _PLACEHOLDER.fullmatch(value):
            return value
        if sure_key(name) and value not in (None, True, False, "", [], {}):
            return self._placeholder(value if isinstance(value, str) else canonical(value))
        if likely_key(name) and isinstance(value, str) and _WORD.fullmatch(value):
            return self._placeholder(value)
        return self._value(value)

    def _bytes(self, digits: str) -> str:
        """The hexadecimal digits of bytes, which may be a text with a secret in it."""
        try:
            text = bytes.fromhex(digits).decode("latin-1")
        except ValueError:
            return digits
        cleaned = self.text(text)
        return digits if cleaned == text else cleaned.encode("latin-1").hex()


def _forms(secret: str) -> set[str]:
    """How a secret may be written: as it is, in a URL, in JSON, in Base64."""
    raw = secret.encode("utf-8", "surrogatepass")
    escaped = "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in raw)
    forms = {secret, escaped, json.dumps(secret)[1:-1], repr(secret)[1:-1]}
    forms |= {encode(raw).decode("ascii").rstrip("=") for encode in (b64encode, urlsafe_b64encode)}
    return forms
