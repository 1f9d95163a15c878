"""What a recorded call costs, beside an OpenTelemetry span that carries the same.

    python -m tests.bench.recorder [ROUNDS]

Compared are the same function bare, under ``mendloop.record``, and under a span of the SDK
(``start_as_current_span``, BatchSpanProcessor, an exporter that does nothing): once with the payload,
that is arguments and result as JSON text in two attributes beside the tool's name, and once bare. The
recorded call is redacted and written to a file; the span is thrown away.

Caller CPU is processor time of the calling thread, less that of the bare function, in bursts that
neither has to wait for. Process CPU is that of all threads, over a burst and until all of it has
been written or exported. Sustained is caller CPU without any pause: then the callers write, too,
while the span processor drops. Rounds are interleaved; the median decides. It is never a failure of
CI: the exit code is 0.
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
_CALLS: Final = {"300 B": 1000, "10 kB": 200, "10 kB, nested": 200, "10 kB, text": 200}
"""Calls of a round; fewer than either keeps waiting, so that nothing is dropped or waited for."""
_WAITING: Final = 4096
"""Spans that may wait."""
_SUSTAINED: Final = 10
"""Rounds without a pause."""
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
_NESTED: Final = {
    "orders": [
        {
            "id": number,
            "customer": {
                "name": f"c{number}",
                "tags": ["a", "b"],
                "address": {"city": "X", "zip": "1234", "geo": [1.5, 2.5]},
            },
            "lines": [{"sku": "A", "q": 1, "p": 9.9}, {"sku": "B", "q": 2, "p": 1.1}],
        }
        for number in range(51)
    ]
}
_TEXT: Final = {"title": "a page", "text": "words of a page that somebody has fetched\n" * 235}
_RESULTS: Final[dict[str, Any]] = {
    "300 B": _QUOTE,
    "10 kB": _PAGE,
    "10 kB, nested": _NESTED,
    "10 kB, text": _TEXT,
}

_Tool: TypeAlias = Callable[[Any], Any]
_Spent: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one call, less the bare function's; microseconds."""

    caller: float
    process: float
    sustained: float
    """Of the calling thread, without a pause."""

    def line(self) -> str:
        """All three."""
        return f"{self.caller:.1f} us (process {self.process:.1f} us, sustained {self.sustained:.1f} us)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One payload."""

    payload: str
    size: int
    """Characters of arguments and result as JSON."""
    recorded: Cost
    span: Cost
    bare_span: Cost
    """Without the payload."""

    @property
    def ratio(self) -> float:
        """How much of a span a recorded call costs its caller."""
        return self.recorded.caller / self.span.caller

    def lines(self) -> str:
        """What came of it."""
        verdict = "met" if self.ratio <= TARGET else "NOT MET"
        return (
            f"caller CPU a call, {self.payload} ({self.size} characters of JSON):\n"
            f"  recorded                {self.recorded.line()}\n"
            f"  span with the payload   {self.span.line()}\n"
            f"  span without            {self.bare_span.line()}\n"
            f"  ratio to the first span {self.ratio:.2f} (target at most {TARGET}: {verdict}), "
            f"of process CPU {self.recorded.process / self.span.process:.2f}\n"
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
    processor = BatchSpanProcessor(_Nowhere(), max_queue_size=_WAITING)
    provider.add_span_processor(processor)

    def settle() -> None:
        recorder.flush()
        processor.force_flush()

    recorded: _Tool = mendloop.record(quote)
    tools = (quote, recorded, _traced(quote, provider), _named(quote, provider))
    taken = [tuple(_burst(tool, calls, settle) for tool in tools) for _ in range(rounds + 1)]
    sustained = [_microseconds(tool, calls * _SUSTAINED) for tool in tools]
    settle()
    provider.shutdown()
    columns = [
        [median(part) for part in zip(*column, strict=True)]
        for column in zip(*taken[1:], strict=True)  # the first was to warm up
    ]
    costs = [
        Cost(
            caller=caller - columns[0][0],
            process=process - columns[0][1],
            sustained=kept - sustained[0],
        )
        for (caller, process), kept in zip(columns[1:], sustained[1:], strict=True)
    ]
    size = len(json.dumps([_ORDER, result], separators=(",", ":")))
    return Measured(payload=name, size=size, recorded=costs[0], span=costs[1], bare_span=costs[2])


def _burst(tool: _Tool, calls: int, settle: Callable[[], None]) -> _Spent:
    """Caller and process, a call; what others have left is not counted."""
    settle()
    began = time.process_time()
    caller = _microseconds(tool, calls)
    settle()
    return caller, (time.process_time() - began) / calls * 1e6


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


def _named(tool: _Tool, provider: TracerProvider) -> _Tool:
    """The same tool under a span that has its name only."""
    tracer = provider.get_tracer("bench")

    def named(order: Any) -> Any:
        with tracer.start_as_current_span("tools/call quote") as span:
            span.set_attribute("gen_ai.tool.name", "quote")
            return tool(order)

    return named


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
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
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
        sys.stdout.write(measured.lines())
    left = measure_off(rounds)
    verdict = "met" if left < 1 else "NOT MET"
    sys.stdout.write(f"switched off: {left:.2f} us a call (target below 1: {verdict})\n")
    done = recorder.state()
    sys.stdout.write(f"{done.written} records written, {done.dropped} dropped\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else _ROUNDS)
