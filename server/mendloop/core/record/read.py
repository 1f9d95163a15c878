"""One record from outside, made into an execution, or the reason why it cannot be."""

from collections.abc import Callable, Mapping
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, cast

from mendloop.core.record import parts, quick
from mendloop.core.record.faults import read_fault, short
from mendloop.core.record.fingerprint import fingerprint
from mendloop.core.record.redact import Redactor
from mendloop.core.record.values import (
    Malformed,
    answer,
    encoded,
    encoded_call,
    fields,
    fitting,
    fitting_call,
)
from mendloop.model.execution import Execution, Fault, Outcome, Source
from mendloop.model.ids import Digest
from mendloop.model.value import canonical, opaque
from mendloop.noun import dataclass

_KEYS: Final = (frozenset(field.name for field in dataclass_fields(Execution)) | {"function"}) - {
    "fingerprint"
}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The record was refused."""

    reason: str
    """One sentence that names the field."""


def read_record(
    raw: object, *, now: datetime, new_id: Callable[[], str], text: bytes | None = None
) -> Execution | Unreadable:
    """Read one parsed JSON object.

    ``target`` and ``outcome`` must be there. ``at`` is now where it is missing, ``seconds`` is 0,
    which says that nobody measured. Values that are too large or too deep are dropped from the
    record, which is then not ``whole``; what is malformed is refused.

    Args:
        raw: The object, with the fields of an execution but its fingerprint, which is taken here.
            ``function``, the code that ran, may stand beside them; it is looked at and not kept.
        now: The time, in UTC.
        new_id: Names the execution where the record does not.
        text: The JSON that the values were parsed from, where it is known: reading is quicker.
    """
    sure = text is not None and quick.plain(text)
    return quickly(raw, now, new_id, sure=sure) or carefully(raw, now, new_id)


def prepared(execution: Execution, text: str | None, redactor: Redactor) -> Execution:
    """The execution as it may be kept: without secrets, and with its fingerprint.

    Args:
        execution: As it was read.
        text: The JSON that it was read from, where that is known; it spares the look at every
            value where it is clear.
        redactor: Knows the secrets.
    """
    if text is None or not redactor.clear(text):
        clean = redactor.clean(execution)
    elif text.isascii() and "\\" not in text and "\x7f" not in text:
        return execution
    else:  # names and messages were made fit to be shown: what was apart may stand together now
        clean = redactor.clean_texts(execution)
    if not clean.outcome.failed:
        return clean
    fault = clean.error or Fault(type=clean.outcome.value, message="")
    kind = fingerprint(fault, clean.outcome)
    return clean if kind == clean.fingerprint else replace(clean, fingerprint=kind)


def carefully(raw: object, now: datetime, new_id: Callable[[], str]) -> Execution | Unreadable:
    """Read a record of whatever kind."""
    try:
        execution = _read(fields(raw, "The record", _KEYS), now, new_id)
    except Malformed as malformed:
        return Unreadable(str(malformed))
    wrong = _contradiction(execution)
    return _sized(execution) if wrong is None else Unreadable(wrong)


def quickly(
    raw: object, now: datetime, new_id: Callable[[], str], *, sure: bool = False
) -> Execution | None:
    """Read a record without anything unusual; ``None`` where a careful look is needed.

    Args:
        raw: The record.
        now: The time, in UTC.
        new_id: Names the execution where the record does not.
        sure: Whether ``quick.plain`` has said of its text that its values can be kept as they are.
    """
    if type(raw) is not dict:
        return None
    record = cast("dict[str, Any]", raw)
    if not _KEYS.issuperset(record) or record.get("world") is not None:
        return None
    at = quick.moment(record.get("at"), now)
    if at is None or not quick.target_name(record.get("target")):
        return None
    if not quick.everyday(record, sure=sure):
        return None
    try:
        return _quick(record, at, new_id, parts.shared_again if sure else parts.shared)
    except (Malformed, TypeError):  # said by the careful way, which looks at each field in its turn
        return None


def _quick(
    record: Mapping[str, Any],
    at: datetime,
    new_id: Callable[[], str],
    shared: Callable[..., tuple[str | None, str | None, Digest | None, Source, bool]],
) -> Execution | None:
    outcome = quick.OUTCOMES.get(record.get("outcome"))
    error, result = record.get("error"), record.get("result")
    if outcome is None:
        return None
    fault = None if error is None else read_fault(error)
    if not quick.agree(outcome, fault, result):
        return None
    args, kwargs = record.get("args"), record.get("kwargs")
    seconds = quick.duration(record.get("seconds"))
    caller, session, version, source, whole = shared(
        record.get("caller"),
        record.get("session"),
        record.get("version"),
        record.get("source"),
        record.get("whole", True),
        record.get("function"),
    )
    return Execution(
        target=record["target"],
        at=at,
        seconds=parts.seconds(record) if seconds is None else seconds,
        outcome=outcome,
        args=() if args is None else tuple(args),
        kwargs={} if kwargs is None else kwargs,
        result=result,
        error=None if fault is None else short(fault),
        caller=caller,
        session=session,
        version=version,
        fingerprint="" if fault is None else fingerprint(fault, outcome),
        whole=whole,
        source=source,
        id=parts.identity(record, new_id),  # last: no new name is taken for nothing
    )


def bounded(execution: Execution) -> Execution:
    """The execution with values, message and frames no deeper and larger than may be kept.

    Raises:
        Malformed: A value is no JSON: whoever made the execution made a mistake.
    """
    shallow = replace(
        execution,
        args=tuple(encoded(value, "args") for value in execution.args),
        kwargs={name: encoded(value, "kwargs") for name, value in execution.kwargs.items()},
        result=answer(execution.result, "result"),
        expected=answer(execution.expected, "expected"),
    )
    return _sized(shallow)


def _sized(execution: Execution) -> Execution:
    args, kwargs = fitting_call(*encoded_call(execution.args, execution.kwargs))
    result, expected = fitting(execution.result), fitting(execution.expected)
    # where the right answer is known, what of a wrong one could not be kept is no matter
    answers = (result,) if expected is None else (expected,)
    lost = any(opaque(value) for value in (*args, *kwargs.values(), *answers))
    return replace(
        execution,
        args=args,
        kwargs=kwargs,
        result=result,
        expected=expected,
        error=None if execution.error is None else short(execution.error),
        whole=execution.whole and not lost,
    )


def _read(record: Mapping[str, object], now: datetime, new_id: Callable[[], str]) -> Execution:
    target, outcome = parts.target(record), parts.outcome(record)
    fault = read_fault(record.get("error"))
    parts.function(record)
    return Execution(
        id=parts.identity(record, new_id),
        target=target,
        at=parts.at(record, now),
        seconds=parts.seconds(record),
        outcome=outcome,
        args=parts.args(record),
        kwargs=parts.kwargs(record),
        result=answer(record.get("result"), "result"),
        error=fault,
        expected=answer(record.get("expected"), "expected"),
        caller=parts.name(record, "caller"),
        session=parts.name(record, "session"),
        version=parts.version(record),
        fingerprint=fingerprint(fault, outcome),
        whole=parts.whole(record),
        source=parts.source(record),
        world=parts.world(record),
    )


def _contradiction(execution: Execution) -> str | None:
    """What about a record cannot be, where something cannot."""
    outcome, expected = execution.outcome, execution.expected
    returned = outcome in {Outcome.OK, Outcome.WRONG}
    if returned and execution.error is not None:
        return f"error must be null where outcome is {outcome}: the call returned."
    if outcome is Outcome.ERROR and execution.error is None:
        return "error must say what was raised where outcome is error."
    if not returned and execution.result is not None:
        return f"result must be null where outcome is {outcome}: nothing was returned."
    right = expected is None or canonical(expected) == canonical(execution.result)
    if outcome is Outcome.OK and not right:
        return "expected differs from result, so outcome must be wrong, not ok."
    return None
