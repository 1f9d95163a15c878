"""How an execution stands in its row."""

from collections.abc import Iterator, Sequence
from json import JSONEncoder
from math import nan
from typing import Any, Final

from pydantic_core import to_json

from mendloop.errors import InvalidInput
from mendloop.model.execution import Execution, Fault, Frame, Outcome, Source
from mendloop.model.ids import Digest, ExecutionId, TargetName
from mendloop.model.world import World, world_record
from mendloop.model.world_reading import read_world
from mendloop.store.columns import get_json, get_optional, get_text, get_time
from mendloop.store.sqlite import Row

COLUMNS: Final = (
    "calls.id, targets.name, calls.at, calls.seconds, calls.outcome, calls.fingerprint, calls.body,"
    " contexts.caller, contexts.session, versions.digest, contexts.source, contexts.whole,"
    " worlds.world"
)
"""What ``execution`` reads."""
TABLES: Final = (
    "calls CROSS JOIN targets USING (target) CROSS JOIN contexts USING (context)"
    " LEFT JOIN versions USING (version) LEFT JOIN worlds USING (seq)"
)
"""Where it stands. CROSS tells SQLite to begin with the calls."""
OUTCOMES: Final[tuple[Outcome, ...]] = (Outcome.OK, Outcome.ERROR, Outcome.TIMEOUT, Outcome.WRONG)
"""By their numbers in the table."""

# One encoder for all: ``json.dumps`` makes a new one for every call of it.
_encode: Final = JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False).encode
_LEAST: Final = 2
_PARTS: Final = 5


def code(outcome: Outcome) -> int:
    """The number of an outcome in the table."""
    return OUTCOMES.index(outcome)


def bodies(executions: Sequence[Execution]) -> Iterator[str]:
    """The JSON texts of what was given and what came back.

    Raises:
        InvalidInput: A value is not one that JSON with tags can hold.
    """
    for execution in executions:
        try:
            yield body(execution)
        except (ValueError, RecursionError) as error:
            raise InvalidInput(
                f"Execution {execution.id!r} holds a value that JSON cannot ({error}).",
                hint='Write NaN and infinity as {"$f": "nan"}, and very large ints as'
                ' {"$i": "1..."}.',
            ) from error


def body(execution: Execution) -> str:
    """One such text; the order of keys is kept, for replay may depend on it.

    What pydantic writes in a quarter of the time is taken where it surely says the same: it has
    words of its own for NaN and infinity, and none for lone surrogates.

    Raises:
        ValueError: A value holds NaN or infinity, which stand in tags (``model.value``).
    """
    if execution.error is None and execution.expected is None and execution.result is not None:
        return _quickly((execution.args, execution.kwargs, execution.result))
    if execution.error is not None:
        tail = [execution.result, execution.expected, _plain(execution.error)]
    else:
        tail = [execution.result, execution.expected]
    return encoded([execution.args, execution.kwargs, *tail])


def encoded(parts: list[Any]) -> str:
    """A body of parts.

    Raises:
        ValueError: One holds NaN or infinity.
    """
    while len(parts) > _LEAST and parts[-1] is None:
        parts.pop()
    return _encode(parts)


def execution(row: Row) -> Execution:
    """The execution of a row with ``COLUMNS``."""
    kept, target, at, seconds, outcome, fingerprint, text, *context = row
    caller, session, version, source, whole, world = context
    args, kwargs, result, expected, error = decoded(text)
    digest = get_optional(version)
    return Execution(
        id=ExecutionId(get_text(kept)),
        target=TargetName(get_text(target)),
        at=get_time(at),
        seconds=nan if seconds is None else float(seconds),
        outcome=OUTCOMES[int(outcome)],
        args=tuple(args),
        kwargs=kwargs,
        result=result,
        error=None if error is None else _fault(error),
        expected=expected,
        caller=get_optional(caller),
        session=get_optional(session),
        version=None if digest is None else Digest(digest),
        fingerprint="" if fingerprint is None else get_text(fingerprint),
        whole=bool(whole),
        source=Source(source),
        world=None if world is None else read_world(get_json(world)),
    )


def world_columns(world: World) -> tuple[bytes, str]:
    """What stands for what a call was told, and the JSON text of all that it saw, in ASCII."""
    return world.told, _encode(world_record(world))


def decoded(text: str) -> list[Any]:
    """The five parts of a body: args, kwargs, result, expected, error."""
    parts: list[Any] = get_json(text)
    return parts + [None] * (_PARTS - len(parts))


def optional_real(seconds: float) -> float | None:
    """A float as SQLite keeps it: NaN is NULL."""
    return seconds if seconds == seconds else None  # noqa: PLR0124  NaN alone differs from itself


def _quickly(parts: tuple[object, ...]) -> str:
    try:
        text = to_json(parts).decode()
    except ValueError:
        return _encode(parts)
    return _encode(parts) if "NaN" in text or "Infinity" in text else text


def _plain(fault: Fault) -> dict[str, Any]:
    return {
        "type": fault.type,
        "message": fault.message,
        "frames": [
            {"file": frame.file, "line": frame.line, "function": frame.function}
            for frame in fault.frames
        ],
    }


def _fault(part: dict[str, Any]) -> Fault:
    return Fault(
        type=part["type"],
        message=part["message"],
        frames=tuple(Frame(**frame) for frame in part["frames"]),
    )
