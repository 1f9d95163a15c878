"""Tell OpenTelemetry of every action, where somebody has asked for it.

Nothing of OpenTelemetry is imported unless an exporter is named in the environment, or the process
has set up a provider itself (``opentelemetry-instrument`` does). A span holds the action and its
outcome, and nothing else: no argument, no name of the user's, no text of an error.
"""

import logging
import sys
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, Protocol

from mendloop.app.observing import DONE, Act, Ending, Observer, Several

log = logging.getLogger(__name__)

_SCOPE: Final = "mendloop"
_GROUP: Final = "opentelemetry_traces_exporter"
_USUAL: Final = {"otlp": "otlp_proto_http"}
_GRACE: Final = 2000
"""Milliseconds that spans are waited for at the end."""


class Tracer(Protocol):
    """As much of a tracer of OpenTelemetry as is used."""

    @property
    def start_as_current_span(self) -> Callable[..., AbstractContextManager[Any]]:
        """Begin a span for a block."""
        ...


class Spans:
    """Makes a span of every action."""

    def __init__(self, tracer: Tracer) -> None:
        """Make them with a tracer."""
        self._tracer = tracer

    @contextmanager
    def acting(self, act: Act) -> Generator[Ending]:
        """A span for one action; actions within it are its children."""
        with self._tracer.start_as_current_span(
            f"mendloop.{act}",
            attributes={"mendloop.action": act.value},
            # its text may quote a recorded run
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield _SpanEnding(span)


class _SpanEnding:
    def __init__(self, span: Any) -> None:
        self._span = span

    def ended(self, outcome: str) -> None:
        """Note the outcome; what is no answer to the caller is an error."""
        from opentelemetry.trace import StatusCode  # noqa: PLC0415  loaded by whoever made the span

        self._span.set_attribute("mendloop.outcome", outcome)
        if outcome != DONE:
            self._span.set_attribute("error.type", outcome)
            self._span.set_status(StatusCode.ERROR)


@contextmanager
def tracing(exporter: str, beside: Observer) -> Generator[Observer]:
    """An observer for as long as the block lasts; only ``beside`` where nobody would read spans.

    Args:
        exporter: The name of an exporter of traces; empty where none is asked for.
        beside: Watches as well.
    """
    others = _set_up_by_others() if "opentelemetry.sdk.trace" in sys.modules else None
    own = _own(exporter) if exporter and others is None else None
    provider = others or own
    try:
        if provider is None:
            yield beside
        else:
            yield Several((beside, Spans(provider.get_tracer(_SCOPE))))
    finally:
        if own is not None:
            own.force_flush(_GRACE)
            own.shutdown()


def _set_up_by_others() -> Any:
    """The provider that this process has been given; a default one does nothing, and is none."""
    from opentelemetry import trace  # noqa: PLC0415  the SDK is loaded, so that this is too
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415

    provider = trace.get_tracer_provider()
    return provider if isinstance(provider, TracerProvider) else None


def _own(name: str) -> Any:
    """A provider that exports as the environment says, or nothing where that is not installed."""
    try:
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource  # noqa: PLC0415  if asked for
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        return _missing(name)
    exporter = _exporter(name)
    if exporter is None:
        return _missing(name)
    resource = Resource.create()
    if str(resource.attributes.get(SERVICE_NAME, "")).startswith("unknown_service"):
        resource = resource.merge(Resource({SERVICE_NAME: "mendloop"}))
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def _exporter(name: str) -> Any:
    from importlib.metadata import entry_points  # noqa: PLC0415  slow to load; only if asked for

    if name == "console":
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter  # noqa: PLC0415  if asked for

        return ConsoleSpanExporter(out=sys.stderr)  # standard output is the protocol's
    for found in entry_points(group=_GROUP, name=_USUAL.get(name, name)):
        return found.load()()
    return None


def _missing(name: str) -> None:
    # the variable may be meant for other programs: no word of it where nobody asks
    log.info(
        "No traces: the exporter %r is not installed. `pip install mendloop[telemetry]`.", name
    )
