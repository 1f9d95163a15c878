"""How an execution stands in its row."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from hashlib import sha256
from typing import Any, Final

from mendloop.errors import InvalidInput
from mendloop.model.execution import Execution, Fault, Frame, Outcome
from mendloop.model.ids import Digest, ExecutionId, TargetName
from mendloop.model.value import Encoded, call_text
from mendloop.store.columns import (
    get_json,
    get_optional,
    get_real,
    get_text,
    get_time,
    put_json,
    put_optional,
    put_text,
    put_time,
    put_value,
)
from mendloop.store.sqlite import Parameter, Row

COLUMNS: Final = (
    "id, target, at, seconds, outcome, args, kwargs, result, error, expected, caller, session,"
    " version, fingerprint, whole"
)
"""What ``execution`` reads."""
INSERT: Final = (
    "INSERT INTO executions (call, id, target, at, seconds, outcome, args, kwargs, result, error,"
    " expected, caller, session, version, fingerprint, whole)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
)
"""Takes what ``inserted`` gives."""


def inserted(executions: Iterable[Execution]) -> Iterable[tuple[Parameter, ...]]:
    """Rows for ``INSERT``, made as they are taken.

    Raises:
        InvalidInput: A value is not one that JSON with tags can hold.
    """
    return (_row(execution) for execution in executions)


def _row(execution: Execution) -> tuple[Parameter, ...]:
    try:
        args = put_value(list(execution.args))
        kwargs = put_value(dict(execution.kwargs))
        result = put_value(execution.result)
        expected = put_value(execution.expected)
        call = _call(execution.args, execution.kwargs)
    except ValueError as error:
        raise InvalidInput(
            f"Execution {execution.id!r} holds a value that JSON cannot ({error}).",
            hint='Write NaN and infinity as {"$f": "nan"}, and very large ints as {"$i": "1..."}.',
        ) from error
    return (
        call,
        put_text(execution.id),
        put_text(execution.target),
        put_time(execution.at),
        execution.seconds,
        execution.outcome.value,
        args,
        kwargs,
        result,
        None if execution.error is None else put_json(asdict(execution.error)),
        expected,
        put_optional(execution.caller),
        put_optional(execution.session),
        put_optional(execution.version),
        put_text(execution.fingerprint),
        execution.whole,
    )


def execution(row: Row) -> Execution:
    """The execution of a row with ``COLUMNS``."""
    kept, target, at, seconds, outcome, args, kwargs, result, error, expected, *others = row
    caller, session, version, fingerprint, whole = others
    digest = get_optional(version)
    return Execution(
        id=ExecutionId(get_text(kept)),
        target=TargetName(get_text(target)),
        at=get_time(at),
        seconds=get_real(seconds),
        outcome=Outcome(outcome),
        args=tuple(get_json(args)),
        kwargs=get_json(kwargs),
        result=get_json(result),
        error=None if error is None else _fault(get_json(error)),
        expected=get_json(expected),
        caller=get_optional(caller),
        session=get_optional(session),
        version=None if digest is None else Digest(digest),
        fingerprint=get_text(fingerprint),
        whole=bool(whole),
    )


def _call(args: tuple[Encoded, ...], kwargs: Mapping[str, Encoded]) -> bytes:
    return sha256(call_text(args, kwargs).encode("ascii")).digest()


def _fault(part: dict[str, Any]) -> Fault:
    return Fault(
        type=part["type"],
        message=part["message"],
        frames=tuple(Frame(**frame) for frame in part["frames"]),
    )
