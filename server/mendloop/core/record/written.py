"""Executions as JSON Lines: what is exported can be imported, and is the same then."""

import json
from dataclasses import asdict

from mendloop.model.execution import Execution
from mendloop.model.world import world_record


def line_of(execution: Execution) -> bytes:
    """One execution in the record format, with the line end.

    In ASCII, so that texts with lone surrogates survive. The fingerprint is not in it: whoever
    reads the line takes it anew.
    """
    record: dict[str, object] = {
        "id": execution.id,
        "target": execution.target,
        "at": execution.at.isoformat(),
        "seconds": execution.seconds,
        "outcome": execution.outcome.value,
        "args": list(execution.args),
        "kwargs": dict(execution.kwargs),
        "result": execution.result,
        "error": None if execution.error is None else asdict(execution.error),
        "expected": execution.expected,
        "caller": execution.caller,
        "session": execution.session,
        "version": execution.version,
        "whole": execution.whole,
        "source": execution.source.value,
    }
    if execution.world is not None:
        record["world"] = world_record(execution.world)
    return json.dumps(record, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"
