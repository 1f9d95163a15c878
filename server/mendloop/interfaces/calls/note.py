"""The calls that make history: a call of a tool, and records of calls made elsewhere."""

from collections.abc import Mapping, Sequence

from mendloop.app.loop import Loop
from mendloop.app.record import Recorded
from mendloop.errors import InvalidInput
from mendloop.interfaces.answers.arguments import MOST_RECORDS, Label
from mendloop.interfaces.answers.record import RecordAnswer, RunAnswer
from mendloop.interfaces.calls.check import one_of
from mendloop.model.ids import ExecutionId
from mendloop.model.value import Encoded


async def run_tool(
    loop: Loop,
    *,
    target: str,
    args: Sequence[Encoded] = (),
    kwargs: Mapping[str, Encoded] | None = None,
    caller: str,
) -> RunAnswer:
    """Call a tool in the version in force, and record the call.

    Raises:
        NotFound: There is no such target.
        InvalidInput: It is no function.
        Unavailable: The interpreter could not be started.
    """
    return RunAnswer.of(await loop.caller.call(target, args, kwargs or {}, caller=caller))


async def record_execution(
    loop: Loop,
    *,
    executions: Sequence[object] | Mapping[str, object] | None = None,
    label: Label | None = None,
) -> RecordAnswer:
    """Keep one record or many, or label an earlier one as wrong.

    Raises:
        InvalidInput: Neither records nor a label are given, or both, or too many records.
        NotFound: There is no execution of the label's id.
    """
    one_of(executions=executions, label=label)
    if label is not None:
        labelled = await loop.recorder.label(
            ExecutionId(label.execution), expected=label.expected, known=label.known
        )
        return RecordAnswer.of(Recorded(ids=(labelled.id,), new=0, refused=()), labelled)
    records = executions if isinstance(executions, Sequence) else [executions]
    if not 0 < len(records) <= MOST_RECORDS:
        raise InvalidInput(
            f"{len(records)} records are given; 1 to {MOST_RECORDS} can be.",
            hint="Send them in several calls, or run `mendloop import jsonl FILE`.",
        )
    return RecordAnswer.of(await loop.recorder.record(records), None)
