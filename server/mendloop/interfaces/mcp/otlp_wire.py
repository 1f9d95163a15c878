"""What OTLP/HTTP looks like on the wire: bodies on their way in, answers on their way out."""

import json
import zlib
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, cast

from pydantic_core import from_json
from starlette.requests import Request
from starlette.responses import Response

from mendloop.core.record.values import Malformed
from mendloop.noun import dataclass

_GZIP: Final = 16 + zlib.MAX_WBITS
_MOST_MEMBERS: Final = 16
"""Of one gzip body; each costs a copy of the rest."""
_MOST_MESSAGE: Final = 1_000
_CODES: Final[Mapping[int, int]] = {
    400: 3,  # INVALID_ARGUMENT
    403: 7,  # PERMISSION_DENIED
    408: 4,  # DEADLINE_EXCEEDED
    413: 8,  # RESOURCE_EXHAUSTED
    415: 3,
    503: 14,  # UNAVAILABLE
}
"""The code of ``google.rpc.Status`` for each HTTP status."""


LEAVE: Final = {"Connection": "close"}
"""Where the rest of a body is not waited for: a server would otherwise read it to its end."""


class Wire(StrEnum):
    """The two encodings."""

    JSON = "application/json"
    PROTOBUF = "application/x-protobuf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request may take."""

    packed: int = 8 << 20
    """Bytes of a body as it comes."""
    unpacked: int = 16 << 20
    """Bytes of it without compression."""
    at_once: int = 8
    """Requests at one time: each has its body in memory."""
    seconds: float = 30
    """For a body to come."""


class NotReceived(Exception):
    """Ends a request, with an HTTP status and a sentence."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        """Say why."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})


def wire_of(request: Request) -> Wire:
    """The encoding of a request, in which it is answered.

    Raises:
        NotReceived: It is neither.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        return Wire(kind)
    except ValueError as error:
        raise NotReceived(
            415, "Content-Type must be application/json or application/x-protobuf."
        ) from error


async def body_of(request: Request, limits: Limits) -> bytes:
    """The body, without its compression.

    Raises:
        NotReceived: It is too large, or not compressed as it says.
    """
    coding = request.headers.get("content-encoding", "identity").strip().lower() or "identity"
    if coding not in {"identity", "gzip"}:
        raise NotReceived(
            415, "Content-Encoding must be gzip or none.", {"Accept-Encoding": "gzip, identity"}
        )
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limits.packed:
            raise NotReceived(
                413, f"A body may have {limits.packed} bytes: send smaller batches.", LEAVE
            )
    return unpacked(bytes(body), limits.unpacked) if coding == "gzip" else bytes(body)


def unpacked(packed: bytes, most: int) -> bytes:
    """What is in a gzip body; never more of it in memory than it may be.

    Raises:
        NotReceived: It is too large, or damaged.
    """
    body, rest = bytearray(), packed
    try:
        for _ in range(_MOST_MEMBERS):
            member = zlib.decompressobj(_GZIP)
            body += member.decompress(rest, most + 1 - len(body))
            if len(body) > most:
                raise NotReceived(413, f"A body may unpack to {most} bytes: send smaller batches.")
            if not member.eof:
                break
            if not (rest := member.unused_data):
                return bytes(body)
    except zlib.error as error:
        raise NotReceived(400, "The body is no gzip.") from error
    raise NotReceived(400, "The gzip body does not end where it should.")


def parsed(body: bytes) -> object:
    """A body in JSON.

    Raises:
        Malformed: It is none.
    """
    try:
        return cast("object", from_json(body, cache_strings="keys"))
    except ValueError:
        pass  # it may still hold a lone surrogate, which the other parser knows
    try:
        return cast("object", json.loads(body))
    except RecursionError as error:
        raise Malformed("The body is nested too deep.") from error
    except ValueError as error:
        raise Malformed("The body is not JSON.") from error


def accepted(wire: Wire, *, rejected: int, counted: str, message: str) -> Response:
    """The answer to a request of which all, or some, was taken.

    Args:
        wire: The encoding.
        rejected: How many were not.
        counted: What they are called: ``rejectedSpans`` or ``rejectedLogRecords``.
        message: Why.
    """
    message = message[:_MOST_MESSAGE]
    if wire is Wire.JSON:
        partial = {counted: str(rejected), "errorMessage": message}
        return _answer(wire, 200, json.dumps({"partialSuccess": partial} if rejected else {}))
    partial_success = _number(1, rejected) + _bytes(2, _utf8(message))
    return _answer(wire, 200, _bytes(1, partial_success) if rejected else b"")


def refused(wire: Wire, why: NotReceived) -> Response:
    """The answer to a request of which nothing was taken: a ``google.rpc.Status``."""
    code, message = _CODES.get(why.status, 2), why.message[:_MOST_MESSAGE]
    if wire is Wire.JSON:
        return _answer(wire, why.status, json.dumps({"code": code, "message": message}), why)
    return _answer(wire, why.status, _number(1, code) + _bytes(2, _utf8(message)), why)


def _answer(wire: Wire, status: int, body: str | bytes, why: NotReceived | None = None) -> Response:
    headers = {} if why is None else why.headers
    return Response(body, status, {**headers, "content-type": wire.value})


def _utf8(message: str) -> bytes:
    return message.encode("utf-8", "replace")


def _number(field: int, value: int) -> bytes:
    """A field of protobuf that is a whole number."""
    return bytes([field << 3]) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    """A field of protobuf that is a text or a message."""
    return bytes([field << 3 | 2]) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:  # noqa: PLR2004  seven bits a byte
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])
