"""What a recorded call costs the thread that makes it, beside an OpenTelemetry span that carries the same.

    python -m tests.bench.recorder [ROUNDS]

Processor time of the calling thread, less that of the bare function: other load on the machine
does not inflate it. The span goes through a BatchSpanProcessor to an exporter that does nothing and
carries arguments and result as JSON text. Rounds of both are interleaved; the median decides. It is
never a failure of CI: the exit code is 0.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from typing_extensions import override

import mendloop
from mendloop import recorder

TARGET: Final = 0.3
"""A recorded call may cost so much of a span."""
_ROUNDS: Final = 15
_CALLS: Final = {"300 B": 1000, "10 kB": 200}
"""Calls of a round; fewer than either keeps waiting, so that nothing is dropped or waited for."""
_CALLS_OFF: Final = 20_000
_ORDER: Final = {
    "order": 4711,
    "items": [
        {"sku": "A-100", "quantity": 2, "price": 19.9},
        {"sku": "B-7", "quantity": 1, "price": 5.0},
    ],
    "coupon": None,
}
_QUOTE: Final = {
    "total": 44.8,
    "currency": "EUR",
    "lines": [39.8, 5.0],
    "discount": 0.0,
    "message": "two lines priced for this customer",
    "ok": True,
}
_PAGE: Final = {
    "next": None,
    "rows": [
        {
            "id": number,
            "sku": f"A-{number}",
            "name": "a product with a name",
            "price": number * 1.07,
            "stock": number % 7,
            "active": True,
        }
        for number in range(93)
    ],
}
_RESULTS: Final[dict[str, Any]] = {"300 B": _QUOTE, "10 kB": _PAGE}

_Tool: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One payload."""

    payload: str
    recorded: float
    """Microseconds of the calling thread, less the bare call."""
    span: float

    @property
    def ratio(self) -> float:
        """How much of a span a recorded call costs."""
        return self.recorded / self.span

    def line(self) -> str:
        """What came of it."""
        verdict = "met" if self.ratio <= TARGET else "NOT MET"
        return (
            f"caller CPU per recorded call, {self.payload}: {self.recorded:.1f} us, "
            f"OpenTelemetry span {self.span:.1f} us, ratio {self.ratio:.2f} "
            f"(target at most {TARGET}: {verdict})"
        )


class _Nowhere(SpanExporter):
    """Exports to nobody."""

    @override
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return SpanExportResult.SUCCESS

    @override
    def shutdown(self) -> None: ...


def measure(rounds: int = _ROUNDS) -> tuple[Measured, ...]:
    """Measure both payloads, in a workspace and a state folder of their own."""
    kept = {name: os.environ.get(name) for name in ("MENDLOOP_DATA_DIR", "CLAUDE_PROJECT_DIR")}
    with TemporaryDirectory() as folder:
        workspace = Path(folder, "workspace")
        workspace.mkdir()
        os.environ["MENDLOOP_DATA_DIR"] = str(Path(folder, "state"))
        os.environ["CLAUDE_PROJECT_DIR"] = str(workspace)
        try:
            return tuple(_payload(name, rounds) for name in _RESULTS)
        finally:
            for name, value in kept.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value


def _payload(name: str, rounds: int) -> Measured:
    result, calls = _RESULTS[name], _CALLS[name]

    def quote(order: Any) -> Any:
        return result if order is not None else None

    provider = TracerProvider()
    processor = BatchSpanProcessor(_Nowhere(), max_queue_size=4096)
    provider.add_span_processor(processor)
    recorded: _Tool = mendloop.record(quote)
    traced = _traced(quote, provider)
    tools: tuple[_Tool, ...] = (quote, recorded, traced)
    for tool in tools:
        _microseconds(tool, calls)
    taken: list[tuple[float, float, float]] = []
    for _ in range(rounds):
        recorder.flush()  # outside the timing, as for the spans
        processor.force_flush()
        bare, ours, theirs = (_microseconds(tool, calls) for tool in tools)
        taken.append((bare, ours, theirs))
    recorder.flush()
    provider.shutdown()
    bare, ours, theirs = (median(column) for column in zip(*taken, strict=True))
    return Measured(payload=name, recorded=ours - bare, span=theirs - bare)


def _traced(tool: _Tool, provider: TracerProvider) -> _Tool:
    """The same tool under a span, as the conventions for tool calls have it."""
    tracer = provider.get_tracer("bench")

    def traced(order: Any) -> Any:
        with tracer.start_as_current_span("tools/call quote") as span:
            span.set_attribute("gen_ai.tool.name", "quote")
            span.set_attribute("gen_ai.tool.call.arguments", json.dumps({"order": order}))
            result = tool(order)
            span.set_attribute("gen_ai.tool.call.result", json.dumps(result))
        return result

    return traced


def _microseconds(tool: _Tool, calls: int) -> float:
    began = time.thread_time()
    for _ in range(calls):
        tool(_ORDER)
    return (time.thread_time() - began) / calls * 1e6


def measure_off(rounds: int = _ROUNDS) -> float:
    """What is left of it where MENDLOOP_RECORD is ``off``: microseconds a call.

    Measured in a process of its own, because a process asks once.
    """
    code = f"from tests.bench.recorder import off; print(off({rounds}))"
    environment = {**os.environ, "MENDLOOP_RECORD": "off"}
    told = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return float(told.stdout)


def off(rounds: int) -> float:
    """The same, in this process."""

    def quote(order: Any) -> Any:
        return order

    recorded = mendloop.record(quote)
    taken = [
        _microseconds(recorded, _CALLS_OFF) - _microseconds(quote, _CALLS_OFF)
        for _ in range(rounds)
    ]
    return median(taken)


def main(rounds: int) -> None:
    """Measure, and tell."""
    for measured in measure(rounds):
        sys.stdout.write(f"{measured.line()}\n")
    left = measure_off(rounds)
    verdict = "met" if left < 1 else "NOT MET"
    sys.stdout.write(f"switched off: {left:.2f} us a call (target below 1: {verdict})\n")
    done = recorder.state()
    sys.stdout.write(f"{done.written} records written, {done.dropped} dropped\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else _ROUNDS)
