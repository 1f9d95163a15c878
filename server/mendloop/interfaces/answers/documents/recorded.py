"""Calls, and the targets that were called."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Final
from urllib.parse import quote

from mendloop.app.views import TargetView
from mendloop.interfaces.answers.base import Document, target_uri
from mendloop.interfaces.answers.text import clean
from mendloop.model.execution import Execution, Fault, Outcome
from mendloop.model.shown import shown, shown_call
from mendloop.model.target import Target
from mendloop.store.history import Row

_LINE: Final = 200
"""Characters of a call or a result in a list of executions."""


def execution_document(execution: Execution) -> Document:
    """One execution, in the form in which ``record_execution`` takes it in."""
    return {
        "id": execution.id,
        "target": execution.target,
        "at": execution.at.isoformat(),
        "seconds": execution.seconds,
        "outcome": execution.outcome.value,
        "args": list(execution.args),
        "kwargs": dict(execution.kwargs),
        "result": execution.result,
        "error": None if execution.error is None else _fault(execution.error),
        "expected": execution.expected,
        "caller": execution.caller,
        "session": execution.session,
        "version": execution.version,
        "fingerprint": execution.fingerprint,
        "whole": execution.whole,
    }


def executions_document(
    target: str, rows: Sequence[Row], *, limit: int, asked: Mapping[str, str]
) -> Document:
    """A page of executions in a line each, newest first.

    Args:
        target: The target.
        rows: The page.
        limit: How many a full page has.
        asked: The other parameters of the page, which the next one repeats.
    """
    document: Document = {
        "target": target,
        "executions": [_execution_line(row.execution) for row in rows],
    }
    if len(rows) >= limit:
        query = "&".join(f"{key}={quote(value, safe='')}" for key, value in asked.items() if value)
        document["next"] = (
            f"{target_uri(target, '/executions')}?{query}{'&' if query else ''}"
            f"cursor={rows[-1].seq}"
        )
    return document


def target_document(view: TargetView) -> Document:
    """One target, and its record in numbers."""
    document: Document = {"name": view.name, "declared": view.target is not None}
    if view.target is not None:
        document |= _declared(view.target)
    if view.summary is not None:
        document["recorded"] = {
            "calls": view.summary.calls,
            "failures": view.summary.failures,
            "last": view.summary.last.isoformat(),
        }
    document["more"] = [
        target_uri(view.name, rest) for rest in ("/executions", "/stats", "/chart", "/versions")
    ]
    return document


def _execution_line(execution: Execution) -> Document:
    line: Document = {
        "id": execution.id,
        "at": execution.at.isoformat(),
        "seconds": execution.seconds,
        "outcome": execution.outcome.value,
        "recorded_call": clean(shown_call(execution.args, execution.kwargs), _LINE),
    }
    if execution.error is not None:
        line["recorded_error"] = clean(f"{execution.error.type}: {execution.error.message}", _LINE)
    elif execution.outcome is not Outcome.TIMEOUT:  # which has neither
        line["recorded_result"] = clean(shown(execution.result), _LINE)
    if execution.fingerprint:
        line["fingerprint"] = execution.fingerprint
    return line


def _declared(target: Target) -> Document:
    document: Document = {
        "kind": target.kind.value,
        "path": target.path,
        "selector": target.selector,
        "idempotent": target.idempotent,
        "side_effects": sorted(effect.value for effect in target.side_effects),
        "replayable": target.replayable,
        "cases": target.cases,
        "invariants": list(target.invariants),
        "used_by": list(target.used_by),
        "timeout_seconds": target.timeout.total_seconds(),
        "float_tolerance": target.float_tolerance,
        "schema_file": target.schema_file,
        "evaluate": list(target.evaluate),
    }
    if target.range is not None:
        document["range"] = [target.range.low, target.range.high]
    return document


def _fault(fault: Fault) -> Document:
    return {
        "type": fault.type,
        "message": fault.message,
        "frames": [asdict(frame) for frame in fault.frames],
    }
