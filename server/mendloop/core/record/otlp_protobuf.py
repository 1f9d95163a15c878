"""Export requests in protobuf, put into the form of OTLP's JSON.

The classes of OpenTelemetry load when the first such request comes: a server that gets none, or
only JSON, never pays for them.
"""

from base64 import b64decode
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

from mendloop.core.record.values import Malformed

_IDS: Final = ("traceId", "spanId", "parentSpanId")
_COLLECTOR: Final = "opentelemetry.proto.collector"


def traces_of(body: bytes) -> dict[str, Any]:
    """An ``ExportTraceServiceRequest``.

    Raises:
        Malformed: It is none.
    """
    request = _parsed(f"{_COLLECTOR}.trace.v1.trace_service_pb2", "ExportTraceServiceRequest", body)
    for span in _spans(request):
        for key in _IDS:
            if key in span:
                span[key] = b64decode(span[key]).hex()  # protobuf's own JSON has base64 here
    return request


def logs_of(body: bytes) -> dict[str, Any]:
    """An ``ExportLogsServiceRequest``.

    Raises:
        Malformed: It is none.
    """
    return _parsed(f"{_COLLECTOR}.logs.v1.logs_service_pb2", "ExportLogsServiceRequest", body)


def either_of(body: bytes) -> dict[str, Any]:
    """A request of either kind, as a file holds it, where nothing says of which.

    The two have the same outer form; in only one of them has the inner one ids.

    Raises:
        Malformed: It is neither.
    """
    try:
        request = traces_of(body)
        if not request or any(_IDS[0] in span for span in _spans(request)):
            return request
    except Malformed:
        pass
    try:
        return logs_of(body)
    except Malformed as malformed:
        raise Malformed("It is no export request of traces or logs in protobuf.") from malformed


def _parsed(module: str, name: str, body: bytes) -> dict[str, Any]:
    # by name, because the package has no types of its own
    form: Any = import_module("google.protobuf.json_format")
    errors: Any = import_module("google.protobuf.message")
    message: Any = getattr(import_module(module), name)
    try:
        read: dict[str, Any] = form.MessageToDict(
            message.FromString(body), use_integers_for_enums=True
        )
    except (errors.DecodeError, RecursionError) as error:
        raise Malformed(f"It is no {name} in protobuf.") from error
    return read


def _spans(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for resource in request.get("resourceSpans", ()):
        for scope in resource.get("scopeSpans", ()):
            yield from scope.get("spans", ())
