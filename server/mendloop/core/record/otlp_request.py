"""Export requests of OpenTelemetry, taken apart into spans and log records.

The form is that of OTLP's JSON: lowerCamelCase names, ids in hexadecimal. A request whose outer
form is wrong is refused whole; a span or a log record that is wrong is left out, and counted.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeVar

from mendloop.core.record.otlp_values import any_value, attributes, items, text, whole_number
from mendloop.core.record.texts import one_line
from mendloop.core.record.values import Malformed, is_object
from mendloop.noun import dataclass

CLIENT: Final = 3
SERVER: Final = 2
_KINDS: Final = {"SPAN_KIND_SERVER": SERVER, "SPAN_KIND_CLIENT": CLIENT}
_ERROR: Final = (2, "STATUS_CODE_ERROR")
_TRACE: Final = re.compile(r"[0-9a-fA-F]{32}")
_SPAN: Final = re.compile(r"[0-9a-fA-F]{16}")
_HAS_REMOTE: Final = 0x100
_IS_REMOTE: Final = 0x200
"""Of a span's ``flags``: whether its parent is of another process, and whether that is known."""
_MOST_NAME: Final = 300
_MOST_EVENTS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened within a span."""

    name: str
    attributes: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One span."""

    trace: str
    id: str
    parent: str
    """The id of the parent; empty where it has none."""
    local: bool
    """Whether the parent is known to be of the same process."""
    name: str
    kind: int
    start: int
    """Nanoseconds since 1970; 0 where it is not known."""
    end: int
    failed: bool
    message: str
    """Of the status."""
    attributes: Mapping[str, object]
    events: tuple[Event, ...]
    service: str
    """The ``service.name`` of the process that reports; empty where it says none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """One log record."""

    at: int
    """Nanoseconds since 1970; 0 where it is not known."""
    name: str
    """Of the event, or the body where that is a text."""
    attributes: Mapping[str, object]
    service: str


@dataclass(frozen=True, slots=True)
class Misread:
    """A span or a log record that is malformed."""

    reason: str


_Part = TypeVar("_Part", Span, Log)


def spans(request: object) -> Iterator[Span | Misread]:
    """The spans of an ``ExportTraceServiceRequest``.

    Raises:
        Malformed: It is none.
    """
    return _parts(request, ("resourceSpans", "scopeSpans", "spans"), _span)


def logs(request: object) -> Iterator[Log | Misread]:
    """The log records of an ``ExportLogsServiceRequest``.

    Raises:
        Malformed: It is none.
    """
    return _parts(request, ("resourceLogs", "scopeLogs", "logRecords"), _log)


def _parts(
    request: object,
    keys: tuple[str, str, str],
    read: Callable[[Mapping[object, object], str], _Part],
) -> Iterator[_Part | Misread]:
    resources, scopes, parts = keys
    for resource in _objects(_object(request, "The request"), resources):
        service = _service(resource)
        for scope in _objects(resource, scopes):
            for part in items(scope.get(parts), parts):
                try:
                    yield read(_object(part, f"each of {parts}"), service)
                except Malformed as malformed:
                    yield Misread(str(malformed))


def _span(raw: Mapping[object, object], service: str) -> Span:
    flags = whole_number(raw.get("flags", 0), "flags")
    parent = text(raw.get("parentSpanId"), "parentSpanId")
    status = _object(raw.get("status") or {}, "status")
    events = items(raw.get("events"), "events")[-_MOST_EVENTS:]
    kind = raw.get("kind", 0)
    return Span(
        trace=_id(raw, "traceId", _TRACE),
        id=_id(raw, "spanId", _SPAN),
        parent=_id(raw, "parentSpanId", _SPAN) if parent else "",
        local=flags & (_HAS_REMOTE | _IS_REMOTE) == _HAS_REMOTE,
        name=text(raw.get("name"), "name")[:_MOST_NAME],
        kind=_KINDS.get(kind, 0) if isinstance(kind, str) else whole_number(kind, "kind"),
        start=_time(raw, "startTimeUnixNano"),
        end=_time(raw, "endTimeUnixNano"),
        failed=status.get("code") in _ERROR,
        message=text(status.get("message"), "status.message"),
        attributes=attributes(raw.get("attributes")),
        events=tuple(_event(event) for event in events),
        service=service,
    )


def _event(raw: object) -> Event:
    event = _object(raw, "each of events")
    return Event(
        name=text(event.get("name"), "an event's name"),
        attributes=attributes(event.get("attributes")),
    )


def _log(raw: Mapping[object, object], service: str) -> Log:
    known = attributes(raw.get("attributes"))
    body = any_value(raw.get("body"))
    named = text(raw.get("eventName"), "eventName") or (body if isinstance(body, str) else "")
    at = _time(raw, "timeUnixNano") or _time(raw, "observedTimeUnixNano")
    return Log(at=at, name=named[:_MOST_NAME], attributes=known, service=service)


def _service(resource: Mapping[object, object]) -> str:
    described = _object(resource.get("resource") or {}, "resource")
    try:
        name = attributes(described.get("attributes")).get("service.name")
    except Malformed as malformed:
        raise Malformed(f"A resource's {malformed}") from malformed
    return name if isinstance(name, str) else ""


def _time(raw: Mapping[object, object], key: str) -> int:
    time = whole_number(raw.get(key) or 0, key)
    if time < 0:
        raise Malformed(f"{key} must not lie before 1970.")
    return time


def _id(raw: Mapping[object, object], key: str, form: re.Pattern[str]) -> str:
    given = text(raw.get(key), key)
    if not form.fullmatch(given) or not given.strip("0"):
        size = form.pattern.partition("{")[2].rstrip("}")
        raise Malformed(f"{key} must be {size} hexadecimal digits, and not all zero.")
    return given.lower()


def _objects(raw: Mapping[object, object], key: str) -> Iterator[Mapping[object, object]]:
    for part in items(raw.get(key), key):
        yield _object(part, f"each of {key}")


def _object(raw: object, where: str) -> Mapping[object, object]:
    if not is_object(raw):
        raise Malformed(f"{one_line(where, most=60)} must be an object.")
    return raw
