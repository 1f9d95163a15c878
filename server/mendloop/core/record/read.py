"""One record from outside, made into an execution, or the reason why it cannot be."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from dataclasses import fields as dataclass_fields
from datetime import UTC, datetime, timedelta
from typing import Final

from mendloop.core.record.faults import read_fault, short
from mendloop.core.record.fingerprint import fingerprint
from mendloop.core.record.texts import MOST_NAME, hidden, one_line
from mendloop.core.record.values import (
    Malformed,
    encoded,
    fields,
    fitting,
    fitting_call,
    is_array,
    is_object,
)
from mendloop.model.execution import Execution, Outcome
from mendloop.model.ids import Digest, ExecutionId, TargetName
from mendloop.model.value import Encoded, canonical, opaque

_KEYS: Final = frozenset(field.name for field in dataclass_fields(Execution)) - {"fingerprint"}
_ID: Final = re.compile(r"[\w.:-]{1,100}", re.ASCII)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_MOST_SECONDS: Final = 2**53
_AHEAD: Final = timedelta(days=1)
"""Clocks of other machines may go before ours by this much."""
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The record was refused."""

    reason: str
    """One sentence that names the field."""


def read_record(raw: object, *, now: datetime, new_id: Callable[[], str]) -> Execution | Unreadable:
    """Read one parsed JSON object.

    ``target`` and ``outcome`` must be there. ``at`` is now where it is missing, ``seconds`` is 0,
    which says that nobody measured. Values that are too large or too deep are dropped from the
    record, which is then not ``whole``; what is malformed is refused.

    Args:
        raw: The object, with the fields of an execution but its fingerprint, which is taken here.
        now: The time, in UTC.
        new_id: Names the execution where the record does not.
    """
    try:
        execution = _read(fields(raw, "The record", _KEYS), now, new_id)
    except Malformed as malformed:
        return Unreadable(str(malformed))
    wrong = _contradiction(execution)
    return _sized(execution) if wrong is None else Unreadable(wrong)


def bounded(execution: Execution) -> Execution:
    """The execution with values, message and frames no deeper and larger than may be kept.

    Raises:
        Malformed: A value is no JSON: whoever made the execution made a mistake.
    """
    shallow = replace(
        execution,
        args=tuple(encoded(value, "args") for value in execution.args),
        kwargs={name: encoded(value, "kwargs") for name, value in execution.kwargs.items()},
        result=encoded(execution.result, "result"),
        expected=encoded(execution.expected, "expected"),
    )
    return _sized(shallow)


def _sized(execution: Execution) -> Execution:
    args, kwargs = fitting_call(execution.args, execution.kwargs)
    result, expected = fitting(execution.result), fitting(execution.expected)
    lost = any(opaque(value) for value in (*args, *kwargs.values(), result, expected))
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
    target, outcome = _target(record), _outcome(record)
    fault = read_fault(record.get("error"))
    return Execution(
        id=_id(record, new_id),
        target=target,
        at=_at(record, now),
        seconds=_seconds(record),
        outcome=outcome,
        args=_args(record),
        kwargs=_kwargs(record),
        result=encoded(record.get("result"), "result"),
        error=fault,
        expected=encoded(record.get("expected"), "expected"),
        caller=_name(record, "caller"),
        session=_name(record, "session"),
        version=_version(record),
        fingerprint=fingerprint(fault, outcome),
        whole=_whole(record),
    )


def _target(record: Mapping[str, object]) -> TargetName:
    target = record.get("target")
    if not isinstance(target, str) or not target:
        raise Malformed("target must be the name of a target, such as pricing.quote.")
    if len(target) > MOST_NAME:
        raise Malformed(f"target must have at most {MOST_NAME} characters.")
    if hidden(target) or any(character.isspace() for character in target):
        raise Malformed("target must not hold spaces, control or invisible characters.")
    return TargetName(target)


def _outcome(record: Mapping[str, object]) -> Outcome:
    outcome = record.get("outcome")
    if isinstance(outcome, str) and outcome in set(Outcome):
        return Outcome(outcome)
    raise Malformed(f"outcome must be one of {', '.join(Outcome)}.")


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


def _id(record: Mapping[str, object], new_id: Callable[[], str]) -> ExecutionId:
    given = record.get("id")
    if given is None:
        return ExecutionId(new_id())
    if isinstance(given, str) and _ID.fullmatch(given):
        return ExecutionId(given)
    raise Malformed("id must have 1 to 100 letters, digits or any of `.`, `:`, `-`, `_`.")


def _at(record: Mapping[str, object], now: datetime) -> datetime:
    given = record.get("at")
    if given is None:
        return now
    if not isinstance(given, str):
        raise Malformed("at must be a time as text, such as 2026-11-21T01:19:16.134Z.")
    try:
        at = datetime.fromisoformat(given)
        if at.tzinfo is None:
            raise Malformed("at must say its time zone: end it with Z for UTC.")
        at = at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Malformed("at must be a time such as 2026-11-21T01:19:16.134Z.") from error
    if at > now + _AHEAD:
        raise Malformed("at lies more than a day in the future.")
    if at < _FIRST:
        raise Malformed("at lies before 1970.")
    return at


def _seconds(record: Mapping[str, object]) -> float:
    given = record.get("seconds", 0)
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        raise Malformed("seconds must be a number.")
    if not 0 <= given < _MOST_SECONDS:  # so is NaN refused, and an integer of any length
        raise Malformed("seconds must be a finite number, 0 or more.")
    return float(given)


def _args(record: Mapping[str, object]) -> tuple[Encoded, ...]:
    given = record.get("args")
    if given is None:
        return ()
    if not is_array(given):
        raise Malformed("args must be a list.")
    return tuple(encoded(value, f"args[{place}]") for place, value in enumerate(given))


def _kwargs(record: Mapping[str, object]) -> dict[str, Encoded]:
    given = record.get("kwargs")
    if given is None:
        return {}
    if not is_object(given):
        raise Malformed("kwargs must be an object.")
    read: dict[str, Encoded] = {}
    for name, value in given.items():
        if not isinstance(name, str) or not name or len(name) > MOST_NAME or hidden(name):
            raise Malformed("kwargs must have names that could be those of arguments.")
        read[name] = encoded(value, f"kwargs.{name}")
    return read


def _name(record: Mapping[str, object], key: str) -> str | None:
    given = record.get(key)
    if given is None:
        return None
    if not isinstance(given, str):
        raise Malformed(f"{key} must be a text.")
    return one_line(given, most=MOST_NAME) or None


def _version(record: Mapping[str, object]) -> Digest | None:
    given = record.get("version")
    if given is None:
        return None
    if isinstance(given, str) and _DIGEST.fullmatch(given):
        return Digest(given)
    raise Malformed("version must be the SHA-256 of the file that ran, in 64 hexadecimal digits.")


def _whole(record: Mapping[str, object]) -> bool:
    given = record.get("whole", True)
    if isinstance(given, bool):
        return given
    raise Malformed("whole must be true or false.")
