"""A house in a process whose provider of spans is set up by others; prints the spans as JSON.

python -m tests.adapters.traced WORKSPACE STATE
"""

import json
import sys
from contextlib import suppress
from pathlib import Path

import anyio
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from mendloop.bootstrap import open_house
from mendloop.errors import MendloopError
from mendloop.settings import Settings


async def main(workspace: Path, state: Path) -> None:
    """Do some things, one of which is refused."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    async with open_house(Settings.at(workspace, state, {})) as house:
        await house.loop.caller.call("calc.average", [[1, 3]], {}, caller="a-secret-name")
        await house.loop.detector.detect()
        with suppress(MendloopError):
            await house.loop.caller.call("no.such-secret", [], {}, caller="a-secret-name")
        await house.loop.stopper.stop("a secret reason")
    spans = [
        {
            "name": span.name,
            "attributes": dict(span.attributes or {}),
            "status": span.status.status_code.name,
            "told": span.status.description,
            "events": len(span.events),
        }
        for span in exporter.get_finished_spans()
    ]
    print(json.dumps(spans))  # noqa: T201


if __name__ == "__main__":
    anyio.run(main, Path(sys.argv[1]), Path(sys.argv[2]))
