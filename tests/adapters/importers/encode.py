"""Spans of OpenTelemetry's SDK as an export request in protobuf, as its own exporter writes them."""

from collections.abc import Iterable, Mapping
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan

_FLAGS = 0x100


def encoded(spans: Iterable[ReadableSpan]) -> bytes:
    """All in one resource."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    scope = resource.scope_spans.add()
    for number, span in enumerate(spans):
        if number == 0:
            _attributes(resource.resource.attributes, span.resource.attributes)
        _span(scope.spans.add(), span)
    return bytes(request.SerializeToString())


def _span(into: Any, span: ReadableSpan) -> None:
    context, parent = span.get_span_context(), span.parent
    assert context is not None
    into.trace_id = context.trace_id.to_bytes(16, "big")
    into.span_id = context.span_id.to_bytes(8, "big")
    into.flags = int(context.trace_flags) | _FLAGS
    if parent is not None:
        into.parent_span_id = parent.span_id.to_bytes(8, "big")
        into.flags |= 0x200 * parent.is_remote
    into.name = span.name
    into.kind = span.kind.value + 1
    into.start_time_unix_nano = span.start_time or 0
    into.end_time_unix_nano = span.end_time or 0
    into.status.code = span.status.status_code.value
    into.status.message = span.status.description or ""
    _attributes(into.attributes, span.attributes or {})
    for event in span.events:
        added = into.events.add(name=event.name, time_unix_nano=event.timestamp)
        _attributes(added.attributes, event.attributes or {})


def _attributes(into: Any, attributes: Mapping[str, Any]) -> None:
    for key, value in attributes.items():
        _value(into.add(key=key).value, value)


def _value(into: Any, value: Any) -> None:
    match value:
        case bool():
            into.bool_value = value
        case int():
            into.int_value = value
        case float():
            into.double_value = value
        case str():
            into.string_value = value
        case _:
            for each in value:
                _value(into.array_value.values.add(), each)
