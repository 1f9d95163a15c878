"""Executions from what OpenTelemetry exports: one request in, records out."""

from mendloop.core.record.events import event_record
from mendloop.core.record.otlp_request import Misread, Span, logs, spans
from mendloop.core.record.pairs import told
from mendloop.core.record.usage import log_usage, span_usage
from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True)
class Counted:
    """One record, and how many spans or log records it was made of."""

    record: dict[str, object]
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What a request holds. All that is about something else than tools is passed over."""

    records: tuple[Counted, ...]
    misread: tuple[str, ...] = ()
    """Why a span or a log record could not be read, once for each."""
    left_out: tuple[str, ...] = ()
    """Why a call is no execution, once for each."""


def from_traces(request: object) -> Received:
    """The executions in a parsed ``ExportTraceServiceRequest``.

    Raises:
        Malformed: It is none.
    """
    read: list[Span] = []
    misread: list[str] = []
    for part in spans(request):
        match part:
            case Misread(reason=reason):
                misread.append(reason)
            case span:
                read.append(span)
    made = [Counted(each.record, each.spans) for each in told(read)]
    made += [Counted(used, 1) for span in read if (used := span_usage(span)) is not None]
    return Received(records=tuple(made), misread=tuple(misread))


def from_logs(request: object) -> Received:
    """The executions in a parsed ``ExportLogsServiceRequest``.

    Raises:
        Malformed: It is none.
    """
    made: list[Counted] = []
    misread: list[str] = []
    left_out: list[str] = []
    for part in logs(request):
        match part:
            case Misread(reason=reason):
                misread.append(reason)
            case log:
                match event_record(log) or log_usage(log):
                    case None:
                        pass
                    case str(reason):
                        left_out.append(reason)
                    case record:
                        made.append(Counted(record, 1))
    return Received(records=tuple(made), misread=tuple(misread), left_out=tuple(left_out))
