"""Executions from files of OpenTelemetry: JSON, JSON Lines or protobuf, plain or gzip."""

from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Final, TypeAlias

from mendloop.adapters.importers.lines import is_utf_16, json_lines, parsed
from mendloop.adapters.importers.opening import DamagedError, opened
from mendloop.core.record.otlp import Received, from_logs, from_traces
from mendloop.core.record.otlp_protobuf import either_of
from mendloop.core.record.values import Malformed, is_array, is_object
from mendloop.model.incoming import BadLine, LeftOut, ReadLine
from mendloop.noun import dataclass

_MOST_BYTES: Final = 16 << 20
"""Of one request among several."""
_MOST_FILE: Final = 32 << 20
"""Of a file that is one request: it is read whole."""
_HINT: Final = "Name a file that an OpenTelemetry collector or SDK wrote."
_LENGTH: Final = 4
"""Bytes of the length that stands before each request where the collector writes protobuf."""
_FIRST_FIELD: Final = b"\n"
"""What a request in protobuf begins with. As the first byte of a length it would be too long."""
_BLANK: Final = b"\xef\xbb\xbf \t\r\n\0"

Line: TypeAlias = ReadLine | BadLine | LeftOut


@dataclass(frozen=True, slots=True)
class OtlpFiles:
    """Reads what was exported to a file."""

    def read(self, path: Path) -> Iterator[Line]:
        """Every call of a tool that the file tells of; spans about other things are passed over.

        Raises:
            InvalidInput: The file cannot be read.
        """
        try:
            with opened(path, hint=_HINT) as file:
                start = file.peek(64)[:64]
                if start.lstrip(_BLANK)[:1] not in (b"{", b"[") and not is_utf_16(start):
                    yield from _protobuf(file)
                    return
                whole = None if is_utf_16(start) else _spread(file)
            if whole is None:
                with opened(path, hint=_HINT) as file:
                    yield from _read(json_lines(file, _MOST_BYTES))
            else:
                yield from _read(iter((whole,)))
        except DamagedError as damaged:
            yield BadLine(1, str(damaged))


def _spread(file: BufferedReader) -> ReadLine | BadLine | None:
    """The one request of a file, where it is spread over many lines."""
    first = file.readline(_MOST_BYTES).strip(_BLANK)
    second = file.readline(_MOST_BYTES)
    if isinstance(parsed(1, first or b"{}"), ReadLine) or not second:
        return None
    rest = file.read(_MOST_FILE)
    whole = parsed(1, b"".join((first, b"\n", second, rest)).strip(_BLANK))
    if isinstance(whole, BadLine):
        if second.lstrip()[:1] == b"{":
            return None  # lines, of which the first is broken
        if len(rest) == _MOST_FILE:
            return BadLine(1, f"one request of more than {_MOST_FILE} bytes")
    return whole


def _read(lines: Iterator[ReadLine | BadLine]) -> Iterator[Line]:
    for line in lines:
        match line:
            case BadLine():
                yield line
            case ReadLine(number=number, record=record):
                for request in record if is_array(record) else (record,):
                    yield from _request(number, request)


def _protobuf(file: BufferedReader) -> Iterator[Line]:
    """One request, or several with the length before each."""
    if file.peek(1)[:1] == _FIRST_FIELD:
        data = file.read(_MOST_FILE + 1)
        if len(data) > _MOST_FILE:
            yield BadLine(1, f"one request of more than {_MOST_FILE} bytes")
        else:
            yield from _message(1, data)
        return
    number = 0
    while before := file.read(_LENGTH):
        number += 1
        size = int.from_bytes(before, "big")
        if len(before) < _LENGTH or size > _MOST_BYTES:
            yield BadLine(number, "neither OTLP in JSON nor in protobuf")
            return
        data = file.read(size)
        if len(data) < size:
            yield BadLine(number, "the file ends within a request")
            return
        yield from _message(number, data)


def _message(number: int, data: bytes) -> Iterator[Line]:
    try:
        request = either_of(data)
    except Malformed as malformed:
        yield BadLine(number, str(malformed))
    else:
        yield from _request(number, request)


def _request(number: int, request: object) -> Iterator[Line]:
    """A request of either kind."""
    try:
        known = set(request) if is_object(request) else {None}
        if "resourceSpans" in known:
            yield from _told(number, from_traces(request))
        elif "resourceLogs" in known:
            yield from _told(number, from_logs(request))
        elif known and "resourceMetrics" not in known:
            yield BadLine(number, "neither resourceSpans nor resourceLogs: it is no OTLP")
    except Malformed as malformed:
        yield BadLine(number, str(malformed))


def _told(number: int, received: Received) -> Iterator[Line]:
    yield from (ReadLine(number, each.record) for each in received.records)
    yield from (LeftOut(number, reason) for reason in received.left_out)
    yield from (BadLine(number, reason) for reason in received.misread)
